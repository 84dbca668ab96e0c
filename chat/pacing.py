"""Text to the screen at an even pace, without I/O: what waits, and how much of it is due."""

import math
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

#: Seconds between two frames: 13 a second read as flowing text, at a third of the browser's work for one a token.
FRAME_S = 0.075
#: With more replies under way than this, each one more makes frames a little rarer; so does each turn of the
#: conversation; up to the rarest.
UNHURRIED = 10
HURRY_S = 0.0015
LENGTH_S = 0.0007
RAREST_FRAME_S = 0.105
#: How much the newest pause between two arrivals counts for what is learned of them.
NEWEST = 0.5
#: However long the pauses, text is not spread over more than this.
LONGEST_S = 0.6
#: A frame ends at the end of a word where one is this near.
WORD = 12

_JOINER = "\u200d"
_JOINERS = _JOINER + "\ufe0f"


def frame_s(replies: int, turns: int = 0) -> float:
    """Seconds between two frames: a busy server paints less often, and so does a long conversation.

    replies: under way on this server. turns: that the page shows, all of which it draws anew with
    each frame.
    """
    busy = HURRY_S * max(0, replies - UNHURRIED)
    return min(RAREST_FRAME_S, FRAME_S + max(busy, LENGTH_S * turns))


class Metronome:
    """Counts the replies under way, which sets the pace of their frames."""

    def __init__(self) -> None:
        self.replies = 0

    @contextmanager
    def playing(self, turns: int = 0) -> Iterator[float]:
        """One more reply is under way, on a page that shows ``turns``; gives the seconds between its frames."""
        self.replies += 1
        try:
            yield frame_s(self.replies, turns)
        finally:
            self.replies -= 1


class Pacer:
    """Holds text back so that what reaches the screen grows evenly.

    add() takes text as it comes; take() gives what is due for one frame. What came is spread over
    the pause that usually follows: a steady stream passes straight through, a burst is given out
    until the next one is due. Times in seconds on any clock that does not go back. every_s:
    between two frames.
    """

    def __init__(self, every_s: float = FRAME_S) -> None:
        self._every_s = every_s
        self._pause = every_s
        self._last: float | None = None
        self._until = 0.0
        self.waiting = ""

    def add(self, text: str, now: float) -> None:
        """Text has come."""
        if self._last is not None:
            self._pause += NEWEST * (min(now - self._last, LONGEST_S) - self._pause)
        self._last = now
        self._until = now + self._pause
        self.waiting += text

    def take(self, now: float) -> str:
        """What is due for this frame; '' where nothing waits."""
        frames = max(1, round((self._until - now) / self._every_s))
        return self._cut(math.ceil(len(self.waiting) / frames))

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
