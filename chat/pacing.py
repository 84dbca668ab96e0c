"""Text to the screen at an even pace, without I/O: what waits, and how much of it is due."""

import math
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

#: Seconds between two frames: 20 a second read as flowing text, at a fraction of the cost of one a token.
FRAME_S = 0.05
#: With more replies under way than this, each one more makes frames a little rarer, up to the rarest.
UNHURRIED = 10
HURRY_S = 0.0015
RAREST_FRAME_S = 0.12
#: Up to this many characters a frame always pass: they are no burst.
SMALL = 24
#: The pace is learned over about this many seconds.
MEMORY_S = 1.0
#: Whatever the pace, nothing waits much longer than this.
LONGEST_S = 0.6
#: A frame ends at the end of a word where one is this near.
WORD = 12

_JOINER = "\u200d"
_JOINERS = _JOINER + "\ufe0f"


def frame_s(replies: int) -> float:
    """Seconds between two frames while that many replies are under way: a busy server paints less often."""
    return min(RAREST_FRAME_S, FRAME_S + HURRY_S * max(0, replies - UNHURRIED))


class Metronome:
    """Counts the replies under way, which sets the pace of their frames."""

    def __init__(self) -> None:
        self.replies = 0

    @contextmanager
    def playing(self) -> Iterator[float]:
        """One more reply is under way; gives the seconds between its frames."""
        self.replies += 1
        try:
            yield frame_s(self.replies)
        finally:
            self.replies -= 1


class Pacer:
    """Holds text back so that what reaches the screen grows evenly.

    add() takes text as it comes; take() gives what is due for one frame. A steady stream passes
    straight through; a burst is spread over the frames until the next one is due. Times in
    seconds on any clock that does not go back. every_s: between two frames.
    """

    def __init__(self, every_s: float = FRAME_S) -> None:
        self._every_s = every_s
        self.waiting = ""
        self._weight = 0.0
        self._last: float | None = None

    def add(self, text: str, now: float) -> None:
        """Text has come."""
        if self._last is not None:
            self._weight *= math.exp((self._last - now) / MEMORY_S)
        self._last = now
        self._weight += len(text)
        self.waiting += text

    def take(self) -> str:
        """What is due for this frame; '' where nothing waits."""
        pace = 1.15 * self._weight / MEMORY_S
        due = math.ceil(self._every_s * max(pace, len(self.waiting) / LONGEST_S))
        return self._cut(max(SMALL, due))

    def rest(self) -> str:
        """All that still waits."""
        return self._cut(len(self.waiting))

    def _cut(self, due: int) -> str:
        size = len(self.waiting)
        if due < size:
            space = self.waiting.find(" ", due, due + WORD)
            due = space if space > 0 else due
            while due < size and _belong_together(self.waiting[due - 1], self.waiting[due]):
                due += 1
        text, self.waiting = self.waiting[:due], self.waiting[due:]
        return text


def _belong_together(before: str, char: str) -> bool:
    """A letter and its mark; the two halves of a joined emoji."""
    return char in _JOINERS or before == _JOINER or unicodedata.combining(char) != 0
