"""What an operator can set of a demo in the settings panel: each field, its place in the TOML, and its kind."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from demos import Demo, Starter

Tab = Literal["demo", "facts", "looks"]
#: What a select shows for "none of its own": Chainlit's can hold no empty value.
NONE = "-"


@dataclass(frozen=True)
class DemoField:
    """One field.

    id: in the panel; a dot in it would be taken for a path by the panel's form. key: in the demo's TOML. shown: its
    value as the panel shows it. required: what is emptied there is refused, not taken away. lines: a text of more than
    a line. items: of a select, by the key of their label or by their label itself. limits: least, most and step of a
    slider. label, about: keys of the texts; title stands for ``{title}``.
    """

    id: str
    key: str
    tab: Tab
    shown: Callable[[Demo], Any]
    label: str
    required: bool = False
    lines: bool = False
    switch: bool = False
    items: tuple[tuple[str, str], ...] = ()
    limits: tuple[float, float, float] | None = None
    about: str = ""
    title: str = ""

    def read(self, value: Any) -> object | None:
        """What the panel sent, as the TOML has it; None: the key goes. Odd values are left to the demo's own checks."""
        if self.switch or self.limits:
            return round(value, 2) if isinstance(value, float) else value
        text = str(value if value is not None else "").strip()
        if not text or (self.items and text == NONE):
            return "" if self.required else None
        if self.id.startswith("demo-starters"):
            return read_starters(text)
        return int(text) if self.key in _WHOLE and re.fullmatch(r"\d{1,9}", text) else text


_WHOLE = frozenset(
    ("max_tokens", "retention_days", "limits.messages", "limits.message_length", "limits.per_minute")
)
_THEMES = (("panel.theme_auto", "auto"), ("panel.theme_light", "light"), ("panel.theme_dark", "dark"))
_LANGUAGES = (("panel.auto", "auto"), ("panel.vi", "vi"), ("panel.en", "en"))


def fields_of(demo: Demo, models: Mapping[str, str]) -> tuple[DemoField, ...]:
    """The fields for a demo as it stands now. models: labels by id."""
    offered = tuple((models.get(id, id), id) for id in demo.models or tuple(models))
    default = (("panel.default_model_none", NONE), *offered)
    return (
        DemoField("demo-title", "title", "demo", lambda d: d.title, "panel.title", required=True),
        DemoField(
            "persona", "persona", "demo", lambda d: d.persona, "panel.persona", required=True, lines=True
        ),
        _greeting("vi"),
        _greeting("en"),
        _starters("vi"),
        _starters("en"),
        DemoField("demo-hotline", "hotline", "demo", lambda d: d.hotline, "panel.hotline"),
        DemoField(
            "demo-default_model",
            "default_model",
            "demo",
            lambda d: d.default_model or NONE,
            "panel.default_model",
            items=default,
        ),
        DemoField(
            "demo-stand_in",
            "stand_in",
            "demo",
            lambda d: d.stand_in,
            "panel.demo_stand_in",
            switch=True,
        ),
        DemoField(
            "demo-temperature",
            "temperature",
            "demo",
            lambda d: d.temperature,
            "panel.demo_temperature",
            limits=(0.0, 2.0, 0.1),
        ),
        DemoField(
            "demo-max_tokens", "max_tokens", "demo", lambda d: str(d.max_tokens), "panel.demo_max_tokens"
        ),
        DemoField(
            "demo-language",
            "language",
            "demo",
            lambda d: d.language,
            "panel.demo_language",
            items=_LANGUAGES,
        ),
        *(_fact(place, one.title) for place, one in enumerate(demo.facts, 1)),
        *_new_fact(len(demo.facts) + 1),
        *_LOOKS,
    )


def _greeting(language: Literal["vi", "en"]) -> DemoField:
    return DemoField(
        f"demo-greeting-{language}",
        f"greeting.{language}",
        "demo",
        lambda d: d.greeting.get(language, ""),
        f"panel.greeting_{language}",
        required=language == "vi",
        lines=True,
    )


def _starters(language: Literal["vi", "en"]) -> DemoField:
    return DemoField(
        f"demo-starters-{language}",
        f"starters.{language}",
        "demo",
        lambda d: "\n".join(f"{one.label} | {one.message}" for one in d.starters.get(language, ())),
        f"panel.starters_{language}",
        lines=True,
        about="panel.starters_about",
    )


def read_starters(text: str) -> list[dict[str, str]]:
    """``label | question`` a line; a line without a bar is both."""
    starters = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        label, bar, message = (part.strip() for part in line.partition("|"))
        starters.append(Starter(label or message, message if bar and message else label))
    return [{"label": one.label, "message": one.message} for one in starters]


def _fact(place: int, title: str) -> DemoField:
    return DemoField(
        f"facts-{place}",
        f"facts.{place}.content",
        "facts",
        lambda d: d.facts[place - 1].content,
        "panel.facts",
        required=True,
        lines=True,
        title=title,
    )


def _new_fact(place: int) -> tuple[DemoField, ...]:
    """One more piece: nothing until something is written there."""
    title = DemoField(
        "facts-new-title", f"facts.{place}.title", "facts", lambda d: "", "panel.facts_new_title"
    )
    content = DemoField(
        "facts-new", f"facts.{place}.content", "facts", lambda d: "", "panel.facts_new", lines=True
    )
    return title, content


def _footer(language: Literal["vi", "en"]) -> DemoField:
    return DemoField(
        f"demo-footer-{language}",
        f"branding.footer.{language}",
        "looks",
        lambda d: d.branding.footer.get(language, ""),
        f"panel.footer_{language}",
    )


def _looks(name: str, shown: Callable[[Demo], str], **more: Any) -> DemoField:
    return DemoField(f"demo-{name}", f"branding.{name}", "looks", shown, f"panel.{name}", **more)


def _shown(name: str, shown: Callable[[Demo], bool]) -> DemoField:
    return DemoField(
        f"demo-shown-{name}", f"shown.{name}", "looks", shown, f"panel.shown_{name}", switch=True
    )


def _limit(name: str, shown: Callable[[Demo], object]) -> DemoField:
    return DemoField(
        f"demo-{name}", f"limits.{name}", "looks", lambda d: str(shown(d)), f"panel.limit_{name}"
    )


_LOOKS: tuple[DemoField, ...] = (
    _looks("color", lambda d: d.branding.color, about="panel.color_about"),
    _looks("color_dark", lambda d: d.branding.color_dark),
    _looks("theme", lambda d: d.branding.theme, items=_THEMES),
    _footer("vi"),
    _footer("en"),
    _shown("model_picker", lambda d: d.shown.model_picker),
    _shown("latency", lambda d: d.shown.latency),
    _shown("tokens", lambda d: d.shown.tokens),
    _shown("cost", lambda d: d.shown.cost),
    _limit("messages", lambda d: d.limits.messages),
    _limit("budget_usd", lambda d: f"{d.limits.budget_usd:f}"),
    _limit("message_length", lambda d: d.limits.message_length),
    _limit("per_minute", lambda d: d.limits.per_minute),
    DemoField(
        "demo-retention_days",
        "retention_days",
        "looks",
        lambda d: "" if d.retention_days is None else str(d.retention_days),
        "panel.retention_days",
        about="panel.retention_days_about",
    ),
)
