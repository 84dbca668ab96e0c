"""What a fault is: a name, a line for people, and what it makes of an answer."""

from collections.abc import Callable
from dataclasses import dataclass

from ..answer import Answer
from ..script import Script

Play = Callable[[Answer], Script]


@dataclass(frozen=True)
class Fault:
    """One way to fail.

    name: how it is asked for. line: what it does, for ``--list``.
    play: the response in place of the faultless one.
    streams_only: whole replies are left alone, since the fault lies in the stream.
    """

    name: str
    line: str
    play: Play
    streams_only: bool = False

    def script(self, answer: Answer) -> Script:
        """The response to send for ``answer``."""
        if self.streams_only and not answer.request.stream:
            return answer.script()
        return self.play(answer)
