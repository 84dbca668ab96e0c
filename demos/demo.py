"""A demo: what is shown to whom, as plain data."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Language = Literal["vi", "en"]
AnswerLanguage = Literal["auto", "vi", "en"]
Theme = Literal["auto", "light", "dark"]
FactsFormat = Literal["text", "markdown", "csv"]


@dataclass(frozen=True)
class Starter:
    """A first question a visitor can send with one click."""

    label: str
    message: str


@dataclass(frozen=True)
class Branding:
    """How a demo looks.

    logo, avatar, preview: an address under ``/public/`` or a picture as ``data:image/...;base64,...``; blank: our own.
    The preview is what messengers show beside a link, 1200 by 630; they draw no SVG.
    color, color_dark: the accent on a light and on a dark page, ``#rrggbb``; blank: the theme's.
    theme: what a visitor's page begins with; ``auto`` follows their system. footer: a line below the chat.
    """

    logo: str = ""
    avatar: str = ""
    color: str = ""
    color_dark: str = ""
    theme: Theme = "auto"
    footer: dict[Language, str] = field(default_factory=dict)
    preview: str = ""


@dataclass(frozen=True)
class Shown:
    """What a visitor may set (the model) and see below a reply; an operator sees everything."""

    model_picker: bool = False
    latency: bool = True
    tokens: bool = False
    cost: bool = False


#: What an operator sees and sets.
EVERYTHING = Shown(model_picker=True, latency=True, tokens=True, cost=True)


@dataclass(frozen=True)
class Limits:
    """What a link of the demo gets where ``publish`` says nothing else.

    messages, budget_usd: of the whole link. message_length: characters of one message.
    per_minute: messages of one visitor; a link takes ten times as many.
    """

    messages: int = 200
    budget_usd: Decimal = Decimal("0.50")
    message_length: int = 2000
    per_minute: int = 12


@dataclass(frozen=True)
class Facts:
    """One piece of what the shop has told: a price list, an FAQ, a policy. format ``csv``: a header row, then rows."""

    title: str
    format: FactsFormat
    content: str


@dataclass(frozen=True)
class Question:
    """A test question. answered: whether the facts hold the answer."""

    ask: str
    answered: bool


@dataclass(frozen=True)
class Demo:
    """One branded chatbot.

    name: slug and file name, ``[a-z0-9-]+``; ``DEMO`` in commands.
    title: what people read at the top of the page.
    persona: the system prompt. facts: what may be said as true. hotline: where to ask what the facts do not say.
    greeting, starters: per language; the Vietnamese ones are always there.
    models: ids offered in the settings panel, the first being the default unless
        ``default_model`` says otherwise; empty means all of the price list.
    temperature: 0 to 2. max_tokens: the longest reply, in tokens. language: of the answers.
    stand_in: where nobody has the model that was asked for, another one may answer.
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
    language: AnswerLanguage = "auto"
    hotline: str = ""
    stand_in: bool = True
    facts: tuple[Facts, ...] = ()
    questions: tuple[Question, ...] = ()
    branding: Branding = field(default_factory=Branding)
    shown: Shown = field(default_factory=Shown)
    limits: Limits = field(default_factory=Limits)
    version: int = 1
