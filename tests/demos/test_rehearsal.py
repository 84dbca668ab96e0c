"""Test questions asked of a model, and what is made of its answers."""

from typing import Final

import pytest

from demos.demo import Demo, Facts, Question
from demos.facts import system_prompt
from demos.rehearsal import CheckedFigure, as_dict, checked, rehearse, summary, told

KNOWN: Final = Question("Áo Hạ An giá bao nhiêu? Mình nặng 51 kg.", True)
UNKNOWN: Final = Question("Áo còn hàng không?", False)
DEMO: Final = Demo(
    "shop",
    "Shop",
    "Bạn là Mây.",
    hotline="1900 0131",
    facts=(Facts("Giá", "csv", "Món,Giá\nÁo Hạ An,459.000 ₫"),),
    questions=(KNOWN, UNKNOWN),
)


@pytest.mark.parametrize(
    ("question", "answer", "ok"),
    [
        pytest.param(KNOWN, "Áo giá 459.000 ₫ ạ.", True, id="the price"),
        pytest.param(KNOWN, "It is 459,000 dong.", True, id="the price in English"),
        pytest.param(
            KNOWN, "1. Áo: 459k, hợp với 51 kg.", True, id="numbering and the question's own figure"
        ),
        pytest.param(KNOWN, "Áo giá 459.000 ₫, giảm 10 %.", False, id="a figure made up"),
        pytest.param(KNOWN, "Dạ, cửa hàng chưa cho em biết ạ.", False, id="declined what the facts hold"),
        pytest.param(KNOWN, " ", False, id="blank"),
        pytest.param(UNKNOWN, "Điều này cửa hàng chưa cho em biết ạ.", True, id="says so"),
        pytest.param(UNKNOWN, "Sorry, the shop hasn't told me.", True, id="says so in English"),
        pytest.param(UNKNOWN, "Mời anh/chị gọi 19000131.", True, id="names the hotline"),
        pytest.param(UNKNOWN, "Dạ còn ạ!", False, id="made up"),
        pytest.param(UNKNOWN, "Chưa rõ, mời gọi 1900 9999.", False, id="another hotline"),
    ],
)
def test_an_answer_is_judged(question: Question, answer: str, ok: bool) -> None:
    """Figures stand in the facts; what the facts hold is answered, what they do not hold is said to be missing."""
    assert checked(DEMO, question, answer).ok is ok


async def test_each_question_is_a_conversation_of_its_own() -> None:
    """The model gets the prompt that visitors' models get, and one question; answers come as they are given."""
    sent = []

    async def ask(messages: list[dict[str, str]]) -> str:
        sent.append(messages)
        return "Áo giá 459.000 ₫, nhập về ngày 3/5."

    first, second = [one async for one in rehearse(DEMO, ask)]
    assert [messages[1]["content"] for messages in sent] == [KNOWN.ask, UNKNOWN.ask]
    assert {messages[0]["content"] for messages in sent} == {system_prompt(DEMO)}
    assert first.figures == (
        CheckedFigure("459.000", True),
        CheckedFigure("3", False),
        CheckedFigure("5", False),
    )
    assert (first.strays, second.says_so) == (("3", "5"), False)


def test_a_demo_without_a_hotline() -> None:
    """No hotline is no hotline to name."""
    assert not checked(Demo("shop", "Shop", "P"), UNKNOWN, "Gọi nhé.").ok


@pytest.mark.parametrize("language", ["vi", "en"])
def test_told_in_both_languages(language: str) -> None:
    """A terminal shows question, answer, each figure, and what is wrong."""
    wrong = checked(DEMO, UNKNOWN, "Còn 7 cái,\ngiá 459.000 ₫.")
    text = told(wrong, "vi" if language == "vi" else "en")
    assert text.startswith("✗") and UNKNOWN.ask in text and "7 ✗ · 459.000 ✓" in text
    assert text.count("→") == 2
    assert "1" in summary([wrong], "vi" if language == "vi" else "en")


def test_english_lines() -> None:
    """The lines as a reader of English sees them."""
    assert told(checked(DEMO, KNOWN, "The shop has not told me."), "en").splitlines() == [
        f"✗ Asked: {KNOWN.ask} (the facts hold the answer)",
        "  Answer: The shop has not told me.",
        "  → says the shop has not told, though the facts do",
    ]
    good = checked(DEMO, KNOWN, "459.000 ₫")
    assert summary([good], "en") == "1 of 1 answers are right; 0 figures do not stand in the facts."


def test_as_json() -> None:
    """Programs get the same."""
    assert as_dict(checked(DEMO, KNOWN, "459.000 ₫")) == {
        "ask": KNOWN.ask,
        "answered": True,
        "answer": "459.000 ₫",
        "figures": [{"written": "459.000", "stands": True}],
        "says_so": False,
        "names_hotline": False,
        "ok": True,
    }
