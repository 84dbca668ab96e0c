"""A demo: what is shown to whom, as plain data."""

from dataclasses import dataclass, field
from typing import Literal

Language = Literal["vi", "en"]


@dataclass(frozen=True)
class Starter:
    """A first question a visitor can send with one click."""

    label: str
    message: str


@dataclass(frozen=True)
class Demo:
    """One branded chatbot.

    name: slug and file name, ``[a-z0-9-]+``; ``DEMO`` in commands.
    title: what people read at the top of the page.
    persona: the system prompt.
    greeting, starters: per language; the Vietnamese ones are always there.
    models: ids offered in the settings panel, the first being the default unless
        ``default_model`` says otherwise; empty means all of the price list.
    temperature: 0 to 2. max_tokens: the longest reply, in tokens.
    retention_days: how long texts are kept; None: as long as the installation's.
    version: counts the saved changes of the demo, from 1.
    """

    name: str
    title: str
    persona: str
    greeting: dict[Language, str] = field(default_factory=dict)
    starters: dict[Language, tuple[Starter, ...]] = field(default_factory=dict)
    models: tuple[str, ...] = ()
    default_model: str = ""
    temperature: float = 0.7
    max_tokens: int = 1024
    retention_days: int | None = None
    version: int = 1
