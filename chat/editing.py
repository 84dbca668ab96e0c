"""The demo in an operator's settings panel: all of it beside the running chat, each save a version."""

from collections.abc import Mapping
from typing import Any

from chat.demo_fields import DemoField, Tab, fields_of
from chat.texts import number, say, texts
from demos import FACTS_TOKENS, Demo, Language, facts_tokens

TABS: tuple[Tab, ...] = ("demo", "facts", "looks")
#: What an id of one of these fields begins with; the others are the conversation's own.
_OURS = ("demo-", "facts-", "persona")


def is_edit(field: str) -> bool:
    """Whether a field of the panel belongs to the demo rather than to the conversation."""
    return field.startswith(_OURS)


def demo_tabs(language: Language, demo: Demo, models: Mapping[str, str]) -> list[dict[str, Any]]:
    """The panel's tabs for a demo, as it stands now. models: labels by id."""
    fields = fields_of(demo, models)
    tabs = []
    for tab in TABS:
        inputs = [_input(language, demo, field) for field in fields if field.tab == tab]
        tabs.append({"id": f"tab-{tab}", "label": say(language, f"panel.tab_{tab}"), "inputs": inputs})
    return tabs


def filled(language: Language, demo: Demo) -> str:
    """How much of the room for facts they take; '' where there are none."""
    n, limit = number(language, facts_tokens(demo)), number(language, FACTS_TOKENS)
    return say(language, "panel.facts_filled", n=n, limit=limit) if demo.facts else ""


def changes(values: Mapping[str, Any], demo: Demo) -> dict[str, object]:
    """What the panel changed of the demo, by key of its TOML; fields that it does not have are left out.

    None takes a key away. Chainlit's panel sends null for a field that was emptied.
    """
    changed: dict[str, object] = {}
    for field in fields_of(demo, {}):
        if field.id not in values or _plain(value := values[field.id]) == _plain(field.shown(demo)):
            continue
        if not isinstance(value, str | int | float | None):
            continue
        changed[field.key] = field.read(value)
    return changed


def _plain(value: Any) -> object:
    """A value as two of them are compared: texts without the blanks around them."""
    return str(value if value is not None else "").strip() if isinstance(value, str | None) else value


def _input(language: Language, demo: Demo, field: DemoField) -> dict[str, Any]:
    words = texts(language)
    value = field.shown(demo)
    about = filled(language, demo) if field.id == "facts-1" else words.get(field.about)
    shown: dict[str, Any] = {
        "type": "textinput",
        "id": field.id,
        "label": say(language, field.label, title=field.title),
        "initial": value.strip() if isinstance(value, str) else value,
        "description": about,
    }
    if field.switch:
        return {**shown, "type": "switch"}
    if field.limits:
        low, high, step = field.limits
        return {**shown, "type": "slider", "min": low, "max": high, "step": step}
    if field.items:
        items = [{"label": words.get(label, label), "value": item} for label, item in field.items]
        return {**shown, "type": "select", "items": items}
    return {**shown, "multiline": field.lines}
