"""What the image is built from, as ``.dockerignore`` lets it through."""

import shutil
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


def let_through() -> list[str]:
    """The patterns that are taken back from ``*``."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines, "everything else stays out"
    return [line[1:] for line in lines if line.startswith("!")]


def copy_program(folder: Path) -> Path:
    """The program as it lies in the image, and nothing beside it."""
    for pattern in let_through():
        for path in ROOT.glob(pattern):
            copy = folder / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                shutil.copytree(path, copy, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
            else:
                shutil.copy(path, copy)
    shutil.rmtree(folder / "deploy")
    return folder
