"""Every private thing of Chainlit that we lean on is still there."""

import importlib
import inspect
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEAMS: list[dict[str, str]] = tomllib.loads((ROOT / "docs/chainlit-seams.toml").read_text("utf-8"))["seam"]


def _front_end() -> Path:
    import chainlit

    return Path(chainlit.__file__).parent / "frontend" / "dist"


@cache
def _scripts() -> list[str]:
    return [script.read_text("utf-8") for script in (_front_end() / "assets").glob("index-*.js")]


def _find(what: str) -> Any:
    module, _, path = what.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found


def _holds(seam: dict[str, str]) -> bool:
    match seam["where"]:
        case "python":
            return _find(seam["what"]) is not None
        case "source":
            return seam["text"] in inspect.getsource(importlib.import_module(seam["what"]))
        case "page":
            return seam["text"] in (_front_end() / "index.html").read_text("utf-8")
        case "script":
            return any(seam["text"] in script for script in _scripts())
    raise AssertionError(f"unknown place {seam['where']!r}")


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam["name"])
def test_the_seam_holds(seam: dict[str, str]) -> None:
    """What we use of Chainlit is where the list says."""
    try:
        holds = _holds(seam)
    except (AttributeError, ImportError, OSError) as error:
        holds, seam = False, {**seam, "error": repr(error)}
    assert holds, f"Chainlit moved {seam['name']} ({seam['used_by']}): {seam['why']} {seam}"


@pytest.mark.parametrize("seam", SEAMS, ids=lambda seam: seam["name"])
def test_the_seam_is_used_where_it_says(seam: dict[str, str]) -> None:
    """The files that a line names exist."""
    for name in seam["used_by"].split(", "):
        assert (ROOT / name).is_file()


def test_every_id_of_chainlit_s_is_on_the_list() -> None:
    """Style sheet and scripts name no element of Chainlit's that no line of the list names."""
    listed = " ".join(seam.get("text", "") for seam in SEAMS)
    ours = re.compile(r"/\*.*?\*/", re.DOTALL)
    named = re.compile(r"""(?:#|Id\(")([a-z]+(?:-[a-z]+)+)""")
    files = [ROOT / "public/desk.css", ROOT / "public/desk/page.css", *(ROOT / "public/desk").glob("*.js")]
    ids = {id for file in files for id in named.findall(ours.sub("", file.read_text("utf-8")))}
    assert len(ids) > 20 and [id for id in ids if not id.startswith("desk-") and id not in listed] == []
