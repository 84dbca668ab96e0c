"""What opens a link stands in no log, whoever writes it."""

import logging

import pytest

from demos import Keys
from web.logs import JsonLines, PlainLines, masked

TOKEN = Keys("the secret of this installation").token("abcdefghij")


@pytest.mark.parametrize("lines", [PlainLines(), JsonLines()], ids=["text", "json"])
def test_a_token_is_masked(lines: logging.Formatter) -> None:
    """In a message, in what it is filled with, and in the traceback below it; which link it was stays."""
    try:
        raise RuntimeError(f"GET /d/{TOKEN}/project/settings")
    except RuntimeError as error:
        trace = (RuntimeError, error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, f"/d/{TOKEN}/ and %s", (f"/d/{TOKEN}/",), trace)
    written = lines.format(record)
    assert TOKEN not in written and written.count("/d/abcdefghij…") >= 3


def test_other_words_stay() -> None:
    """Only what has a token's form is cut."""
    assert masked("GET /d/short/ and /demo/abcdefghij") == "GET /d/short/ and /demo/abcdefghij"


def test_what_stands_in_for_cookies_is_masked() -> None:
    """A visitor's secret and a given passcode open as much as a token does."""
    written = masked(f"GET /d/{TOKEN}/k/{'0f' * 32}/v/a-secret_of-this-browser/ws/socket.io/?tab=1")
    assert written == "GET /d/abcdefghij…/k/…/v/…/ws/socket.io/?tab=1"
