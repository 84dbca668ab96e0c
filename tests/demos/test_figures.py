"""Figures in one form, whatever language they are written in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demos.figures import figures, found_figures


@pytest.mark.parametrize(
    ("text", "values"),
    [
        # prices
        ("Giá 459.000 ₫.", ["459000"]),
        ("It costs 459,000 dong, or $0.50.", ["459000", "0.5"]),
        ("1.190.000đ", ["1190000"]),
        ("1,190,000.50", ["1190000.5"]),
        ("459\u00a0000 ₫", ["459000"]),
        ("459k, 25 nghìn, 1,19 triệu, 1.2 million", ["459000", "25000", "1190000", "1200000"]),
        # numbers
        ("pH 5,5; 22.50 W; 0.125", ["5.5", "22.5", "0.125"]),
        ("M 155–162 cm, 48-53 kg", ["155", "162", "48", "53"]),
        ("8/128 GB, SPF 50+, 10.000 mAh", ["8", "128", "50", "10000"]),
        ("cao 1m58, 1,58 m hay 158 cm", ["158", "158", "158"]),
        ("40 m², 4K", ["40", "4000"]),
        # percentages
        ("10 %, 10%, 5,5 phần trăm, 0 percent", ["10%", "10%", "5.5%", "0%"]),
        # times
        ("8:30–21:30", ["8:30", "21:30"]),
        ("08:30, 8h30, 8 giờ 30", ["8:30", "8:30", "8:30"]),
        ("9:00, 9h, 9 giờ sáng, 9 a.m., 9 am", ["9"] * 5),
        ("9 giờ 30 tối, 9:30 pm, 6 giờ chiều, 12 am", ["21:30", "21:30", "18", "0"]),
        ("giao trong 2 giờ: 45.000 ₫; within 2 hours", ["2", "45000", "2"]),
        # phone numbers
        ("1900 0131, 19000131, 1900.0131 hay 1900 01 31", ["19000131"] * 4),
        ("0905 123 456, +84 905.123.456", ["0905123456", "0905123456"]),
        ("1900 0131 (8:30–21:00)", ["19000131", "8:30", "21"]),
        # what is none
        ("1. Áo\n 2) Quần\n- **3.** Khăn\n4️⃣ Túi\nBước 5: trả tiền", []),
        ("Lúa A5, S1, B5, DH10245, i5", []),
        ("hai đến năm câu", []),
        ("", []),
    ],
)
def test_figures(text: str, values: list[str]) -> None:
    """A table of what shops and models write."""
    assert figures(text) == values


def test_as_written() -> None:
    """What is shown is what was written."""
    assert [figure.written for figure in found_figures("Giá 459.000 ₫, giảm 5 %.")] == ["459.000", "5 %"]


@given(st.integers(0, 10**9))
def test_thousands_of_both_languages(amount: int) -> None:
    """1,234,567 and 1.234.567 are 1234567."""
    english = f"{amount:,}"
    assert figures(english) == figures(english.replace(",", ".")) == figures(f"{english} ₫") == [str(amount)]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    """Nothing a model writes breaks the check."""
    assert all(any(mark.isdigit() for mark in value) for value in figures(text))
