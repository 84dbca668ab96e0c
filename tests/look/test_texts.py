"""Chainlit's texts in our two languages, and the pages behind the "About" button."""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from chainlit_files import ROOT, chainlit_folder

LANGUAGES = ("vi-VN", "en-US")
# Not blank, these two would make the receipt read "Used DeepSeek ...".
BLANK = {"chat.messages.status.used", "chat.messages.status.using"}
SAME = BLANK | {
    "auth.login.form.email.placeholder",  # the operator's user name
    "navigation.user.menu.settingsKey",  # a key on the keyboard
}


def texts(file: Path) -> dict[str, str]:
    """The file's texts by dotted key."""
    flat: dict[str, str] = {}

    def walk(node: object, path: str) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                walk(value, f"{path}.{key}" if path else key)
        else:
            assert isinstance(node, str), f"{file.name}: {path} is not a text"
            flat[path] = node

    walk(json.loads(file.read_text(encoding="utf-8")), "")
    return flat


def ours(language: str) -> dict[str, str]:
    return texts(ROOT / ".chainlit" / "translations" / f"{language}.json")


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_are_chainlits_own(language: str) -> None:
    """Each translation has exactly the keys of the installed Chainlit."""
    theirs = texts(chainlit_folder() / "translations" / "en-US.json").keys()
    mine = ours(language).keys()
    assert (theirs - mine, mine - theirs) == (set(), set()), "(missing, no longer used)"


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_known_texts_are_blank(language: str) -> None:
    """No text is empty but the two words that would stand before the receipt."""
    assert {key for key, text in ours(language).items() if not text.strip()} == BLANK


def test_vietnamese_is_translated() -> None:
    """The Vietnamese text differs from the English one wherever it should."""
    english = ours("en-US")
    assert {key for key, text in ours("vi-VN").items() if text == english[key]} == SAME


def test_placeholders_survive_translation() -> None:
    """What Chainlit fills into a text is named alike in both languages and in Chainlit's own."""
    theirs = texts(chainlit_folder() / "translations" / "en-US.json")
    for language in LANGUAGES:
        for key, text in ours(language).items():
            assert re.findall(r"{{.*?}}", text) == re.findall(r"{{.*?}}", theirs[key]), f"{language}: {key}"


@pytest.mark.parametrize("name", ["chainlit.md", "chainlit_en-US.md"])
def test_the_about_page_exists(name: str) -> None:
    """Both languages have an "About" page, and it is ours."""
    page = (ROOT / name).read_text(encoding="utf-8")
    assert page.startswith("# Demo Desk\n") and "Chainlit" not in page


@pytest.mark.parametrize(
    "name", ["chainlit.md", ".chainlit/config.toml", ".chainlit/translations/vi-VN.json"]
)
def test_vietnamese_is_composed(name: str) -> None:
    """Letters with diacritics are single characters (NFC), as fonts draw them best."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text)
