"""The table in the documents is the one that is played."""

from dataclasses import replace
from pathlib import Path

import pytest
from table import CASES

from emulator.rows import ROWS
from scripts import faults

DOCUMENT = Path(faults.ROOT) / "docs" / "faults.md"


def test_the_document_has_every_case() -> None:
    """``make faults WRITE=1`` writes it anew."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [case.name for case in CASES if f"`{case.name[4:]}`" not in text] == []
    assert [number for number, row in ROWS.items() if f"| {number} | {row.fault}" not in text] == []


def test_one_row_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """It is played and printed, and the status says that it holds."""
    assert faults.main(["--row", "36"]) == 0
    told = capsys.readouterr().out
    assert "cases of 1 rows; all hold." in told
    assert "`H1 provider_down 0` → 1.0 s → `H1 ok $`" in told


def test_a_row_that_does_not_hold_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By name, with what is wrong, and by the status."""
    case = next(case for case in CASES if case.row == 46)
    monkeypatch.setattr("table.CASES", (replace(case, finish="length"),))
    assert faults.main([]) == 1
    told = capsys.readouterr().out
    assert "**not as it should be**" in told and "finish_reason: must be 'length', is 'stop'" in told
