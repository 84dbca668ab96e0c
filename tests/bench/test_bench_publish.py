"""How figures come into the documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.publish import BEGIN, END, between_marks, publish


def test_only_the_block_changes() -> None:
    """What stands around the marks stays, whatever stood between them goes."""
    page = f"# Title\n\n{BEGIN}\nold\n{END}\n\ntail\n"
    assert between_marks(page, "new\n") == f"# Title\n\n{BEGIN}\nnew\n{END}\n\ntail\n"


@pytest.mark.parametrize("page", ["", BEGIN, f"{END}{BEGIN}"])
def test_a_page_without_marks_is_not_touched(page: str) -> None:
    """Figures are never written into a place that was not meant for them."""
    with pytest.raises(ValueError, match="to write between"):
        between_marks(page, "new")


def test_publish_brings_the_pictures_that_were_drawn(tmp_path: Path) -> None:
    """A picture is copied and shown above the figures; one that was not drawn is not spoken of."""
    documents, drawn = tmp_path / "docs", tmp_path / "latest.png"
    documents.mkdir()
    drawn.write_bytes(b"picture")
    page = documents / "performance.md"
    page.write_text(f"{BEGIN}\n{END}\n")
    pictures = {"performance.png": drawn, "ledger-growth.png": tmp_path / "growth.png"}
    publish("figures", pictures, documents)
    assert (documents / "performance.png").read_bytes() == b"picture"
    shown = "![Each peer as a multiple of Demo Desk](performance.png)"
    assert page.read_text() == f"{BEGIN}\n{shown}\n\nfigures\n{END}\n"
