"""The line above the text box, which tells what goes on; seconds in it count by themselves."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """The line. text: ``{n}`` in it stands for seconds, which the page counts.

    begun: when it was said, and seconds: what they stood at then; None: there are none. up: they grow. then: what it
    says once they have run out. All times are the loop's.
    """

    text: str
    begun: float = 0.0
    seconds: float | None = None
    up: bool = False
    then: str = ""

    def news(self, now: float) -> dict[str, object]:
        """As a page is told it: the line as it reads now, and how it goes on."""
        if self.seconds is None:
            return {"status": self.text, "ticks": None}
        left = self.seconds + (now - self.begun) * (1 if self.up else -1)
        if left <= 0 and not self.up:
            return {"status": self.then, "ticks": None}
        ticks = {"text": self.text, "seconds": round(left, 2), "up": self.up, "then": self.then}
        return {
            "status": self.text.format(n=math.floor(left) if self.up else math.ceil(left)),
            "ticks": ticks,
        }


#: Nothing is said.
NOTHING: dict[str, object] = {"status": None, "ticks": None}
