"""Answers that were corrected stand among the facts."""

import tomllib

import pytest

from demos import Facts
from demos.correcting import TITLE, corrected
from settings.demo_files import parse_demo_text

BARE = '# Ours.\ntitle = "Bơ"\npersona = "Bạn là Bơ."\n[greeting]\nvi = "Chào."\n'
WITH_FACTS = BARE + '[[facts]]\ntitle = "Giá" # dated\ncontent = "Bánh 25.000 ₫"\n[limits]\nmessages = 9\n'
INLINE = 'facts = [{title = "Giá", content = "Bánh 25.000 ₫"}]\n' + BARE
ENGLISH = 'language = "en"\n' + BARE


def fixed(text: str, *pairs: tuple[str, str]) -> str:
    """With each answer in turn."""
    for question, answer in pairs:
        text = corrected(text, parse_demo_text(text, "bo", "bo"), question, answer)
    return text


def pieces(text: str) -> tuple[Facts, ...]:
    """The facts of a text."""
    return parse_demo_text(text, "bo", "bo").facts


@pytest.mark.parametrize(
    "text", [BARE, WITH_FACTS, INLINE, ENGLISH], ids=["bare", "facts", "inline", "english"]
)
def test_a_pair_is_added(text: str) -> None:
    """Under its own title, after all other facts; the rest of the text stays as it was, comments and all."""
    after = fixed(text, ("Mấy giờ\n mở  cửa?", "7 giờ.\n\nChủ nhật nghỉ."))
    *others, ours = pieces(after)
    assert ours.title == TITLE and tuple(others) == pieces(text)
    asked, said = ("Q", "A") if text == ENGLISH else ("Hỏi", "Đáp")
    head, pair = ours.content.strip().split("\n\n")
    assert pair == f"{asked}: Mấy giờ mở cửa?\n{said}: 7 giờ.\nChủ nhật nghỉ."
    assert head.startswith("Where" if text == ENGLISH else "Khách")
    before, now = tomllib.loads(text), tomllib.loads(after)
    assert {**now, "facts": 0} == {**before, "facts": 0} and "# Ours." in after


def test_a_question_has_one_answer() -> None:
    """The newest; other questions keep theirs, and what somebody wrote between them stays."""
    text = fixed(WITH_FACTS, ("Mở cửa?", "7 giờ."), ("Ship?", "30.000 ₫"))
    text = text.replace("Hỏi: Ship", "Lưu ý: hỏi chị Lan.\n\nHỏi: Ship")
    text = fixed(text, ("mở cửa?", "8 giờ."))
    blocks = pieces(text)[-1].content.strip().split("\n\n")
    assert blocks[1:] == [
        "Hỏi: mở cửa?\nĐáp: 8 giờ.",
        "Lưu ý: hỏi chị Lan.",
        "Hỏi: Ship?\nĐáp: 30.000 ₫",
    ]


@pytest.mark.parametrize("nasty", ['"""', "\\d+", "'''", "[[facts]]", "= x", "Đáp: x"])
def test_an_answer_is_no_toml(nasty: str) -> None:
    """Whatever stands in it comes out as it went in."""
    text = fixed(WITH_FACTS, ("Hỏi gì?", f"a {nasty} b"))
    assert pieces(text)[-1].content.strip().endswith(f"Đáp: a {nasty} b")
