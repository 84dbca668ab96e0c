"""What strangers can have written into the log."""

import logging
import sys

from web.seldom import KEPT, Seldom


def record(text: str, error: Exception | None = None) -> logging.LogRecord:
    raised = None
    if error is not None:
        try:
            raise error
        except Exception:
            raised = sys.exc_info()
    return logging.LogRecord("uvicorn.error", logging.WARNING, "", 0, text, (), raised)


def test_a_line_is_written_once_a_minute() -> None:
    """And says then how often it came."""
    now = [0.0]
    seldom = Seldom(60.0, clock=lambda: now[0])
    assert [seldom.filter(record("Invalid HTTP request received.")) for _ in range(4)] == [
        True,
        False,
        False,
        False,
    ]
    assert seldom.filter(record("another"))
    now[0] = 61.0
    late = record("Invalid HTTP request received.")
    assert seldom.filter(late) and late.getMessage().endswith("(and 3 times more since)")


def test_two_faults_are_two() -> None:
    """Told in the same words, and not the same."""
    seldom = Seldom()
    assert seldom.filter(record("Exception", ValueError("a")))
    assert seldom.filter(record("Exception", KeyError("a")))
    assert not seldom.filter(record("Exception", ValueError("b")))


def test_it_remembers_some_lines_only() -> None:
    """Lines that strangers make up fill no memory."""
    seldom = Seldom()
    for n in range(10 * KEPT):
        seldom.filter(record(f"line {n}"))
    assert len(seldom._last) <= KEPT
