"""The demo in an operator's panel: every field there, back as the TOML has it, and nothing said that nobody changed."""

import tomllib
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from rooms import parse_text

from chat.editing import changes, demo_tabs, is_edit
from demos import Demo, Facts
from demos.text import edited
from settings.faults import ROOT

TEXT = (ROOT / "settings" / "demos" / "boutique.toml").read_text(encoding="utf-8")
DEMO = parse_text(TEXT, "boutique")
MODELS = {"deepseek-v3.2": "DeepSeek V3.2", "gpt-4.1": "GPT-4.1"}


def values(demo: Demo = DEMO) -> dict[str, Any]:
    """What the panel sends back when nothing was changed: Chainlit makes null of an empty text."""
    fields = [field for tab in demo_tabs("vi", demo, MODELS) for field in tab["inputs"]]
    return {field["id"]: None if field["initial"] == "" else field["initial"] for field in fields}


def saved(**changed: Any) -> Demo:
    """The demo after a panel with these fields was confirmed."""
    given = {name.replace("__", "-"): value for name, value in changed.items()}
    assert given.keys() <= values().keys()
    return parse_text(edited(TEXT, changes({**values(), **given}, DEMO)), "boutique")


def test_nothing_changed_is_no_edit() -> None:
    """A panel that is confirmed as it was sent changes nothing."""
    assert changes(values(), DEMO) == {}
    bare = replace(DEMO, facts=(), starters={}, retention_days=30, default_model="gpt-4.1")
    assert changes(values(bare), bare) == {}


def test_the_panel_s_ids_are_its_own() -> None:
    """None has a dot, which Chainlit's form would take for a path, and none is a conversation's."""
    ids = list(values())
    assert len(ids) == len(set(ids)) and all("." not in id and is_edit(id) for id in ids)
    assert not any(is_edit(id) for id in ("model", "temperature", "max_tokens", "language", "page_language"))


def test_every_tab_has_its_name_in_both_languages() -> None:
    """Demo, facts, looks and limits."""
    for language, names in (
        ("vi", ["Demo", "Thông tin", "Giao diện và giới hạn"]),
        ("en", ["Demo", "Facts", "Looks and limits"]),
    ):
        assert [tab["label"] for tab in demo_tabs(language, DEMO, MODELS)] == names  # type: ignore[arg-type]


CASES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"demo__title": "Mây & Gió"}, {"title": "Mây & Gió"}),
    ({"persona": "Bạn là Tia."}, {"persona": "Bạn là Tia."}),
    ({"demo__hotline": None}, {"hotline": ""}),
    ({"demo__temperature": 0.30000000000000004}, {"temperature": 0.3}),
    ({"demo__max_tokens": "256"}, {"max_tokens": 256}),
    ({"demo__language": "en"}, {"language": "en"}),
    ({"demo__default_model": "gpt-4.1"}, {"default_model": "gpt-4.1"}),
    ({"demo__retention_days": "7"}, {"retention_days": 7}),
]


@pytest.mark.parametrize(("given", "then"), CASES, ids=[next(iter(given)) for given, _ in CASES])
def test_a_field_comes_back(given: dict[str, Any], then: dict[str, Any]) -> None:
    """As the demo has it, and nothing else is touched."""
    assert saved(**given) == replace(DEMO, **then)


def test_looks_and_limits_come_back() -> None:
    """Colours, theme, footer, what is shown, and money exactly as it was written."""
    demo = saved(
        demo__color="#123abc",
        demo__theme="dark",
        demo__footer__vi=None,
        demo__shown__cost=True,
        demo__budget_usd="1.25",
        demo__per_minute="5",
    )
    assert (demo.branding.color, demo.branding.theme, demo.shown.cost) == ("#123abc", "dark", True)
    assert demo.branding.footer.get("vi", "") == ""
    assert (demo.limits.budget_usd, demo.limits.per_minute) == (Decimal("1.25"), 5)


def test_starters_are_lines() -> None:
    """Label and question around a bar; a line without one is both; none at all takes them away."""
    demo = saved(demo__starters__vi="Giao hàng | Giao mất bao lâu?\n\nĐổi hàng thế nào?")
    assert [(one.label, one.message) for one in demo.starters["vi"]] == [
        ("Giao hàng", "Giao mất bao lâu?"),
        ("Đổi hàng thế nào?", "Đổi hàng thế nào?"),
    ]
    assert demo.starters["en"] == DEMO.starters["en"]
    assert "vi" not in saved(demo__starters__vi=None).starters


def test_facts_are_changed_and_added() -> None:
    """A piece's words, and one piece more, also where there were none."""
    demo = saved(facts__1="Mở cửa 9 giờ.", facts__new__title="Bãi xe", facts__new="Có chỗ gửi xe.")
    assert demo.facts[0].content == "Mở cửa 9 giờ."
    assert demo.facts[-1] == Facts("Bãi xe", "markdown", "Có chỗ gửi xe.")
    assert demo.facts[1:-1] == DEMO.facts[1:]
    plain = 'title = "A"\npersona = "B"\n[greeting]\nvi = "C"\n'
    changed = changes({"facts-new-title": "Giờ", "facts-new": "9 giờ"}, parse_text(plain, "a"))
    assert tomllib.loads(edited(plain, changed))["facts"] == [{"title": "Giờ", "content": "9 giờ"}]


@pytest.mark.parametrize("field", ["demo-title", "persona", "demo-greeting-vi", "facts-1"])
def test_what_a_demo_cannot_be_without(field: str) -> None:
    """Emptied, it is handed on as empty, so that the demo's own check refuses it and names it."""
    assert list(changes({**values(), field: None}, DEMO).values()) == [""]


def test_what_no_panel_sends() -> None:
    """Lists and tables change nothing; an odd text is left to the demo's check."""
    assert changes({"persona": ["x"], "demo-title": {"a": 1}, "demo-nothing": "x"}, DEMO) == {}
    assert changes({"demo-budget_usd": "viel"}, DEMO) == {"limits.budget_usd": "viel"}
