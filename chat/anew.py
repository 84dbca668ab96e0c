"""A conversation said again in another language, when its settings ask for one."""

import asyncio
import logging
from dataclasses import replace

from chat.conversation import Conversation
from chat.restore import restored, saved_choices
from chat.turn import Desk
from ledger import DatabaseUnusable, StoredConversation, load_conversation

log = logging.getLogger(__name__)

#: Whoever edits and clears without a pause has other words on the screen soon enough.
TRIES = 3


async def say_anew(desk: Desk, conversation: Conversation) -> None:
    """Say greeting, receipts, buttons and words of what went wrong in the conversation's language, once no reply runs.

    From the record, as after a restart. What cannot be read stays in its old words; answers to ``/report`` go.
    """
    language = conversation.language
    for _ in range(TRIES):
        while conversation.worker is not None:
            await asyncio.wait([conversation.worker])
        try:
            await desk.books.flush()
            stored = await load_conversation(desk.database, conversation.id, owner=conversation.owner)
        except DatabaseUnusable as error:
            log.error("a conversation could not be read: %s", error)
            return
        if stored is None or conversation.language != language:
            return
        said = await restored(desk, _as_it_is_now(stored, conversation), conversation.link)
        if conversation.worker is None and _records(said) == _records(conversation):
            conversation.turns, conversation.left_out, conversation.shortened = said.turns, 0, False
            conversation.reports.clear()
            conversation.screen.show_as(said.screen)
            return


def _as_it_is_now(stored: StoredConversation, conversation: Conversation) -> StoredConversation:
    return replace(stored, language=conversation.browser_language, choices=saved_choices(conversation))


def _records(conversation: Conversation) -> list[str]:
    return [turn.record for turn in conversation.turns]
