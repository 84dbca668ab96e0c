"""A demo's TOML changed in places."""

import tomllib

import pytest

from demos.text import NoSuchKey, edited, value_of

TEXT = """# The shop
title = "Mây"  # its name
temperature = 0.7

[greeting]
vi = "Chào"

[[facts]]
title = "Giá"
content = "Áo: 100"
"""


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("title", "Gió"),
        ("temperature", 1),
        ("greeting.en", "Hello"),
        ("limits.budget_usd", 1.5),
        ("branding.footer.vi", "Chân trang"),
        ("facts.1.content", 'Áo: 200\nQuần: "300"\\'),
        ("facts.1.title", "Bảng giá"),
        ("persona", 'ba dấu """ nháy\nvà \\ ngược'),
    ],
)
def test_a_value_is_set(key: str, value: object) -> None:
    """The value is what was given, to the letter but for a line's beginning; comments and the rest stay."""
    after = edited(TEXT, {key: value})
    place = tomllib.loads(after)
    for step in key.split("."):
        place = place[int(step) - 1] if isinstance(place, list) else place[step]
    assert place == value and "# The shop" in after
    assert {**tomllib.loads(TEXT), **tomllib.loads(after)}.keys() == tomllib.loads(after).keys()


def test_one_more_piece_and_one_key_less() -> None:
    """The piece after the last is a new one; a key that is taken away is gone, and may have been before."""
    changes = {"facts.2.title": "Bãi xe", "facts.2.content": "Có.", "hotline": None, "limits.messages": None}
    document = tomllib.loads(edited(TEXT, changes))
    assert document["facts"][1:] == [{"title": "Bãi xe", "content": "Có."}]
    assert "hotline" not in document and "limits" not in document


@pytest.mark.parametrize(
    "key", ["", "title.x", "facts.3.content", "facts.0.content", "facts.x", "facts.1.content.y", "facts.3"]
)
def test_a_key_that_leads_nowhere(key: str) -> None:
    """It is named, and nothing is changed."""
    with pytest.raises(NoSuchKey) as wrong:
        edited(TEXT, {key: "x"})
    assert repr(key) in str(wrong.value)


@pytest.mark.parametrize(
    ("key", "given", "value"),
    [
        ("title", "123", "123"),
        ("temperature", "1", 1),
        ("temperature", "warm", "warm"),
        ("models", '["a", "b"]', ["a", "b"]),
        ("shown.cost", "true", True),
        ("greeting.en", "Hello", "Hello"),
    ],
)
def test_what_was_typed(key: str, given: str, value: object) -> None:
    """A text stays a text where one stands; elsewhere numbers, switches and lists are what they look like."""
    assert value_of(TEXT, key, given) == value
