"""What somebody who publishes a link says of it, read from words."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from demos.demo import Language

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d{1,4})([mhdw])")
#: Not "1,000", which may be a thousand.
_COMMA = re.compile(r"^(\d+),(\d{1,2})$")
#: A host, perhaps any below it, perhaps a port.
_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", re.IGNORECASE)
#: A link is for a call and the days after it; who wants it longer extends it.
LONGEST = timedelta(days=366)
#: In USD, of one link.
MOST_USD = Decimal(1000)
SHORTEST_PASSCODE, LONGEST_PASSCODE = 4, 64


#: What the desk's forms call each of them (vi, en).
FIELDS: Mapping[str, tuple[str, str]] = {
    "--starts": ("Mở từ", "Opens at"),
    "--expires": ("Hết hạn sau", "Expires after"),
    "--budget": ("Ngân sách", "Budget"),
    "--messages": ("Số tin nhắn nhiều nhất", "Most messages"),
    "--passcode": ("Mật mã", "Passcode"),
    "--origin": ("Trang được nhúng khung chat", "Sites that may frame the chat"),
    "--title": ("Tên hiển thị riêng", "Name of their own"),
    "--greeting": ("Lời chào riêng", "Greeting of their own"),
    "--logo": ("Logo riêng", "Logo of their own"),
    "--color": ("Màu riêng", "Colour of their own"),
    "--color-dark": ("Màu riêng trên nền tối", "Colour of their own on dark pages"),
}


class BadTerm(ValueError):
    """field: as it is called on the command line. ``texts`` names it, what was found, and the mend (vi, en);
    ``of_form`` the same by the name that the desk's forms give it."""

    def __init__(self, field: str, found: str, vi: str, en: str) -> None:
        self.field, self.found = field, found
        what: Mapping[Language, str] = {
            "vi": f"thấy “{found}”, cần {vi}",
            "en": f"found {found!r}, expected {en}",
        }
        self._say(what)

    @classmethod
    def told(cls, field: str, what: Mapping[Language, str]) -> "BadTerm":
        """One that others have found, in their words."""
        bad = cls(field, "", "", "")
        bad._say(what)
        return bad

    def _say(self, what: Mapping[Language, str]) -> None:
        vi, en = FIELDS.get(self.field, (self.field, self.field))
        self.texts: Mapping[Language, str] = {
            "vi": f"{self.field}: {what['vi']}",
            "en": f"{self.field}: {what['en']}",
        }
        self.of_form: Mapping[Language, str] = {"vi": f"{vi}: {what['vi']}", "en": f"{en}: {what['en']}"}
        self.args = (self.texts["en"],)


def read_instant(field: str, text: str, now: datetime) -> datetime:
    """``7d``, ``12h``, ``30m``, ``2w`` from now, or a day or time as ``2026-12-01T09:00+07:00``; UTC where nothing is
    said. Raises BadTerm."""
    example = "2026-12-01T09:00+07:00"
    vi = f"thời gian kể từ bây giờ như 7d, 12h hay 30m, hoặc một thời điểm như {example}"
    en = f"a time from now such as 7d, 12h or 30m, or one such as {example}"
    if found := _DURATION.fullmatch(text.strip()):
        at = now + timedelta(**{_UNITS[found[2]]: int(found[1])})
    else:
        try:
            at = datetime.fromisoformat(text.strip())
        except ValueError:
            raise BadTerm(field, text, vi, en) from None
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    if not now < at <= now + LONGEST:
        raise BadTerm(
            field,
            text,
            f"một thời điểm sau bây giờ, trong vòng {LONGEST.days} ngày",
            f"a time after now and within {LONGEST.days} days",
        )
    return at


def read_usd(field: str, text: str) -> Decimal:
    """Dollars, such as ``0.50``, or ``0,50`` as a Vietnamese keyboard writes it. Raises BadTerm."""
    given = text.strip().removeprefix("$")
    try:
        usd = Decimal(_COMMA.sub(r"\1.\2", given))
    except InvalidOperation:
        usd = Decimal("NaN")
    if not usd.is_finite() or not 0 <= usd <= MOST_USD:
        raise BadTerm(
            field,
            text,
            f"số đô la Mỹ từ 0 đến {MOST_USD}, như 0.50",
            f"US dollars from 0 to {MOST_USD}, such as 0.50",
        )
    return usd


def read_count(field: str, text: str, most: int = 100_000) -> int:
    """A whole number from 1. Raises BadTerm."""
    if not re.fullmatch(r"\d{1,6}", text.strip()) or not 1 <= int(text) <= most:
        raise BadTerm(field, text, f"một số nguyên từ 1 đến {most}", f"a whole number from 1 to {most}")
    return int(text)


def read_passcode(field: str, text: str) -> str:
    """A passcode that people can say and type. Raises BadTerm, which does not repeat it."""
    code = text.strip()
    if not SHORTEST_PASSCODE <= len(code) <= LONGEST_PASSCODE or not code.isprintable():
        shortest, longest = SHORTEST_PASSCODE, LONGEST_PASSCODE
        raise BadTerm(field, "•••", f"{shortest} đến {longest} ký tự", f"{shortest} to {longest} characters")
    return code


def read_origin(field: str, text: str) -> str:
    """A site that may frame the chat: ``https://shop.example``, ``https://*.shop.example``. Raises BadTerm."""
    vi = "một trang như https://shop.example hay https://*.shop.example, không có đường dẫn"
    en = "a site such as https://shop.example or https://*.shop.example, without a path"
    parts = urlsplit(text.strip())
    if (
        parts.scheme not in ("http", "https")
        or parts.path not in ("", "/")
        or not _HOST.fullmatch(parts.netloc)
    ):
        raise BadTerm(field, text, vi, en)
    return f"{parts.scheme}://{parts.netloc.lower()}"
