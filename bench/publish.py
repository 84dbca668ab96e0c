"""Table and pictures into the documents, where readers look for them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

BEGIN = "<!-- figures: begin -->"
END = "<!-- figures: end -->"


WORDS = {
    "performance.png": "Each peer as a multiple of Demo Desk",
    "ledger-growth.png": "What the ledger takes with 10,000 to 1,000,000 turns on record",
}
"""What each picture of the documents shows, for those who do not see it."""


def publish(text: str, pictures: Mapping[str, Path], documents: Path) -> None:
    """Replace the figures in performance.md and the pictures beside it; one that was not drawn is left out."""
    page = documents / "performance.md"
    shown = ""
    for name, picture in pictures.items():
        if picture.exists():
            shutil.copy(picture, documents / name)
            shown += f"![{WORDS[name]}]({name})\n\n"
    page.write_text(between_marks(page.read_text(encoding="utf-8"), shown + text), encoding="utf-8")


def between_marks(page: str, block: str) -> str:
    """The page with `block` between its two marks; raises `ValueError` when it has none."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no «{BEGIN}» and «{END}» to write between")
    return f"{head}{BEGIN}\n{block.strip()}\n{END}{tail}"
