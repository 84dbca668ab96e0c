"""Words to whoever waits for the run."""

from __future__ import annotations

import sys
import time

_START = time.monotonic()


def say(text: str) -> None:
    """Print one line with the time since the start, beside the result on standard output."""
    passed = int(time.monotonic() - _START)
    print(f"[{passed // 60:2d}:{passed % 60:02d}] {text}", file=sys.stderr, flush=True)
