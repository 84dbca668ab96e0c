"""The settings panel: what it offers is taken, all else is refused in words."""

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from chat.choices import Choices, Refused, changed, followed, initial, panel
from demos import Demo
from holysheep import Model, Price

DAY = date(2026, 1, 1)
FLASH = Model("flash", "Flash", "holysheep", 1000, Price.flat(Decimal("2.50"), DAY))
DEEP = Model("deep", "Deep", "holysheep", 1000, Price.flat(Decimal("0.42"), DAY))
BIG = Model("big", "Big", "holysheep", 1000, Price.flat(Decimal("8"), DAY))
MODELS = [DEEP, FLASH, BIG]
NOW = Choices("deep", 0.7, 1024)
DEMO = Demo("shop", "Shop", "persona", temperature=0.3, max_tokens=500)


@pytest.mark.parametrize(
    ("demo_default", "listed", "own", "expected"),
    [
        ("flash", (), "deep", "flash"),
        ("", (), "big", "big"),
        ("", ("flash", "big"), "deep", "deep"),
        ("gone", ("gone", "flash"), "gone", "flash"),
        ("gone", (), "gone", "deep"),
    ],
)
def test_the_first_model(demo_default: str, listed: tuple[str, ...], own: str, expected: str) -> None:
    """The demo's own default, else the price list's, else the demo's first, else the first there is."""
    demo = replace(DEMO, default_model=demo_default, models=listed)
    assert initial(demo, MODELS, own) == Choices(expected, 0.3, 500)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, NOW),
        ({"model": "big"}, replace(NOW, model="big")),
        ({"temperature": 0}, replace(NOW, temperature=0.0)),
        ({"temperature": 2}, replace(NOW, temperature=2.0)),
        ({"temperature": 0.30000000000000004}, replace(NOW, temperature=0.3)),
        ({"max_tokens": 16}, replace(NOW, max_tokens=16)),
        ({"max_tokens": 8192.0}, replace(NOW, max_tokens=8192)),
        ({"language": "en"}, replace(NOW, language="en")),
        ({"page_language": "vi", "model": "flash"}, replace(NOW, page_language="vi", model="flash")),
    ],
)
def test_what_is_offered_is_taken(values: dict[str, Any], expected: Choices) -> None:
    """Each field within its limits; fields that were not sent stay."""
    taken = changed(NOW, values, MODELS)
    assert taken == expected
    assert type(taken.max_tokens) is int and type(taken.temperature) is float


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"model": "gpt-9"}, "not_offered"),
        ({"model": ""}, "not_offered"),
        ({"model": None}, "not_offered"),
        ({"model": ["deep"]}, "not_offered"),
        ({"model": 1}, "not_offered"),
        ({"language": "fr"}, "not_offered"),
        ({"language": True}, "not_offered"),
        ({"page_language": {}}, "not_offered"),
        ({"temperature": "0.5"}, "not_number"),
        ({"temperature": True}, "not_number"),
        ({"temperature": None}, "not_number"),
        ({"temperature": []}, "not_number"),
        ({"temperature": math.nan}, "out_of_range"),
        ({"temperature": math.inf}, "out_of_range"),
        ({"temperature": -0.1}, "out_of_range"),
        ({"temperature": 2.01}, "out_of_range"),
        ({"max_tokens": 15}, "out_of_range"),
        ({"max_tokens": 8193}, "out_of_range"),
        ({"max_tokens": 10**400}, "out_of_range"),
        ({"max_tokens": -(10**400)}, "out_of_range"),
        ({"max_tokens": False}, "not_number"),
        ({"temperature": 0.73}, "off_step"),
        ({"max_tokens": 17}, "off_step"),
        ({"max_tokens": 1000.7}, "off_step"),
        ({"system_prompt": "be evil"}, "not_offered"),
        ({"__class__": "x"}, "not_offered"),
        ({"model": "big", "temperature": 99}, "out_of_range"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_not_offered_is_refused(values: dict[str, Any], reason: str) -> None:
    """Anything else is refused whole, with words in both languages."""
    with pytest.raises(Refused) as refused:
        changed(NOW, values, MODELS)
    assert refused.value.reason == reason
    assert "{" not in refused.value.text("vi") + refused.value.text("en")


def test_limits_are_told_as_people_write_them() -> None:
    """A limit in words has no idle decimals, and the language's separators."""
    said = {}
    for field, value in (("temperature", 9), ("max_tokens", 9)):
        with pytest.raises(Refused) as refused:
            changed(NOW, {field: value}, MODELS)
        said[field] = refused.value.text("vi"), refused.value.text("en")
    assert "từ 0 đến 2." in said["temperature"][0] and "from 0 to 2." in said["temperature"][1]
    assert "từ 16 đến 8.192." in said["max_tokens"][0] and "from 16 to 8,192." in said["max_tokens"][1]


def test_a_value_of_the_demo_beyond_the_panel_stays() -> None:
    """The panel sends every field; what it shows unchanged is never a reason to refuse the rest."""
    roomy = replace(NOW, max_tokens=100_000)
    sent = {"model": "big", "temperature": 0.7, "max_tokens": 100_000}
    assert changed(roomy, sent, MODELS) == replace(roomy, model="big")


def test_what_was_left_alone_follows_the_demo() -> None:
    """A value that the visitor chose stays, the others become the demo's new ones."""
    now = Choices("flash", 0.1, 2048)
    mine = replace(NOW, temperature=1.5, language="en")
    assert followed(mine, NOW, now, MODELS) == Choices("flash", 1.5, 2048, "en")
    assert followed(NOW, NOW, now, MODELS) == now


def test_a_model_that_the_demo_took_away_is_left() -> None:
    """Also by who had chosen it."""
    now = Choices("flash", 0.7, 1024)
    assert followed(replace(NOW, model="big"), NOW, now, [DEEP, FLASH]).model == "flash"
    assert followed(replace(NOW, model="big"), NOW, now, MODELS).model == "big"


def inputs(
    choices: Choices = NOW, models: list[Model] = MODELS, free: frozenset[str] = frozenset()
) -> dict[str, Any]:
    return {entry["id"]: entry for entry in panel("en", choices, models, free)}


def test_the_panel_shows_what_holds() -> None:
    """Five fields, each at its present value, each taking what it offers."""
    now = Choices("big", 1.2, 2048, "en", "vi")
    shown = inputs(now)
    assert {field: entry["initial"] for field, entry in shown.items()} == {
        "model": "big",
        "temperature": 1.2,
        "max_tokens": 2048,
        "language": "en",
        "page_language": "vi",
    }
    for field in ("model", "language", "page_language"):
        for item in shown[field]["items"]:
            assert getattr(changed(now, {field: item["value"]}, MODELS), field) == item["value"]
    for field in ("temperature", "max_tokens"):
        changed(now, {field: shown[field]["min"]}, MODELS)
        changed(now, {field: shown[field]["max"]}, MODELS)


@pytest.mark.parametrize(
    ("price", "label"),
    [
        (Price.flat(Decimal("8"), DAY), "M · $8/million tokens"),
        (Price.flat(Decimal("8.00"), DAY), "M · $8/million tokens"),
        (Price.flat(Decimal("2.5"), DAY), "M · $2.50/million tokens"),
        (Price.flat(Decimal("0.42"), DAY), "M · $0.42/million tokens"),
        (Price.flat(Decimal("0.075"), DAY), "M · $0.075/million tokens"),
        (Price(Decimal("2.5"), Decimal(1), Decimal(10), DAY), "M · $2.50–10/million tokens"),
        (Price.flat(Decimal(0), DAY), "M · $0/million tokens"),
        (None, "M · price unknown"),
    ],
    ids=str,
)
def test_a_model_is_labelled_with_its_price(price: Price | None, label: str) -> None:
    """Dollars a million tokens, exactly; two prices where input and output differ."""
    shown = inputs(Choices("m", 0.7, 100), [Model("m", "M", "holysheep", 1000, price)])
    assert [item["label"] for item in shown["model"]["items"]] == [label]


def test_a_model_of_ones_own_costs_nothing() -> None:
    """A discovered model of a free provider stands there at price 0."""
    shown = inputs(Choices("m", 0.7, 100), [Model("m", "M", "local", 1000)], frozenset({"local"}))
    assert [item["label"] for item in shown["model"]["items"]] == ["M · $0"]


def test_models_of_one_label_are_all_offered() -> None:
    """Two models that people call alike are two entries."""
    twins = [Model("a", "Twin", "holysheep", 1000), Model("b", "Twin", "holysheep", 1000)]
    assert [item["value"] for item in inputs(Choices("a", 0.7, 100), twins)["model"]["items"]] == ["a", "b"]
