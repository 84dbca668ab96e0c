"""What the emulator says: the right language, the customer's words, the shop's facts."""

import pytest

from emulator import facts, replies, tokens
from emulator.language import choose
from emulator.request import Message

SHOP = """Bạn là trợ lý của cửa hàng Sen Việt. Luôn trả lời lịch sự.
- Áo khoác gió: 450.000đ
- Áo thun cotton: 199.000đ
- Không bịa thông tin
Miễn phí giao hàng cho đơn từ 500.000đ. Cảm ơn."""


def said(question: str, system: str = "", exactly: int = 0) -> str:
    """The reply to one question."""
    return "".join(replies.pieces([Message("system", system), Message("user", question)], exactly))


@pytest.mark.parametrize(
    ("system", "question", "language"),
    [
        ("", "Áo khoác giá bao nhiêu?", "vi"),
        ("", "A\u0301o khoa\u0301c", "vi"),
        ("", "shop oi gia bao nhieu", "vi"),
        ("", "cam on shop", "vi"),
        ("", "How much is the jacket?", "en"),
        ("", "I am from Hang Gai", "en"),
        ("", "", "en"),
        ("Always answer in English.", "Áo khoác giá bao nhiêu?", "en"),
        ("Reply only in Vietnamese", "How much?", "vi"),
        ("Trả lời bằng tiếng Việt.", "How much?", "vi"),
        ("Trả lời bằng tiếng Anh.", "Giá bao nhiêu?", "en"),
        ("Trả lời bằng tiếng Việt. Answer in English.", "Giá bao nhiêu?", "en"),
    ],
)
def test_the_language(system: str, question: str, language: str) -> None:
    """The system prompt's last order decides, else the language of the question."""
    assert choose(system, question) == language


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("Áo khoác gió giá bao nhiêu?", "450.000đ"),
        ("Miễn phí giao hàng khi nào?", "500.000đ"),
        ("Cho mình bảng giá", "| Áo thun cotton | 199.000đ |"),
        ("Viết code python giúp mình", "```python"),
        ("Các bước đổi trả thế nào?", "\n- "),
        ("Máy lọc không khí Daikin dùng tốt không?", "Daikin"),
        ("xin chào", "em chào anh/chị"),
        ("Thanks!", "welcome"),
        ("Give me a table of delivery times", "| --- | --- |"),
    ],
)
def test_a_reply_takes_up_what_was_asked(question: str, holds: str) -> None:
    """Facts of the system prompt, and a table, a list or code on request, stand in the reply."""
    assert holds in said(question, SHOP)


def test_orders_to_the_model_are_not_quoted() -> None:
    """Only statements of the system prompt count as facts."""
    assert facts.facts(SHOP) == [
        "Áo khoác gió: 450.000đ",
        "Áo thun cotton: 199.000đ",
        "Miễn phí giao hàng cho đơn từ 500.000đ",
    ]


def test_an_edited_fact_shows_in_the_next_reply() -> None:
    """The reply reads the system prompt anew each time."""
    assert "390.000đ" in said("Áo khoác gió giá bao nhiêu?", SHOP.replace("450.000đ", "390.000đ"))


@pytest.mark.parametrize(
    "text", ["Xin chào  anh/chị!\n\n- **450.000đ** ạ.\n", "", "a\tb", "e\u0301 👍🏽 漢字", "x" * 99]
)
def test_tokens_join_to_the_text(text: str) -> None:
    """Splitting loses nothing."""
    assert "".join(tokens.split(text)) == text
    assert tokens.count(text) == len(tokens.split(text))


@pytest.mark.parametrize("exactly", [1, 50, 200, 5000])
def test_a_set_length_is_met(exactly: int) -> None:
    """Replies of a set length have it to the token."""
    assert len(replies.pieces([Message("user", "giá áo?")], exactly)) == exactly


def test_the_same_question_gets_the_same_reply() -> None:
    """Replies depend on nothing but the messages."""
    assert said("Áo khoác?", SHOP) == said("Áo khoác?", SHOP)
