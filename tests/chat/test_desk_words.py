"""The words of the desk's tools: none is carried by the page that nothing says, none is said that is not there."""

import re
from pathlib import Path

import pytest

from chat.texts import desk_texts

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {
    file.name: file.read_text(encoding="utf-8")
    for folder, files in (("public/elements", "*.jsx"), ("public/desk", "*.js"), ("web", "desk_page.py"))
    for file in sorted((ROOT / folder).glob(files))
}
#: ``activity.${key}`` in a script, ``tools.{tool}_tip`` in Python.
MADE = re.compile(r"""[`"']([a-z]+\.[a-z_]*)\$?\{[^{}`]*\}([a-z_]*)[`"']""")


def said_in(text: str, key: str) -> bool:
    """Whether a source says it: as it stands, or made of a word that stands in the same source."""
    if re.search(rf"""[`"']{re.escape(key)}[`"']""", text):
        return True
    for before, after in MADE.findall(text):
        middle = key.removeprefix(before).removesuffix(after)
        if key == f"{before}{middle}{after}" and re.search(rf"\b{re.escape(middle)}\b", text):
            return True
    return False


@pytest.mark.parametrize("key", sorted(desk_texts("vi")))
def test_every_word_is_said(key: str) -> None:
    """A word that nothing says is dead weight of each operator's page."""
    assert any(said_in(text, key) for text in SOURCES.values())


def test_every_word_that_is_said_is_there() -> None:
    """A key without words would be shown as it is."""
    keys, sections = desk_texts("vi").keys(), {key.partition(".")[0] for key in desk_texts("vi")}
    said = re.compile(r"""(?:say|word)\((?:[^()"`]*\? )?"([a-z]+\.[a-z_0-9]+)\"""")
    found = {
        key for text in SOURCES.values() for key in said.findall(text) if key.partition(".")[0] in sections
    }
    assert len(found) > 50 and found - keys == set()
