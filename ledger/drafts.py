"""Replies under way, kept as far as they have come: at once on this machine's disk, and, where another machine may have
to finish the turn, now and then in the database: all of them together, so that a crowd costs one transaction."""

import asyncio
from collections.abc import Callable
from itertools import islice

from ledger.masking import Mask
from ledger.operations import SaySoFar
from ledger.under_way import UnderWay
from ledger.writer import Verdict, Writer

#: A machine that is lost takes at most what was said in the last of these with it, in seconds; where more than
#: ``AT_ONCE`` replies are under way they take turns, so that a crowd costs the books no more than a handful does.
EVERY_S = 0.3
AT_ONCE = 15


class Drafts:
    """The latest words of each reply that is not on record yet.

    clean: makes a text fit to be kept. mask: the part of that which hides secrets, if there is one; each frame waits
    for it. shared: other machines write in this database.
    """

    def __init__(
        self,
        writer: Writer,
        under_way: UnderWay,
        clean: Callable[[str], str],
        *,
        mask: Mask | None,
        shared: bool,
    ) -> None:
        self._writer = writer
        self._under_way = under_way
        self._clean = clean
        self._mask = mask
        self._shared = shared
        self._said: dict[str, tuple[str, str]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def note(self, conversation: str, turn: str, text: str) -> None:
        """The reply of a turn as far as it has come."""
        self._under_way.write(turn, text if self._mask is None else self._mask(text))
        if self._shared:
            self._said[turn] = (conversation, text)
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(EVERY_S, self._write)

    def end(self, turn: str, settled: asyncio.Future[Verdict]) -> None:
        """The reply has ended; it is on record as a whole where ``settled`` says so."""
        self._said.pop(turn, None)

        def drop(done: asyncio.Future[Verdict]) -> None:
            if not done.cancelled() and done.result() is None:
                self._under_way.drop(turn)

        settled.add_done_callback(drop)

    def flush(self) -> None:
        """Have all of them written to the database."""
        if self._timer is not None:
            self._timer.cancel()
        self._write(len(self._said))

    def close(self) -> None:
        """What is not on record stays for the next start."""
        self._under_way.close()

    def _write(self, most: int = AT_ONCE) -> None:
        self._timer = None
        # The one that has waited longest first: who is noted again keeps the place.
        for turn in list(islice(self._said, most)):
            conversation, text = self._said.pop(turn)
            self._writer.put(SaySoFar(conversation, turn, self._clean(text)))
        if self._said:
            self._timer = asyncio.get_running_loop().call_later(EVERY_S, self._write)
