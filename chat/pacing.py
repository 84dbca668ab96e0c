"""Text to the screen at an even pace, as pure functions of what waits and what time it is."""

from dataclasses import dataclass, field

#: Seconds between two frames: 20 a second read as flowing text, at a fraction of the cost of one a token.
FRAME_S = 0.05
#: A burst is spread over about this many frames, so that it flows rather than jumps.
SPREAD = 6
#: The usual amount is learned from the frames before, the newest counting this much.
WEIGHT = 0.2


@dataclass
class Pacer:
    """Holds text back so that what reaches the screen grows evenly.

    add() takes text as it comes; take() gives what is due for one frame. Steady streams pass
    straight through; a burst much larger than the usual frame is spread over the next ones.
    """

    waiting: str = ""
    usual: float = field(default=0.0)

    def add(self, text: str) -> None:
        """Text has come."""
        self.waiting += text

    def take(self) -> str:
        """What is due for this frame; '' where nothing waits."""
        size = len(self.waiting)
        if not size:
            return ""
        if self.usual == 0.0:
            self.usual = float(size)
        due = size if size <= 2.5 * self.usual else max(int(1.5 * self.usual), size // SPREAD, 1)
        self.usual += WEIGHT * (due - self.usual)
        return self._cut(due)

    def rest(self) -> str:
        """All that still waits; the reply has ended."""
        return self._cut(len(self.waiting))

    def _cut(self, due: int) -> str:
        text, self.waiting = self.waiting[:due], self.waiting[due:]
        return text
