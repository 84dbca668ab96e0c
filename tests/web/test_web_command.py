"""``python -m web password``."""

import io
import sys

import pytest

from demos.passwords import matches
from web.__main__ import main


@pytest.fixture(autouse=True)
def command(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is typed, by an English reader."""
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setattr(sys, "argv", ["web", "password"])


def test_a_hash_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the line that was typed or piped, and nothing else with it."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("mật khẩu tốt\n"))
    assert main() == 0
    assert matches("mật khẩu tốt", capsys.readouterr().out.removesuffix("\n"))


def test_a_short_password_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the length it needs."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("ngắn\n"))
    assert main() == 1
    assert capsys.readouterr() == ("", "At least 8 characters are needed.\n")
