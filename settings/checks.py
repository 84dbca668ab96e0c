"""Checks of single values: each gives the typed value back, or raises ``Wrong`` with what it expected."""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlsplit

from settings.faults import Say

T = TypeVar("T")
Word = TypeVar("Word", bound=str)
Check = Callable[[object], T]


class Wrong(Exception):
    """A check's verdict: what it expected, and what it found where the bare value would not tell."""

    def __init__(self, expected: Say, found: Say | None = None) -> None:
        super().__init__(expected.en)
        self.expected = expected
        self.found = found


def text(longest: int = 20_000) -> Check[str]:
    """Non-blank text of at most ``longest`` characters; blank around it is taken off."""

    def check(value: object) -> str:
        return lines(longest)(value).strip()

    return check


def lines(longest: int) -> Check[str]:
    """As ``text``, but every line stays where it was written, so that one can be named by its number."""

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise Wrong(Say('chữ trong dấu " "', 'text in " "'))
        if not value.strip():
            raise Wrong(
                Say("chữ, không để trống", "text that is not empty"), Say("chuỗi trống", "empty text")
            )
        if len(value) > longest:
            found = Say(f"{len(value)} ký tự", f"{len(value)} characters")
            raise Wrong(Say(f"nhiều nhất {longest} ký tự", f"at most {longest} characters"), found)
        return value

    return check


def or_none(check: Check[T]) -> Check[T | None]:
    """The same check, for a value whose default is None."""
    return check


def choice(*allowed: Word) -> Check[Word]:
    """One of a few words, in any case."""

    def check(value: object) -> Word:
        for word in allowed:
            if isinstance(value, str) and value.strip().lower() == word:
                return word
        raise Wrong(Say("một trong: " + ", ".join(allowed), "one of: " + ", ".join(allowed)))

    return check


def number(low: float, high: float) -> Check[float]:
    """A number from ``low`` to ``high``."""

    def check(value: object) -> float:
        amount = _amount(value)
        if amount is not None and low <= amount <= high:
            return float(amount)
        raise Wrong(Say(f"một số từ {low:g} đến {high:g}", f"a number from {low:g} to {high:g}"))

    return check


def whole(low: int, high: int) -> Check[int]:
    """A whole number from ``low`` to ``high``; environment variables bring it as text."""

    def check(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,12}", value.strip()):
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise Wrong(Say(f"một số nguyên từ {low} đến {high}", f"a whole number from {low} to {high}"))

    return check


def money(value: object) -> Decimal:
    """An amount that is not negative, exactly as written."""
    amount = _amount(value)
    if amount is not None and amount >= 0:
        return amount
    raise Wrong(Say("một số tiền không âm, ví dụ 0.42", "an amount that is not negative, such as 0.42"))


def flag(value: object) -> bool:
    """true or false."""
    if isinstance(value, bool):
        return value
    raise Wrong(Say("true hoặc false", "true or false"))


def switch(value: object) -> bool:
    """on or off, in the words that people use for it; environment variables bring them as text."""
    words = {
        "on": True,
        "true": True,
        "yes": True,
        "1": True,
        "off": False,
        "false": False,
        "no": False,
        "0": False,
    }
    word = str(value).strip().lower()
    if word in words:
        return words[word]
    raise Wrong(Say("on hoặc off", "on or off"))


def dollars(most: int) -> Check[Decimal]:
    """An amount in US dollars from 0 to ``most`` (a million at most), as a number or as text, exactly as written.

    To a picodollar: 64 bits of picodollars hold nine million.
    """

    def check(value: object) -> Decimal:
        if re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,12})?", str(value).strip()):
            amount = Decimal(str(value).strip())
            if amount <= most:
                return amount
        raise Wrong(
            Say(
                f"số tiền bằng đô la Mỹ từ 0 đến {most}, ví dụ 25 hoặc 12.50",
                f"an amount in US dollars from 0 to {most}, such as 25 or 12.50",
            )
        )

    return check


usd = dollars(1_000_000)


def color(value: object) -> str:
    """A colour as ``#rrggbb``, in small letters; blank: none of its own."""
    if isinstance(value, str) and re.fullmatch(r"(#[0-9a-f]{6})?", value.strip().lower()):
        return value.strip().lower()
    raise Wrong(Say("một màu như #a0522d", "a colour such as #a0522d"))


PICTURE_KIB = 128
_DATA = re.compile(r"data:image/(?:png|jpeg|webp|svg\+xml);base64,([A-Za-z0-9+/=]+)")
_PUBLIC = re.compile(r"/public/[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


def picture(value: object) -> str:
    """Where a picture is: ``/public/...``, or itself as ``data:image/...;base64,...``; blank: none of its own."""
    written = value.strip() if isinstance(value, str) else None
    if written == "" or (written and _PUBLIC.fullmatch(written)):
        return written
    if written and (data := _DATA.fullmatch(written)):
        return _not_too_large(written, data[1])
    raise Wrong(
        Say(
            "/public/... hoặc data:image/(png, jpeg, webp, svg+xml);base64,...",
            "/public/... or data:image/(png, jpeg, webp, svg+xml);base64,...",
        )
    )


def _not_too_large(written: str, coded: str) -> str:
    try:
        size = len(base64.b64decode(coded, validate=True))
    except binascii.Error:
        raise Wrong(Say("base64 trọn vẹn", "whole base64")) from None
    if size > PICTURE_KIB * 1024:
        kib = -(-size // 1024)
        found = Say(f"ảnh {kib} KiB", f"a picture of {kib} KiB")
        raise Wrong(Say(f"nhiều nhất {PICTURE_KIB} KiB", f"at most {PICTURE_KIB} KiB"), found)
    return written


def day(value: object) -> date:
    """A date, written without quotes."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise Wrong(
        Say("một ngày không có dấu nháy, ví dụ 2026-11-02", "a date without quotes, such as 2026-11-02")
    )


def web_address(value: object) -> str:
    """``http(s)://host[:port][/path]``, no slash at the end. What is no address is never shown: it may be a key."""
    expected = Say(
        "một địa chỉ như https://api.example.com/v1", "an address such as https://api.example.com/v1"
    )
    found = Say("một chuỗi không phải địa chỉ web", "something that is no web address")
    if not isinstance(value, str) or re.search(r"\s", value.strip()):
        raise Wrong(expected, found)
    address = value.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        whole_address = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        whole_address = False
    if not whole_address:
        raise Wrong(expected, found)
    if address.endswith("/chat/completions"):
        raise Wrong(
            Say("địa chỉ dừng trước /chat/completions", "the address that stops before /chat/completions")
        )
    return address


def texts(value: object) -> tuple[str, ...]:
    """A list of texts, each only once."""
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise Wrong(Say('một danh sách chữ, ví dụ ["a", "b"]', 'a list of texts, such as ["a", "b"]'))
    if twice := {item for item in value if value.count(item) > 1}:
        name = min(twice)
        raise Wrong(Say("mỗi mục một lần", "each only once"), Say(f"“{name}” hai lần", f"“{name}” twice"))
    return tuple(value)


def _amount(value: object) -> Decimal | None:
    """A number as it was written; None for anything else, NaN and infinity too. In Python True is a 1: not here."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    amount = Decimal(value)
    return amount if amount.is_finite() else None
