"""The log: for eyes, or JSON for a collector."""

import json
import logging
import re
from datetime import UTC, datetime

#: The public id in a token, and what must stay secret; a visitor's secret and a given passcode may follow.
_TOKEN = re.compile(r"(/d/[a-z2-7]{10})[a-z2-7]{26}((?:/[kv]/[\w-]+)*)")
_PART = re.compile(r"(/[kv]/)[\w-]+")


def masked(text: str) -> str:
    """The text without what would open a link; which link it was stays."""
    return _TOKEN.sub(lambda found: f"{found[1]}…" + _PART.sub(r"\1…", found[2]), text)


class PlainLines(logging.Formatter):
    """For eyes."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line, times in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return masked(json.dumps(line, ensure_ascii=False))


def set_up(level: str, form: str) -> None:
    """Log to standard error. level: debug, info, warning or error; form: ``text`` or ``json``."""
    handler = logging.StreamHandler()
    plain = PlainLines("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if form == "json" else plain)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Chainlit and the SDK tell of each request and each missing translation; ours is told once a turn.
    for noisy in ("chainlit", "httpx", "httpx2", "openai", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(logging.ERROR if level != "debug" else logging.DEBUG)
    # These write a traceback for every malformed frame, so that anyone could fill the disk.
    for forged in ("socketio", "engineio"):
        logging.getLogger(forged).setLevel(logging.CRITICAL if level != "debug" else logging.DEBUG)
