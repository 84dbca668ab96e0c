"""The small pages of our own in a shop's colours."""

import pytest

from web.plain_page import plain_page


@pytest.mark.parametrize(
    ("color", "light", "dark"),
    [
        ("#fff27a", "var(--ink)", "#fff27a"),
        ("#1a1a2e", "#1a1a2e", "var(--ink)"),
        ("#8a5a00", "#8a5a00", None),
    ],
)
def test_a_name_can_be_read(color: str, light: str, dark: str | None) -> None:
    """In the shop's colour where that can be told from the page, and else in the page's own ink."""
    page = plain_page("vi", "Mây", "<p>Mật mã</p>", color=color)
    drawn = [part.partition(" }")[0].strip() for part in page.split("--drawn:")[1:]]
    assert drawn[0] == light and (dark is None or drawn[1] == dark)
