"""How long a provider asks us to wait, from its headers; without I/O."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def wait_asked(headers: Mapping[str, str]) -> float | None:
    """Seconds the provider asked us to wait; None for none, or for nonsense. headers: by lower-case name."""
    for name, unit in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        if 0 < seconds < math.inf:
            return seconds
    return _wait_until(headers) or used_up_for(headers)


def used_up_for(headers: Mapping[str, str]) -> float | None:
    """Seconds until a limit of the key, of which nothing remains, is full again; None where something remains.

    OpenAI's headers: ``x-ratelimit-remaining-requests`` beside ``x-ratelimit-reset-requests`` ("6m0s", "20ms"), and the
    same for tokens. A reset that stands alone is taken for one of a limit that is used up.
    """
    waits = [
        _span(headers[f"x-ratelimit-reset-{kind}"])
        for kind in ("requests", "tokens")
        if f"x-ratelimit-reset-{kind}" in headers
        and _remaining(headers.get(f"x-ratelimit-remaining-{kind}", "0")) <= 0
    ]
    return max((wait for wait in waits if wait), default=None)


def _remaining(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s|d)?")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "": 1.0}


def _span(text: str) -> float | None:
    """Go's way of writing a duration: ``6m0s``; seconds, or None for anything else."""
    text = text.strip()
    if not text or _SPAN.sub("", text):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _SPAN.findall(text)) or None


def _wait_until(headers: Mapping[str, str]) -> float | None:
    """Retry-After as a date, read against the answer's own: our clock may be wrong. Without one it has to do."""
    try:
        until = parsedate_to_datetime(headers["retry-after"])
        now = parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
        seconds = (until - now).total_seconds()
    except (KeyError, ValueError, TypeError):
        return None
    return seconds if seconds > 0 else None
