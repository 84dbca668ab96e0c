"""The demo in an operator's settings panel: persona and facts beside the running chat, each save a version."""

from collections.abc import Mapping
from typing import Any

from chat.texts import number, say
from demos import FACTS_TOKENS, Demo, Language, facts_tokens

PERSONA = "persona"
_FACTS = "facts."


def is_edit(field: str) -> bool:
    """Whether a field of the panel belongs to the demo rather than to the conversation."""
    return field == PERSONA or field.startswith(_FACTS)


def demo_fields(language: Language, demo: Demo) -> list[dict[str, Any]]:
    """The panel's fields for a demo, as it stands now."""
    facts = [
        _field(
            f"{_FACTS}{place}",
            say(language, "panel.facts", title=piece.title),
            piece.content,
            filled(language, demo) if place == 1 else None,
        )
        for place, piece in enumerate(demo.facts, 1)
    ]
    return [_field(PERSONA, say(language, "panel.persona"), demo.persona), *facts]


def filled(language: Language, demo: Demo) -> str:
    """How much of the room for facts they take; '' where there are none."""
    n, limit = number(language, facts_tokens(demo)), number(language, FACTS_TOKENS)
    return say(language, "panel.facts_filled", n=n, limit=limit) if demo.facts else ""


def changes(values: Mapping[str, Any], demo: Demo) -> dict[str, object]:
    """What the panel changed of the demo, by key of its TOML; fields that it does not have are left out."""
    keys = {
        f"{_FACTS}{place}": (f"{_FACTS}{place}.content", one.content)
        for place, one in enumerate(demo.facts, 1)
    }
    keys[PERSONA] = (PERSONA, demo.persona)
    return {
        key: value
        for field, (key, before) in keys.items()
        if isinstance(value := values.get(field), str) and value.strip() != before.strip()
    }


def _field(id: str, label: str, value: str, description: str | None = None) -> dict[str, Any]:
    return {
        "type": "textinput",
        "id": id,
        "label": label,
        "initial": value.strip(),
        "multiline": True,
        "description": description,
    }
