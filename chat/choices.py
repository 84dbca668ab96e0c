"""The settings panel: what a conversation may choose, and the refusal of all else."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from chat.texts import number, say
from demos import AnswerLanguage, Demo, Language, first_model
from holysheep import Model
from holysheep.events import plain

#: Least, most, step.
TEMPERATURE = (0.0, 2.0, 0.1)
MAX_TOKENS = (16, 8192, 16)
#: All that a panel can offer of a conversation, in order.
FIELDS = ("model", "temperature", "max_tokens", "language", "page_language")
LANGUAGE_CHOICES: tuple[AnswerLanguage, ...] = ("auto", "vi", "en")


@dataclass(frozen=True)
class Choices:
    """What holds from a conversation's next message on.

    model: an id of the price list. language: of the answers. page_language: of the page;
    "auto" follows the customer's last message, or the browser.
    """

    model: str
    temperature: float
    max_tokens: int
    language: AnswerLanguage = "auto"
    page_language: AnswerLanguage = "auto"


class Refused(ValueError):
    """A value the panel does not offer. ``field`` and ``reason`` are keys of the language files.

    values: the numbers that the reason names.
    """

    def __init__(self, field: str, reason: str, **values: float) -> None:
        self.field, self.reason, self.values = field, reason, values
        super().__init__(f"{field}: {reason}")

    def text(self, language: Language) -> str:
        """The refusal as a person reads it."""
        values = {name: number(language, value) for name, value in self.values.items()}
        reason = say(language, f"notes.{self.reason}", **values)
        return say(
            language, "notes.settings_refused", field=say(language, f"panel.{self.field}"), reason=reason
        )


def initial(
    demo: Demo, models: Sequence[Model], default: str, page_language: AnswerLanguage = "auto"
) -> Choices:
    """What a conversation starts with; default: the price list's own default model."""
    model = first_model(demo, [model.id for model in models], default)
    return Choices(model, demo.temperature, demo.max_tokens, demo.language, page_language)


def changed(
    choices: Choices,
    values: Mapping[str, Any],
    models: Sequence[Model],
    offered: Collection[str] = FIELDS,
) -> Choices:
    """``choices`` with what the panel sent; raises Refused for anything it does not offer. offered: its fields."""
    checked: dict[str, Any] = {}
    for field, value in values.items():
        match field if field in offered else "":
            # The panel sends every field. A demo may go beyond its limits and steps: what is shown unchanged stays.
            case "model" | "temperature" | "max_tokens" if _unchanged(value, getattr(choices, field)):
                continue
            case "model":
                checked[field] = _one_of(field, value, [model.id for model in models])
            case "language" | "page_language":
                checked[field] = _one_of(field, value, LANGUAGE_CHOICES)
            case "temperature":
                checked[field] = round(_within(field, value, TEMPERATURE), 2)
            case "max_tokens":
                checked[field] = round(_within(field, value, MAX_TOKENS))
            case _:
                raise Refused("unknown", "not_offered")
    return replace(choices, **checked)


def followed(choices: Choices, before: Choices, now: Choices, models: Sequence[Model]) -> Choices:
    """``choices`` once the demo's own have become ``now``: what was left as it was ``before`` goes along."""
    alone = {
        field.name: getattr(now, field.name)
        for field in fields(Choices)
        if getattr(choices, field.name) == getattr(before, field.name)
    }
    if choices.model not in {model.id for model in models}:
        alone["model"] = now.model
    return replace(choices, **alone)


def _one_of(field: str, value: object, offered: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in offered:
        raise Refused(field, "not_offered")
    return value


def _unchanged(value: object, before: object) -> bool:
    return not isinstance(value, bool) and value == before


def _within(field: str, value: object, limits: tuple[float, float, float]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(field, "not_number")
    low, high, step = limits
    if not low <= value <= high:
        raise Refused(field, "out_of_range", low=low, high=high)
    if not math.isclose(value / step, round(value / step), abs_tol=1e-6):
        raise Refused(field, "off_step", step=step)
    return float(value)


def panel(
    language: Language,
    choices: Choices,
    models: Sequence[Model],
    free: frozenset[str],
    offered: Collection[str] = FIELDS,
    *,
    prices: bool = True,
) -> list[dict[str, Any]]:
    """Chainlit's chat settings inputs. free: the providers whose answers cost nothing. offered: the fields that are
    there. prices: beside the models."""
    labels = [(_label(language, model, free) if prices else model.label, model.id) for model in models]
    languages = [(say(language, f"panel.{name}"), name) for name in LANGUAGE_CHOICES]
    page_languages = [(say(language, "panel.auto_page"), "auto"), *languages[1:]]
    inputs = (
        _select(language, "model", choices.model, labels),
        _slider(language, "temperature", choices.temperature, TEMPERATURE, "temperature_tip"),
        _slider(language, "max_tokens", choices.max_tokens, MAX_TOKENS),
        _select(language, "language", choices.language, languages),
        _select(language, "page_language", choices.page_language, page_languages),
    )
    return [one for one in inputs if one["id"] in offered]


def _label(language: Language, model: Model, free: frozenset[str]) -> str:
    if model.provider in free and model.price is None:
        return say(language, "panel.model_free", label=model.label)
    if model.price is None:
        return say(language, "panel.model_unknown_price", label=model.label)
    prices = dict.fromkeys(_price(amount) for amount in (model.price.input, model.price.output))
    return say(language, "panel.model_price", label=model.label, price="–".join(prices))


def _price(amount: Decimal) -> str:
    """As price lists write it: whole, or with two decimals or as many more as it has."""
    whole, point, decimals = plain(amount).partition(".")
    return f"{whole}.{decimals:0<2}" if point else whole


def _select(language: Language, field: str, value: str, items: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "type": "select",
        "id": field,
        "label": say(language, f"panel.{field}"),
        "initial": value,
        "items": [{"label": label, "value": item} for label, item in items],
    }


def _slider(
    language: Language,
    field: str,
    value: float,
    limits: tuple[float, float, float],
    tip: str | None = None,
) -> dict[str, Any]:
    return {
        "type": "slider",
        "id": field,
        "label": say(language, f"panel.{field}"),
        "initial": value,
        **dict(zip(("min", "max", "step"), limits, strict=True)),
        "tooltip": say(language, f"panel.{tip}") if tip else None,
    }
