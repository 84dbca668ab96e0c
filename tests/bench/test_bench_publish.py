"""How figures come into the documents."""

from __future__ import annotations

import pytest

from bench.publish import BEGIN, END, between_marks


def test_only_the_block_changes() -> None:
    """What stands around the marks stays, whatever stood between them goes."""
    page = f"# Title\n\n{BEGIN}\nold\n{END}\n\ntail\n"
    assert between_marks(page, "new\n") == f"# Title\n\n{BEGIN}\nnew\n{END}\n\ntail\n"


@pytest.mark.parametrize("page", ["", BEGIN, f"{END}{BEGIN}"])
def test_a_page_without_marks_is_not_touched(page: str) -> None:
    """Figures are never written into a place that was not meant for them."""
    with pytest.raises(ValueError, match="to write between"):
        between_marks(page, "new")
