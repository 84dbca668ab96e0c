"""A conversation that more than one program has in hand: read anew where another one has gone on with it, and shown as
it goes on where another one still answers.

A page comes from a replica that has died, or that the proxy has left though it lives. What that one was answering is
shown as far as it is on record, and grows as the record does. If its program is dead it ends there, marked as
interrupted; what had only waited is asked here. If it lives, its words come from the record until they are all there.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from chat.conversation import Conversation, Turn
from chat.restore import begun_reply, restored
from chat.turn import Desk
from ledger import DatabaseUnusable, Elsewhere, load_conversation

log = logging.getLogger(__name__)

#: Between two looks at the record.
LOOK_S = 0.4

News = Mapping[str, Elsewhere]


class Watch:
    """Looks after all turns that other programs answer for pages of ours: one query for all of them at a time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._asked: list[tuple[frozenset[str], asyncio.Future[News]]] = []
        self._task: asyncio.Task[None] | None = None
        self._fallen: set[str] = set()

    async def news(self, turns: Collection[str]) -> News:
        """How these turns stand at the next look; nothing while the database is away."""
        future: asyncio.Future[News] = asyncio.get_running_loop().create_future()
        self._asked.append((frozenset(turns), future))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        try:
            while self._asked:
                asked, self._asked = self._asked, []
                found = await self._look(frozenset().union(*(turns for turns, _ in asked)))
                for turns, future in asked:
                    if not future.done():
                        future.set_result({id: found[id] for id in turns if id in found})
                await asyncio.sleep(LOOK_S)
        finally:
            self._task = None
            self._fallen = set()

    async def _look(self, turns: Collection[str]) -> News:
        others = self._desk.books.others
        try:
            found = await others.look(turns)
            open = {one.turn: one.replica for one in found.values() if not one.settled}
            fallen = await others.fallen(open.values()) if open else set()
            # At two looks: whoever only lost its line to the database has it again by the second.
            dead, self._fallen = fallen & self._fallen, fallen
            left = [turn for turn, replica in open.items() if replica in dead]
            if left:
                await others.inherit(left, dead)
                found = await others.look(turns)
        except DatabaseUnusable as error:
            log.info("what other replicas answer is not known for now: %s", error)
            return {}
        except Exception:
            log.exception("what other replicas answer could not be looked up")
            return {}
        return found


async def follow(desk: Desk, watch: Watch, conversation: Conversation) -> None:
    """Show how another program's turns go on, until they have ended or are ours to answer."""
    while conversation.elsewhere:
        news = await watch.news([turn.record for turn in conversation.elsewhere])
        changed = [turn for turn in conversation.elsewhere if _has_changed(desk, turn, news.get(turn.record))]
        if changed or (news and len(news) < len(conversation.elsewhere)):
            ours = [turn for turn in changed if news[turn.record].replica == desk.books.replica]
            await read_again(desk, conversation, [turn for turn in ours if not turn.opened], within=True)
            continue
        for turn in conversation.elsewhere:
            if turn.opened and turn.record in news:
                _grow(desk, conversation, turn, news[turn.record].reply)


def _has_changed(desk: Desk, turn: Turn, now: Elsewhere | None) -> bool:
    return now is not None and (now.settled or now.opened != turn.opened or now.replica == desk.books.replica)


def _grow(desk: Desk, conversation: Conversation, turn: Turn, reply: str) -> None:
    """The words that have come on record since."""
    shown = next((step for step in turn.steps if step["streaming"]), None)
    if not reply or (shown is not None and shown["output"] == reply):
        return
    if shown is None:
        title = desk.demo(conversation).title
        conversation.screen.start(begun_reply(conversation, turn, title, reply))
    elif reply.startswith(shown["output"]):
        conversation.screen.grow(shown, reply[len(shown["output"]) :])
    else:
        conversation.screen.rewrite(shown, reply)


async def read_again(
    desk: Desk, conversation: Conversation, inherited: Sequence[Turn] = (), *, within: bool = False
) -> bool:
    """Take over what is on record of a conversation in which nothing of ours is under way; False where it cannot be
    read, is not all on record, or something has begun meanwhile.

    inherited: turns of others that are ours to answer now. within: by its own worker, which follows others.
    """
    books = desk.books
    try:
        await books.flush()
        if books.state != "written":
            return False  # what we know is not in the database yet
        stored = await load_conversation(desk.database, conversation.id, owner=conversation.owner)
        if stored is None:  # deleted: whoever did it empties our pages
            conversation.elsewhere.clear()
            return True
        await books.load_totals(conversation.id)
    except DatabaseUnusable as error:
        log.error("a conversation could not be read: %s", error)
        await asyncio.sleep(LOOK_S)
        return False
    waiting = {turn.record: turn for turn in (*inherited, *conversation.queue)}
    stored = replace(stored, language=conversation.browser_language)
    said = await restored(desk, stored, conversation.link, waiting)
    if conversation.worker is not None and not within:
        return False
    _take_over(conversation, said)
    return True


def _take_over(conversation: Conversation, said: Conversation) -> None:
    known = {turn.record for turn in said.turns}
    # What has come while the record was read stands behind it.
    said.turns += [turn for turn in conversation.queue if turn.record not in known]
    conversation.turns, conversation.elsewhere = said.turns, said.elsewhere
    if not conversation.settling:  # an edit or a clearing waits for quiet, and takes them off the screen
        inherited = [turn for turn in said.queue if turn not in conversation.queue]
        conversation.queue = [*inherited, *conversation.queue]
    conversation.choices, conversation.offered = said.choices, said.offered
    conversation.next_position = max(conversation.next_position, said.next_position)
    conversation.left_out, conversation.shortened = 0, False
    conversation.reports.clear()
    conversation.screen.begun = conversation.screen.begun or said.screen.begun
    conversation.screen.show_as(said.screen)
