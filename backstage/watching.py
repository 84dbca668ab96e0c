"""A prospect's conversation, read while it happens: from its screen in this program, else from the books."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from backstage.page import OperatorPage
from backstage.rooms import Rooms
from backstage.views import refused
from backstage.words import named
from chat.conversation import Conversation, Turn
from demos.place import Workshop
from ledger import DatabaseUnusable, find_links, load_conversation
from ledger.conversations import ListedConversation, Which, list_conversations
from ledger.stored import StoredTurn

log = logging.getLogger(__name__)

#: A view is brought up to date this often, the list of conversations less so.
EVERY_S = 0.5
LIST_EVERY = 4
#: Conversations of one list, and lines of the one that is followed: the newest.
MOST = 30
MOST_LINES = 50


class Watching:
    """``watch`` lists what prospects said last and follows one of them, until ``unwatch`` or another view."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def watch(self, page: OperatorPage, words: Sequence[str]) -> None:
        """Raises CommandFailed for a conversation that is no prospect's."""
        shop = self._rooms.workshop(page.operator, page.language)
        link, id = await self._wanted(shop, words)
        await self._rooms.flush()
        listed = await self._listed(shop, link, id)
        if id is None and listed and (link is not None or len(listed) == 1):
            id = listed[0]["conversation"]
        page.show("watch", await self._seen(shop, listed, id))
        page.follow(self._follow(page, shop, link, id))

    async def unwatch(self, page: OperatorPage, words: Sequence[str]) -> None:
        """The view was closed, whatever it showed."""
        page.leave()

    async def _wanted(self, shop: Workshop, words: Sequence[str]) -> tuple[str | None, str | None]:
        """A link, or a conversation of a prospect's. Raises CommandFailed where there is none."""
        if "--conversation" in words:
            id = named(words, "--conversation") or ""
            if not await _found(shop, Which(id=id, prospects=True), 1):
                raise refused("no_such_conversation")
            return None, id
        if len(words) == 1:
            return None, None
        if words[1] not in await find_links(shop.database, [words[1]]):
            raise refused("no_such_link", link=words[1])
        return words[1], None

    async def _follow(self, page: OperatorPage, shop: Workshop, link: str | None, id: str | None) -> None:
        looks, listed, chosen, away = 0, list[dict[str, Any]](), id, False
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                if looks % LIST_EVERY == 0:
                    listed = await self._listed(shop, link, chosen)
                    if chosen is None and link is not None and listed:
                        chosen = listed[0]["conversation"]  # the link's first visitor has come
                seen = await self._seen(shop, listed, chosen)
            except DatabaseUnusable as error:
                if not away:  # once, however long it is
                    log.warning("nothing to watch: %s", error)
                away = True
                continue
            looks, away = looks + 1, False
            if seen != page.shown("watch"):
                page.update("watch", seen)

    async def _listed(self, shop: Workshop, link: str | None, id: str | None) -> list[dict[str, Any]]:
        """What prospects said, the last first; no operator's own, also not on the stage. id: is always among them."""
        found = await _found(shop, Which(link=link, prospects=True), MOST)
        if id is not None and all(one.id != id for one in found):
            found = [*found, *await _found(shop, Which(id=id, prospects=True), 1)]
        ids = [one.link for one in found if one.link]
        links = await find_links(shop.database, ids) if ids else {}
        return [self._line(one, links) for one in found]

    def _line(self, one: ListedConversation, links: Mapping[str, Any]) -> dict[str, Any]:
        here, link = self._rooms.find(one.id), links.get(one.link or "")
        return {
            "conversation": one.id,
            "link": one.link,
            "customer": link.customer if link else None,
            "demo": one.demo,
            "device": one.device,
            "last_seen": one.touched_at.isoformat(),
            "live": bool(here and here.screen.pages),
            "first_words": one.title,
        }

    async def _seen(self, shop: Workshop, listed: list[dict[str, Any]], id: str | None) -> dict[str, Any]:
        return {
            "conversations": listed,
            "watched": id,
            "messages": await self._messages(shop, id) if id else [],
        }

    async def _messages(self, shop: Workshop, id: str) -> list[dict[str, Any]]:
        here = self._rooms.find(id)
        if here is not None and here.turns:
            return on_screen(here)[-MOST_LINES:]
        stored = await load_conversation(shop.database, id)
        if stored is None:
            return []
        return [line for turn in stored.turns[-MOST_LINES:] for line in on_record(turn, stored.demo)][
            -MOST_LINES:
        ]


async def _found(shop: Workshop, which: Which, most: int) -> Sequence[ListedConversation]:
    return (await list_conversations(shop.database, which, first=most)).conversations


def on_screen(conversation: Conversation) -> list[dict[str, Any]]:
    """What its visitor sees now, the reply under way up to its last word."""
    turns = conversation.turns[-MOST_LINES:]
    return [line for turn in turns for line in _of_turn(turn, conversation.demo)]


def _of_turn(turn: Turn, demo: str) -> list[dict[str, Any]]:
    at = turn.steps[0]["createdAt"] if turn.steps else None
    receipt = next((step["name"] for step in turn.steps if step["type"] == "llm"), None)
    said = [step for step in turn.steps if step["type"] == "assistant_message"]
    return [
        _line("visitor", turn.id, turn.text, at),
        *(
            _line("assistant", step["id"], step["output"], step["createdAt"])
            | {"receipt": receipt if step is said[-1] else None, "demo": demo, "question": turn.text}
            for step in said
        ),
    ]


def on_record(turn: StoredTurn, demo: str) -> list[dict[str, Any]]:
    """The same from the books: replies are there once they have ended."""
    at = turn.asked_at.isoformat()
    question = turn.question or ""
    lines = [_line("visitor", turn.message, question, at)]
    if turn.reply:
        said = _line("assistant", turn.id, turn.reply, at)
        lines.append(said | {"demo": demo, "question": question})
    return lines


def _line(who: str, id: str, text: str, at: str | None) -> dict[str, Any]:
    return {"id": id, "who": who, "text": text, "at": at, "receipt": None}
