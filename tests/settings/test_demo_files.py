"""All that a demo's text may say beyond persona, greeting and starters: read exactly, refused with its place."""

import base64
from decimal import Decimal
from pathlib import Path

import pytest

from demos.demo import Branding, Facts, Limits, Question, Shown
from demos.facts import FACTS_TOKENS, facts_tokens
from settings import SettingsError, parse_demo, parse_demo_text

PLAIN = 'title = "T"\npersona = "P"\n[greeting]\nvi = "Chào"\n'
WHOLE = """title = "T"
persona = "P"
hotline = " 1900 0131 "
stand_in = false
language = "VI"
[greeting]
vi = "Chào"
[branding]
logo = "/public/logos/may.svg"
avatar = "data:image/png;base64,AAAA"
color = "#9D3D5C"
color_dark = "#f0a3bb"
theme = "dark"
[branding.footer]
en = "Hanoi"
[shown]
model_picker = true
latency = false
tokens = true
cost = true
[limits]
messages = 7
budget_usd = 0.10
message_length = 20
per_minute = 600
[[facts]]
title = "Giá"
format = "csv"
content = '''
Món,Giá
Áo,"1,5 triệu"
'''
[[facts]]
title = "Mở cửa"
content = "9:00"
[[questions]]
ask = "Mấy giờ mở cửa?"
answered = true
"""


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults are read in English here, whoever runs the tests."""
    monkeypatch.setenv("LC_ALL", "C")


def faults(more: str, name: str = "shop") -> list[str]:
    """What is wrong with a demo that is whole but for ``more``."""
    with pytest.raises(SettingsError) as caught:
        parse_demo_text(PLAIN + more, name, "shop, version 3")
    return str(caught.value).splitlines()


def test_every_key() -> None:
    """Each value comes out as it was written, money digit for digit."""
    demo = parse_demo_text(WHOLE, "shop", "shop, version 3")
    assert (demo.name, demo.version, demo.hotline, demo.language) == ("shop", 1, "1900 0131", "vi")
    assert demo.stand_in is False
    assert demo.branding == Branding(
        "/public/logos/may.svg", "data:image/png;base64,AAAA", "#9d3d5c", "#f0a3bb", "dark", {"en": "Hanoi"}
    )
    assert demo.shown == Shown(model_picker=True, latency=False, tokens=True, cost=True)
    assert demo.limits == Limits(7, Decimal("0.10"), 20, 600)
    assert str(demo.limits.budget_usd) == "0.10"
    assert demo.facts == (
        Facts("Giá", "csv", 'Món,Giá\nÁo,"1,5 triệu"\n'),
        Facts("Mở cửa", "markdown", "9:00"),
    )
    assert demo.questions == (Question("Mấy giờ mở cửa?", True),)


def test_an_older_file() -> None:
    """A demo that says none of it is as it was."""
    demo = parse_demo_text(PLAIN, "shop", "shop")
    assert (demo.branding, demo.shown, demo.limits) == (Branding(), Shown(), Limits())
    assert (demo.facts, demo.questions, demo.hotline, demo.language) == ((), (), "", "auto")


def test_a_text_and_a_file_are_read_alike(tmp_path: Path) -> None:
    """The very same demo, whether its text lies in a file or on record; also one saved on Windows."""
    saved = "\ufeff" + WHOLE.replace("\n", "\r\n")
    (tmp_path / "shop.toml").write_bytes(saved.encode())
    assert parse_demo(tmp_path / "shop.toml") == parse_demo_text(saved, "shop", "shop")
    assert parse_demo(tmp_path / "shop.toml") == parse_demo_text(WHOLE, "shop", "shop")


@pytest.mark.parametrize("value", ["0.50", '"0.50"'])
def test_a_budget_in_quotes_or_not(value: str) -> None:
    """Both are the same exact amount."""
    demo = parse_demo_text(f"{PLAIN}[limits]\nbudget_usd = {value}\n", "shop", "shop")
    assert demo.limits.budget_usd == Decimal("0.50")


def a_picture(kib: int) -> str:
    return "data:image/png;base64," + base64.b64encode(bytes(kib * 1024)).decode()


def test_the_largest_picture() -> None:
    """128 KiB are allowed."""
    text = f'{PLAIN}[branding]\nlogo = "{a_picture(128)}"\n'
    assert parse_demo_text(text, "shop", "shop").branding.logo == a_picture(128)


BROKEN = [
    ('[branding]\ncolor = "red"\n', 'shop, version 3:6: branding.color: found "red", expected a colour'),
    ('[branding]\ncolor_dark = "#fff"\n', "branding.color_dark"),
    ('[branding]\ntheme = "black"\n', "expected one of: auto, light, dark"),
    ('[branding]\nlogo = "https://x.example/a.png"\n', "branding.logo: found"),
    ('[branding]\nlogo = "/public/../.env"\n', "expected /public/... or data:"),
    ('[branding]\nlogo = "/public/"\n', "expected /public/... or data:"),
    ('[branding]\nlogo = "data:text/html;base64,AAAA"\n', "expected /public/... or data:"),
    ('[branding]\navatar = "data:image/png;base64,AAA"\n', "expected whole base64"),
    (f'[branding]\nlogo = "{a_picture(129)}"\n', "found a picture of 129 KiB, expected at most 128 KiB"),
    ("[branding]\nlogo = 1\n", "branding.logo: found 1"),
    ('[branding.footer]\nfr = "x"\n', "the unknown name “fr”"),
    ("[shown]\ncost = 1\n", "shown.cost: found 1, expected true or false"),
    ("[shown]\nprice = true\n", "the unknown name “price”"),
    ("[limits]\nmessages = 0\n", "limits.messages: found 0, expected a whole number from 1 to 100000"),
    ("[limits]\nbudget_usd = 1000.01\n", "limits.budget_usd: found 1000.01, expected an amount in US dollars"),
    ("[limits]\nbudget_usd = -1\n", "from 0 to 1000"),
    ("[limits]\nbudget_usd = true\n", "found true"),
    ("[limits]\nbudget_usd = 1e-13\n", "found 1E-13"),
    ("[limits]\nmessage_length = 19\n", "from 20 to 20000"),
    ("[limits]\nper_minute = 601\n", "from 1 to 600"),
    ('[[facts]]\ncontent = "x"\n', "shop, version 3:5: facts[1].title: found nothing"),
    ('[[facts]]\ntitle = "A"\n', "facts[1].content: found nothing"),
    ('[[facts]]\ntitle = "A"\nformat = "pdf"\ncontent = "x"\n', "expected one of: text, markdown, csv"),
    ('[[facts]]\ntitle = "A"\ncontent = "x"\n[[facts]]\ntitle = "a"\ncontent = "y"\n', "facts[2].title: found"),
    ('[[questions]]\nask = "?"\n', "questions[1].answered: found nothing"),
    ('[[questions]]\nask = "?"\nanswered = "yes"\n', 'found "yes", expected true or false'),
]  # fmt: skip


@pytest.mark.parametrize(("more", "words"), BROKEN, ids=[case[1][:40] for case in BROKEN])
def test_a_mistake_names_key_found_and_expected(more: str, words: str) -> None:
    """A value that cannot be used is refused with its place in the text."""
    assert [line for line in faults(more) if words in line], faults(more)


def test_keys_above_the_tables() -> None:
    """Hotline and language are checked too."""
    with pytest.raises(SettingsError) as caught:
        parse_demo_text(f'hotline = "{"1" * 61}"\nlanguage = "fr"\n{PLAIN}', "shop", "shop")
    assert "hotline: found 61 characters, expected at most 60" in str(caught.value)
    assert 'language: found "fr", expected one of: auto, vi, en' in str(caught.value)


def test_bad_rows_are_named_all_at_once() -> None:
    """Each row by its line in the pasted text, with the columns found and expected."""
    content = 'Món,Giá\nÁo\nKhăn,1\nTúi,1,2\nQuần,"1'
    told = faults(f"[[facts]]\ntitle = 'A'\nformat = 'csv'\ncontent = '''\n{content}\n'''\n")
    assert [line.partition("found ")[2] for line in told] == [
        "row at line 2: 1 columns, expected 2 columns as in the header",
        "row at line 4: 3 columns, expected 2 columns as in the header",
        'row at line 5: a misplaced quote, expected a closing " at the end of the cell',
    ]
    assert all(line.startswith("shop, version 3:8: facts[1].content") for line in told)


def test_bad_rows_in_vietnamese(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who works under a Vietnamese locale reads them in Vietnamese."""
    monkeypatch.setenv("LC_ALL", "vi_VN.UTF-8")
    told = faults(
        "[[facts]]\ntitle = 'A'\nformat = 'csv'\ncontent = 'a;b\\n1'\n".replace("'a;b\\n1'", '"a;b\\n1"')
    )
    assert told == ["shop, version 3:8: facts[1].content: thấy dòng 2: 1 cột, cần 2 cột như dòng đầu"]


