"""The log: for eyes, or JSON for a collector.

No line has what somebody wrote, what opens a link, or a key, at any level: our own lines say none of it, and the
libraries' that do (each frame, each row, each prompt at "debug") are never asked for.
"""

import json
import logging
import re
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType

from demos.tracing import REQUEST, TURN

#: The public id in a token, and what must stay secret; a visitor's secret and a given passcode may follow.
_TOKEN = re.compile(r"(/d/[a-z2-7]{10})[a-z2-7]{26}((?:/[kv]/[\w-]+)*)")
_PART = re.compile(r"(/[kv]/)[\w-]+")

#: Whose lines LOG_LEVEL=debug is about.
_OURS = (
    "app",
    "assembly",
    "backstage",
    "chat",
    "demos",
    "emulator",
    "holysheep",
    "ledger",
    "settings",
    "web",
)
#: Chainlit and the SDK tell of each request and each missing translation; ours is told once a turn.
_NOISY = ("chainlit", "httpx", "httpx2", "openai", "aiohttp.access")
#: These write a traceback for every malformed frame, so that anyone could fill the disk.
_FORGED = ("socketio", "socketio.server", "engineio", "engineio.server")
#: They write in a form of their own, past ours.
_APART = ("uvicorn", "uvicorn.error", "socketio.server", "engineio.server")
#: Its lines hold queries, in which somebody may sign in; ours of each request do not.
_NEVER = "uvicorn.access"

#: Under this name a line of ours may bring figures along (``extra=``), which a collector gets beside the message.
FIELDS = "fields"

_json = False


def masked(text: str) -> str:
    """The text without what would open a link; which link it was stays."""
    return _TOKEN.sub(lambda found: f"{found[1]}…" + _PART.sub(r"\1…", found[2]), text)


class PlainLines(logging.Formatter):
    """For eyes."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        if about := " ".join(f"{name}={value}" for name, value in _belongs().items()):
            head, newline, trace = text.partition("\n")
            text = f"{head} [{about}]{newline}{trace}"
        return masked(text)


class JsonLines(logging.Formatter):
    """One JSON object a line, times in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_belongs(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return masked(json.dumps(line, ensure_ascii=False))


def set_up(level: str, form: str) -> None:
    """Log to standard error. level: debug, info, warning or error; form: ``text`` or ``json``."""
    global _json
    _json = form == "json"
    handler = logging.StreamHandler()
    plain = PlainLines("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if _json else plain)
    others = "INFO" if level == "debug" else level.upper()
    logging.basicConfig(level=others, handlers=[handler], force=True)
    for ours in _OURS:
        logging.getLogger(ours).setLevel(level.upper())
    logging.captureWarnings(True)
    sys.excepthook, threading.excepthook, sys.unraisablehook = _uncaught, _in_thread, _unraisable
    gather()


def gather() -> None:
    """Have the libraries' lines in our form, too: again once they have set themselves up."""
    for name in _APART:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    never = logging.getLogger(_NEVER)
    never.handlers.clear()
    never.propagate, never.disabled = False, True
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.ERROR)
    for forged in _FORGED:
        logging.getLogger(forged).setLevel(logging.CRITICAL)


def tell(text: str) -> None:
    """Tell the terminal a line in so many words, whatever LOG_LEVEL is."""
    print(said(text), flush=True)


def said(text: str, level: str = "info") -> str:
    """The line as it is for eyes, an object for a collector."""
    if not _json:
        return text
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"time": now, "level": level, "logger": "app", "message": text}
    return json.dumps(line, ensure_ascii=False)


def _belongs() -> Mapping[str, str]:
    """The request and the turn that a line belongs to, as far as it belongs to any."""
    return {name: value for name, value in (("request", REQUEST.get()), ("turn", TURN.get())) if value}


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if _json and error is not None and not issubclass(kind, KeyboardInterrupt):
        logging.getLogger("app").critical("the program ends", exc_info=(kind, error, trace))
    else:
        sys.__excepthook__(kind, error or kind(), trace)


def _in_thread(ended: threading.ExceptHookArgs) -> None:
    if _json and ended.exc_value is not None:
        trace = (ended.exc_type, ended.exc_value, ended.exc_traceback)
        logging.getLogger("app").error("a thread has ended", exc_info=trace)
    else:
        threading.__excepthook__(ended)


def _unraisable(ignored: "sys.UnraisableHookArgs") -> None:
    if _json and ignored.exc_value is not None:
        trace = (ignored.exc_type, ignored.exc_value, ignored.exc_traceback)
        logging.getLogger("app").error("%s", ignored.err_msg or "an exception was ignored", exc_info=trace)
    else:
        sys.__unraisablehook__(ignored)
