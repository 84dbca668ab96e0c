"""Table and pictures into the documents, where readers look for them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

BEGIN = "<!-- figures: begin -->"
END = "<!-- figures: end -->"
PAGE = "performance.md"


WORDS = {
    "performance.png": "Each peer as a multiple of Demo Desk",
    "ledger-growth.png": "What the ledger takes with 10,000 to 1,000,000 turns on record",
}
"""What each picture of the documents shows, for those who do not see it."""


def has_place(letters: str, documents: Path) -> bool:
    """Whether performance.md has a place for the figures of these measurements only; of all: ""."""
    page = (documents / PAGE).read_text(encoding="utf-8")
    return all(mark in page for mark in _marks(letters))


def publish_part(letters: str, text: str, documents: Path) -> None:
    """Replace the figures of some measurements; all others stay, and so do the pictures."""
    page = documents / PAGE
    # below a paragraph of the page, not beside its chapters
    shown = text.replace("### ", "#### ")
    page.write_text(between_marks(page.read_text(encoding="utf-8"), shown, letters), encoding="utf-8")


def publish(text: str, pictures: Mapping[str, Path], documents: Path) -> None:
    """Replace the figures in performance.md and the pictures beside it; one that was not drawn is left out."""
    page = documents / PAGE
    shown = ""
    for name, picture in pictures.items():
        if picture.exists():
            shutil.copy(picture, documents / name)
            shown += f"![{WORDS[name]}]({name})\n\n"
    page.write_text(between_marks(page.read_text(encoding="utf-8"), shown + text), encoding="utf-8")


def between_marks(page: str, block: str, letters: str = "") -> str:
    """The page with `block` between its two marks; raises `ValueError` when it has none."""
    first, last = _marks(letters)
    head, begin, rest = page.partition(first)
    _, end, tail = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"no «{first}» and «{last}» to write between")
    return f"{head}{first}\n{block.strip()}\n{last}{tail}"


def _marks(letters: str) -> tuple[str, str]:
    if not letters:
        return BEGIN, END
    return BEGIN.replace("figures", f"figures of {letters}"), END.replace("figures", f"figures of {letters}")