def test_too_many_facts() -> None:
    """Beyond the limit both numbers are told."""
    some = '[[facts]]\ntitle = "{}"\ncontent = "{}"\n'
    half = "áo " * (FACTS_TOKENS // 4)
    fitting = PLAIN + some.format("A", half)
    assert facts_tokens(parse_demo_text(fitting, "shop", "shop")) < FACTS_TOKENS
    told = faults(some.format("A", half) + some.format("B", half * 3))
    assert len(told) == 1 and "facts: found about " in told[0]
    assert f"expected at most {FACTS_TOKENS} tokens" in told[0]


@pytest.mark.parametrize("name", ["Áo dài", "", "a_b", "../a"])
def test_a_name_is_a_slug(name: str) -> None:
    """Also where the text is no file."""
    assert any("a-z, 0-9 and - only" in line for line in faults("", name))


def test_broken_toml_and_unknown_models_in_a_text() -> None:
    """A text on record is refused as a file would be, under the name it is shown by."""
    with pytest.raises(SettingsError, match=r"^shop, version 3:1: found “title =”"):
        parse_demo_text("title = \n", "shop", "shop, version 3")
    with pytest.raises(SettingsError, match=r"which models\.toml does not have"):
        parse_demo_text('models = ["gpt-5"]\n' + PLAIN, "shop", "shop", model_ids=["gpt-4.1"])
