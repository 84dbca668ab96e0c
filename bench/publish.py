"""Table and picture into the documents, where readers look for them."""

from __future__ import annotations

import shutil
from pathlib import Path

BEGIN = "<!-- figures: begin -->"
END = "<!-- figures: end -->"


def publish(text: str, picture: Path, documents: Path) -> None:
    """Replace the figures in performance.md and the picture beside it."""
    page = documents / "performance.md"
    block = text
    if picture.exists():
        shutil.copy(picture, documents / "performance.png")
        block = f"![Each peer as a multiple of Demo Desk](performance.png)\n\n{text}"
    page.write_text(between_marks(page.read_text(encoding="utf-8"), block), encoding="utf-8")


def between_marks(page: str, block: str) -> str:
    """The page with `block` between its two marks; raises `ValueError` when it has none."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no «{BEGIN}» and «{END}» to write between")
    return f"{head}{BEGIN}\n{block.strip()}\n{END}{tail}"
