"""The shipped demos: facts and questions agree, nothing is claimed that the facts do not hold, colours can be read."""

import re
from functools import lru_cache

import pytest

from demos.demo import Demo
from demos.facts import FACTS_TOKENS, facts_text, facts_tokens
from demos.figures import figures
from settings import parse_demo
from settings.faults import ROOT

NAMES = ("boutique", "cosmetics", "electronics")

#: Of each question that the facts answer, in its order: what they say.
ANSWERS = {
    "boutique": (
        "| Áo sơ mi lụa Hạ An | 459.000 ₫ | S–XL | trắng, be, xanh bạc hà |",
        "| M | 155–162 cm | 48–53 kg |",
        "Tỉnh thành khác: 35.000 ₫, 2–4 ngày",
        "9:00–21:30 mọi ngày, kể cả cuối tuần",
        "Miễn phí giao hàng (trừ giao 2 giờ) cho đơn từ 700.000 ₫",
        "Đổi cỡ, màu hoặc mẫu trong 7 ngày",
        "khăn lụa chỉ đổi khi có lỗi",
        "giảm 15 % một đơn trong tháng sinh",
        "| Đầm lụa dự tiệc Nguyệt | 1.190.000 ₫ | S–L | đỏ đô, xanh ngọc |",
        "giao trong 2 giờ: 45.000 ₫",
    ),
    "cosmetics": (
        "| Tinh chất niacinamide 5 % | 329.000 ₫ | 30 ml | da dầu, lỗ chân lông to |",
        "không dùng khi mang thai",
        "| Kem chống nắng SPF 50+ PA++++ | 299.000 ₫ | 50 ml |  | không nâng tông |",
        "hoàn 70 % giá bằng phiếu mua hàng",
        "20.000 ₫, trong ngày nếu đặt trước 16:00",
        "Miễn phí giao hàng cho đơn từ 500.000 ₫",
        "soi da miễn phí 14:00–20:00",
        "| Bộ cơ bản cho da nhạy cảm | 399.000 ₫ |",
        "| Tinh chất vitamin C 10 % | 389.000 ₫ | 20 ml | da xỉn màu | dùng buổi sáng |",
        "còn ít nhất 12 tháng khi bán",
    ),
    "electronics": (
        "| Điện thoại Lúa Pro | 9.490.000 ₫ | 18 tháng |",
        "trong 30 ngày đầu: đổi máy mới cùng loại",
        "(chỉ ở Quận 3): 8:30–18:00, thứ Hai đến thứ Bảy",
        "7–10 ngày làm việc",
        "Đã kích hoạt: phí 20 %",
        "Tỉnh khác: 40.000 ₫",
        "6 tháng qua thẻ tín dụng, cho đơn từ 3.000.000 ₫",
        "8 % giá máy, mua trong 30 ngày đầu",
        "| Đồng hồ thông minh Nhịp 3 | 1.890.000 ₫ | 12 tháng | chống nước 5 ATM |",
        "Core i5, 16 GB, SSD 512 GB, 1,3 kg",
    ),
}
#: Of each question that they do not answer, in its order: a pattern of what they would say.
MISSING = {
    "boutique": (
        "còn hàng|hết hàng", "DH10245", "giặt máy", "mút", "số đo|may đo", "gửi xe|ô tô", "black friday",
        "tuyển", "singapore|nước ngoài|quốc tế", "gram|g/m²",
    ),
    "cosmetics": (
        "còn hàng|cam đất", "hương liệu", "trẻ em|tuổi", "đã gửi", "nặn mụn|dịch vụ", "bôi lại|bơi", "sỉ|chiết khấu",
        "đặt lịch", "động vật|thử nghiệm", "xuất xứ|sản xuất tại",
    ),
    "electronics": (
        "còn hàng|màu", "0905|đã sửa xong", "camera|megapixel", "máy cũ|thu cũ", "hdmi|cổng hdmi", "giờ dùng|mấy tiếng",
        "sinh viên", "lòng nồi|chống dính|rửa bát", "bút cảm ứng|stylus", "tết|lunar",
    ),
}  # fmt: skip


@lru_cache
def demo(name: str) -> Demo:
    """The shipped demo."""
    return parse_demo(ROOT / "settings" / "demos" / f"{name}.toml")


@pytest.mark.parametrize("name", NAMES)
def test_twenty_questions(name: str) -> None:
    """Ten that the facts answer, ten that they do not, none twice, each kind in both languages."""
    questions = demo(name).questions
    assert len({question.ask for question in questions}) == 20
    for answered in (True, False):
        asked = [question.ask for question in questions if question.answered is answered]
        english = [ask for ask in asked if re.match(r"(Can|Do|Does|How|Is|Are|What|Which|Will) ", ask)]
        assert (len(asked), len(english)) == (10, 2)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_called_answered_stands_in_the_facts(name: str) -> None:
    """The facts hold the answer of the first ten, word for word."""
    text = facts_text(demo(name))
    assert len(ANSWERS[name]) == 10 and [answer for answer in ANSWERS[name] if answer not in text] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_is_called_unanswered_stands_nowhere(name: str) -> None:
    """The facts say nothing of the other ten."""
    text = facts_text(demo(name)).lower()
    found = [pattern for pattern in MISSING[name] if re.search(rf"\b(?:{pattern})\b", text)]
    known = {"màu"}  # a table's column
    assert len(MISSING[name]) == 10 and [pattern for pattern in found if pattern not in known] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_figure_out_of_thin_air(name: str) -> None:
    """What persona, greeting, starters' labels and footer claim stands in the facts."""
    shop = demo(name)
    known = {*figures(facts_text(shop)), *figures(shop.hotline)}
    rates = [
        label for starters in shop.starters.values() for starter in starters
        for label in figures(starter.label) if label.endswith("%")
    ]  # fmt: skip
    said = [shop.persona, *shop.greeting.values(), *shop.branding.footer.values()]
    claimed = {value for text in said for value in figures(text)} | set(rates)
    assert claimed - known == set()


@pytest.mark.parametrize("name", NAMES)
def test_facts_and_persona_are_apart(name: str) -> None:
    """The persona holds manners; prices, hours and hotline stand in the facts, with room to spare below the limit."""
    shop = demo(name)
    text = facts_text(shop)
    assert 500 < facts_tokens(shop) < FACTS_TOKENS / 2
    assert shop.hotline in text and shop.hotline not in shop.persona
    assert shop.persona.count("₫") == 1  # how a price is written
    assert len(re.findall(r"^\| .* \| [\d.]+ ₫ \|", text, re.MULTILINE)) >= 15
    assert {told.format for told in shop.facts} == {"csv", "markdown"}


@pytest.mark.parametrize("name", NAMES)
def test_both_languages(name: str) -> None:
    """Greeting, starters and footer are there in Vietnamese and in English."""
    shop = demo(name)
    assert set(shop.greeting) == set(shop.starters) == set(shop.branding.footer) == {"vi", "en"}
    assert all(shop.hotline in line for line in shop.branding.footer.values())


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2 defines it, of ``#rrggbb``."""
    parts = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", NAMES)
def test_colours_can_be_read(name: str) -> None:
    """White on the accent, and the accent on white; near-black on the dark page's accent, and the other way round."""
    branding = demo(name).branding
    assert contrast(branding.color, "#ffffff") >= 4.5
    assert contrast(branding.color_dark, "#171717") >= 4.5
