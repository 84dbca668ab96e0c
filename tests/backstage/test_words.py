"""Commands as people type them, and as any socket may send them."""

import pytest

from backstage.texts import _FOLDER
from backstage.words import MOST_CHARACTERS, MOST_WORDS, named, pressed, typed
from ledger.wording import read_texts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/links", ["links"]),
        ("  /versions boutique ", ["versions", "boutique"]),
        ("/publish boutique --for 'Tiệm bánh Bơ'", ["publish", "boutique", "--for", "Tiệm bánh Bơ"]),
        ("/publish boutique --for L'amour", ["publish", "boutique", "--for", "L'amour"]),
        (
            "/new Tiệm bánh Bơ: Bánh mì tươi. Mở 6 giờ.",
            ["new", "--", "Tiệm bánh Bơ", "Bánh mì tươi. Mở 6 giờ."],
        ),
        ("/new Tiệm bánh Bơ\nBánh mì tươi.", ["new", "--", "Tiệm bánh Bơ", "Bánh mì tươi."]),
        ("/new 'Bơ' 'Bánh: tươi'", ["new", "Bơ", "Bánh: tươi"]),
        ("/new", ["new"]),
    ],
)
def test_typed(text: str, words: list[str]) -> None:
    """With quotes or without; a name and what follows its colon need none."""
    assert typed(text) == words


@pytest.mark.parametrize(
    "text",
    ["", "/", "links", "/giao hàng mất bao lâu?", "/linksx", "/report by demo", "/edit x", "xem /links"],
)
def test_messages(text: str) -> None:
    """What is no command of the desk is a message."""
    assert typed(text) is None


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "links",
        {},
        {"words": None},
        {"words": []},
        {"words": "links"},
        {"words": ["links", 7]},
        {"words": ["nothing of ours"]},
        {"words": ["import", "/etc/passwd"]},
        {"words": ["links"] * (MOST_WORDS + 1)},
        {"words": ["links", "x" * MOST_CHARACTERS]},
    ],
)
def test_nonsense(data: object) -> None:
    """A forged event is nothing."""
    assert pressed(data) is None


def test_pressed_words_can_be_kept() -> None:
    """Half a character and a NUL, which no database takes, do not get past the door."""
    assert pressed({"words": ["new", "a\ud83d", "b\0c"]}) == ["new", "a?", "bc"]


def test_named() -> None:
    """An option and what follows it."""
    assert named(["fix", "--reply", "id"], "--reply") == "id"
    assert named(["fix", "--reply"], "--reply") is None


def test_both_languages_have_the_same_words() -> None:
    """Nothing is said in one of them alone."""
    vi, en = read_texts(_FOLDER, "vi"), read_texts(_FOLDER, "en")
    assert vi.keys() == en.keys()
    assert all(text.strip() for text in (*vi.values(), *en.values()))
