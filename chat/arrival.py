"""Where a visitor comes from, and with what: as coarse as a report needs it, and nothing finer is kept."""

import re

#: A name of letters, digits and hyphens (RFC 1123), or an address in four numbers.
_HOST = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*"
)
#: Minutes; no clock of the world is further from UTC.
_FURTHEST = 14 * 60
_PORT = re.compile(r":\d{1,5}\Z")

_TABLET = re.compile(r"iPad|Tablet|PlayBook|Silk|Kindle|Android(?!.*\bMobile\b)", re.IGNORECASE)
_PHONE = re.compile(r"iPhone|iPod|\bMobi|Android|Windows Phone", re.IGNORECASE)
_DESKTOP = re.compile(r"Windows NT|Macintosh|X11|CrOS|Linux", re.IGNORECASE)
#: In this order: a tablet's browser says much of what a phone's says.
_CLASSES = (("tablet", _TABLET), ("phone", _PHONE), ("desktop", _DESKTOP))


def device_of(user_agent: str) -> str:
    """``phone``, ``tablet``, ``desktop`` or ``other``, by what a browser says of itself. An iPad that asks for desktop
    pages, as they do by themselves, says that it is a Mac, and is taken for one."""
    return next((name for name, says in _CLASSES if says.search(user_agent)), "other")


def host_of(given: str, own: str = "") -> str | None:
    """The site that led here, as its page named it; None for none, for no host's name, and for ourselves.

    own: our own host, as the request has it.
    """
    host = _PORT.sub("", given.strip().lower().removesuffix("."))
    return host if _HOST.fullmatch(host) and host != _PORT.sub("", own.lower()) else None


def offset_of(given: str) -> int | None:
    """How many minutes a page's clock is ahead of UTC, as it says; None for what no clock is."""
    minutes = int(given) if re.fullmatch(r"-?[0-9]{1,3}", given) else None
    return minutes if minutes is not None and abs(minutes) <= _FURTHEST else None
