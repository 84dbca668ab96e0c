"""The threat model names a test for each defence, and each of them is there."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "security.md"
#: ``tests/web/test_walls.py::test_only_under_its_own_name``
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@cache
def defined_in(file: Path) -> frozenset[str]:
    """The tests that a file defines."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(function.name for function in functions if function.name.startswith("test_"))


def threats() -> list[list[str]]:
    """What somebody wants, what stands against it, and what shows that."""
    found: list[list[str]] = []
    inside = False
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("| ") else []
        if inside and cells and cells[0] != "---":
            found.append(cells)
        inside = bool(cells) and (inside or cells == ["wants", "answer", "shown by"])
    return found


def test_every_test_that_it_names_is_there() -> None:
    """In the file that it names."""
    named = NAMED.findall(DOCUMENT.read_text(encoding="utf-8"))
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).is_file() or name not in defined_in(ROOT / file)
    ]
    assert missing == [] and len(named) > 50


def test_every_threat_has_its_test() -> None:
    """Or says in so many words that nothing here can hold it off."""
    bare = [
        wants for wants, _, shown in threats() if not NAMED.search(shown) and not shown.startswith("none:")
    ]
    assert bare == [] and len(threats()) > 40


def test_how_to_report_is_said() -> None:
    """Where a finder looks, without an address that nobody reads."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "Report a vulnerability" in text and "docs/security.md" in text and "@" not in text
