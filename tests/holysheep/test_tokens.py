"""Tests of the rule that estimates tokens without a tokenizer."""

from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from holysheep.tokens import PER_MESSAGE, PER_REPLY, estimate, estimate_messages


@dataclass(frozen=True)
class Case:
    """A text the rule was not fitted on, and the tokens the models' own tokenizers count in it."""

    name: str
    text: str
    gpt: int
    deepseek: int


VIETNAMESE = [
    Case("one-word", "Alo", 2, 2),
    Case("greeting", "Shop ơi", 3, 4),
    Case("phone-number", "sdt: 0912 345 678", 10, 10),
    Case("question", "Còn hàng không ạ?", 7, 8),
    Case("no-diacritics", "ao nay con mau den khong shop, minh cao 1m65 nang 52kg thi mac size gi", 23, 25),
    Case(
        "invoice",
        "Cho hỏi bên mình có xuất hoá đơn VAT không? Công ty mình ở Hà Nội, mã số thuế 0101234567.",
        29,
        39,
    ),
    Case(
        "persona",
        "Dạ chào anh chị, em là Linh, trợ lý của cửa hàng Hoa Sữa. Anh chị cần em tư vấn sản phẩm nào ạ?",
        33,
        51,
    ),
    Case(
        "list",
        "- Miễn phí giao hàng cho đơn từ 500.000đ\n- Đổi trả trong 7 ngày nếu còn nguyên tem mác\n"
        "- Bảo hành 12 tháng tại 63 tỉnh thành\n- Tích điểm 1% cho thành viên Bạc, 3% cho thành viên Vàng",
        64,
        81,
    ),
]

ENGLISH = [
    Case("one-word", "Yes", 1, 1),
    Case("phone-number", "Call me: +84 912 345 678", 11, 11),
    Case("question", "Is this in stock?", 5, 5),
    Case("chatty", "im 165cm and 52kg which size should i get, dont want it too tight", 19, 19),
    Case(
        "invoice", "Can you issue a VAT invoice? Our company is based in Hanoi, tax code 0101234567.", 22, 22
    ),
    Case(
        "persona",
        "Hello! I'm Linh, the assistant of Hoa Sua Boutique. What can I help you find today?",
        21,
        25,
    ),
    Case(
        "list",
        "- Free delivery on orders over $20\n- Returns within 7 days with tags attached\n"
        "- 12-month warranty nationwide\n- Silver members earn 1% in points, Gold members 3%",
        41,
        41,
    ),
]

SHORT, SHORT_ERROR, WORST_ERROR = 20, 5, 0.36  # as the docstring of estimate states them

# Texts as people write them, and texts as nobody does: any code point, halves of a surrogate pair too.
TEXTS = st.text("aạđ9.,- \n😀", max_size=60) | st.text(st.characters(), max_size=60)


@pytest.mark.parametrize("case", VIETNAMESE + ENGLISH, ids=lambda case: case.name)
def test_stays_within_the_stated_error(case: Case) -> None:
    """A text is estimated within the worst error the docstring states, for each tokenizer."""
    for counted in (case.gpt, case.deepseek):
        allowed = SHORT_ERROR if counted < SHORT else WORST_ERROR * counted
        assert abs(estimate(case.text) - counted) <= allowed


@pytest.mark.parametrize(
    ("cases", "gpt", "deepseek"), [(VIETNAMESE, 0.25, 0.33), (ENGLISH, 0.21, 0.18)], ids=["vi", "en"]
)
def test_a_conversation_stays_within_the_stated_percentile(
    cases: list[Case], gpt: float, deepseek: float
) -> None:
    """Many short texts together are estimated as well as one long text: within the 95th percentile of 20+."""
    estimated = sum(estimate(case.text) for case in cases)
    assert estimated == pytest.approx(sum(case.gpt for case in cases), rel=gpt)
    assert estimated == pytest.approx(sum(case.deepseek for case in cases), rel=deepseek)


@given(TEXTS)
@example("")
@example(" \n\t")
@example("\ud83d")
def test_only_the_empty_text_is_free(text: str) -> None:
    """The estimate is never negative, and 0 for the empty text only."""
    assert (estimate(text) == 0) is (text == "")
    assert estimate(text) >= 0


@given(TEXTS, TEXTS)
@example("xin chà", "o")
@example("\ud83d", "\ude00")
@example("a" * 8, "a" * 10)
def test_parts_add_up(first: str, second: str) -> None:
    """A text is never cheaper than a part of it, nor dearer than its parts, nor more than 2 below them."""
    whole, parts = estimate(first + second), estimate(first) + estimate(second)
    assert max(estimate(first), estimate(second)) <= whole <= parts <= whole + 2


def test_a_text_without_spaces_is_not_one_token() -> None:
    """A pasted key or a wall of letters cannot pass for a single word."""
    assert estimate("QWxhZGRpbjpvcGVu" * 100) > 150


def test_messages_cost_their_frame_too() -> None:
    """Each message adds its frame, and the request the opening of the reply."""
    messages = [{"role": "system", "content": "Bạn là Mai."}, {"role": "user", "content": "Alo"}]
    assert estimate_messages(messages) == (
        estimate("Bạn là Mai.") + estimate("Alo") + 2 * PER_MESSAGE + PER_REPLY
    )
    assert estimate_messages([]) == PER_REPLY
    assert estimate_messages([{"role": "assistant"}]) == PER_MESSAGE + PER_REPLY
