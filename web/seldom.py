"""What strangers can have written into the log is written there seldom."""

import logging
from collections.abc import Callable
from time import monotonic

#: Seconds in which the same line is written once.
PAUSE_S = 60.0
#: Different lines that are remembered.
KEPT = 100


class Seldom(logging.Filter):
    """Lets each line pass once in a while, and says then how often it came meanwhile.

    For a server's warnings of requests that are none: anyone can make a thousand of them a second, and fill the disk.
    """

    def __init__(self, pause_s: float = PAUSE_S, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._pause_s, self._clock = pause_s, clock
        self._last: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is written."""
        line, now = f"{record.levelno} {record.msg} {_where(record)}", self._clock()
        at, missed = self._last.get(line, (float("-inf"), 0))
        if now - at < self._pause_s:
            self._last[line] = at, missed + 1
            return False
        if len(self._last) >= KEPT:
            self._last.clear()
        self._last[line] = now, 0
        if missed:
            record.msg = f"{str(record.msg).rstrip()} (and {missed} times more since)"
        return True


def _where(record: logging.LogRecord) -> str:
    """What went wrong, and in which line: two faults are two, though they be told in the same words."""
    kind, _, trace = record.exc_info or (None, None, None)
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{kind} {trace.tb_frame.f_code.co_filename} {trace.tb_lineno}"
