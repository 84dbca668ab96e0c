"""Replies under way, written down now and then: all of them together, so that a crowd costs one transaction."""

import asyncio
from collections.abc import Callable
from itertools import islice

from ledger.operations import SaySoFar
from ledger.writer import Writer

#: A crash costs at most what was said in the last of these, in seconds; where more than ``AT_ONCE`` replies are under
#: way they take turns, so that a crowd costs the books no more than a handful does.
EVERY_S = 0.3
AT_ONCE = 15


class Drafts:
    """The latest words of each reply that are not on record yet."""

    def __init__(self, writer: Writer, clean: Callable[[str], str]) -> None:
        self._writer = writer
        self._clean = clean
        self._said: dict[str, tuple[str, str]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def note(self, conversation: str, turn: str, text: str) -> None:
        """The reply of a turn as far as it has come."""
        self._said[turn] = (conversation, text)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(EVERY_S, self._write)

    def drop(self, turn: str) -> None:
        """The reply has ended, and is written as a whole."""
        self._said.pop(turn, None)

    def flush(self) -> None:
        """Have all of them written."""
        if self._timer is not None:
            self._timer.cancel()
        self._write(len(self._said))

    def _write(self, most: int = AT_ONCE) -> None:
        self._timer = None
        # The one that has waited longest first: who is noted again keeps the place.
        for turn in list(islice(self._said, most)):
            conversation, text = self._said.pop(turn)
            self._writer.put(SaySoFar(conversation, turn, self._clean(text)))
        if self._said:
            self._timer = asyncio.get_running_loop().call_later(EVERY_S, self._write)
