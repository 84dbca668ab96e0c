"""Text to the screen at an even pace, without I/O: what waits, and how much of it is due."""

import math
import unicodedata

#: Seconds between two frames: 20 a second read as flowing text, at a fraction of the cost of one a token.
FRAME_S = 0.05
#: Up to this many characters a frame always pass: they are no burst.
SMALL = 24
#: The pace is learned over about this many seconds.
MEMORY_S = 1.0
#: Whatever the pace, nothing waits much longer than this.
LONGEST_S = 0.6
#: A frame ends at the end of a word where one is this near.
WORD = 12

_JOINERS = "\u200d\ufe0f"


class Pacer:
    """Holds text back so that what reaches the screen grows evenly.

    add() takes text as it comes; take() gives what is due for one frame. A steady stream passes
    straight through; a burst is spread over the frames until the next one is due. Times in
    seconds on any clock that does not go back.
    """

    def __init__(self) -> None:
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
        due = math.ceil(FRAME_S * max(pace, len(self.waiting) / LONGEST_S))
        return self._cut(max(SMALL, due))

    def rest(self) -> str:
        """All that still waits."""
        return self._cut(len(self.waiting))

    def _cut(self, due: int) -> str:
        size = len(self.waiting)
        if due < size:
            space = self.waiting.find(" ", due, due + WORD)
            due = space if space > 0 else due
            while due < size and _belongs_to_the_letter_before(self.waiting[due]):
                due += 1
        text, self.waiting = self.waiting[:due], self.waiting[due:]
        return text


def _belongs_to_the_letter_before(char: str) -> bool:
    return char in _JOINERS or unicodedata.combining(char) != 0
