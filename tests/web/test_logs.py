"""Every line in one form, whoever writes it, and with what it belongs to."""

import json
import logging
import subprocess
import sys

import pytest

from demos.tracing import REQUEST, TURN
from web.logs import JsonLines, PlainLines


def record(message: str = "turn %s", *values: object, level: int = logging.INFO) -> logging.LogRecord:
    """A line of the chat's."""
    return logging.LogRecord("chat.turn", level, "turn.py", 1, message, values, None)


@pytest.mark.parametrize(
    ("request_id", "turn", "belongs"),
    [("", "", {}), ("r1", "", {"request": "r1"}), ("r1", "t1", {"request": "r1", "turn": "t1"})],
)
def test_what_a_line_belongs_to(request_id: str, turn: str, belongs: dict[str, str]) -> None:
    """The request and the turn that it was written for, as far as there is one."""
    tokens = REQUEST.set(request_id), TURN.set(turn)
    try:
        line = json.loads(JsonLines().format(record("turn %s", "stop")))
        assert {name: line[name] for name in line.keys() & {"request", "turn"}} == belongs
        shown = " ".join(f"{name}={value}" for name, value in belongs.items())
        assert PlainLines().format(record("turn %s", "stop")) == "turn stop" + (
            f" [{shown}]" if shown else ""
        )
    finally:
        REQUEST.reset(tokens[0])
        TURN.reset(tokens[1])


def test_a_trace_follows_what_it_belongs_to() -> None:
    """For eyes the ids stand in the first line, before the trace."""
    token = REQUEST.set("r1")
    try:
        raise ValueError("x")
    except ValueError:
        written = PlainLines().format(
            logging.LogRecord("chat", logging.ERROR, "", 0, "broken", (), sys.exc_info())
        )
    finally:
        REQUEST.reset(token)
    assert written.startswith("broken [request=r1]\nTraceback") and written.endswith("ValueError: x")


PROGRAM = """
import logging, sys, warnings
import web
web.set_up_log({level!r}, {form!r})
import uvicorn
from uvicorn.config import Config
async def app(scope, receive, send): ...
Config(app, log_level="info").configure_logging()  # as `chainlit run` has it
import chainlit, chainlit.server
web.gather_log()
logging.getLogger("uvicorn.error").error("theirs\\nin two lines")
logging.getLogger("uvicorn.access").error('GET /sign-in?token=secret')
for library in ("aiosqlite", "sqlalchemy.engine", "openai", "websockets.server", "engineio.server", "socketio.server"):
    logging.getLogger(library).debug("what somebody said")
    logging.getLogger(library).info("what somebody said") if "io." in library else None
logging.getLogger("chat.turn").debug("ours, at debug")
warnings.warn("old")
web.tell("Demo Desk: địa chỉ")
print(web.said("không được", "critical"), file=sys.stderr)
class Careless:
    def __del__(self):
        raise RuntimeError("in passing")
Careless()
import threading
def broken():
    raise RuntimeError("aside")
thread = threading.Thread(target=broken)
thread.start()
thread.join()
raise RuntimeError("the end")
"""


def run(level: str, form: str) -> tuple[int, list[str]]:
    """Exit code and lines of a program that does all that, at a level and in a form."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", PROGRAM.format(level=level, form=form)],
        capture_output=True,
        encoding="utf-8",
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


@pytest.mark.parametrize("level", ["info", "debug"])
def test_one_object_a_line(level: str) -> None:
    """The server's, Chainlit's and warnings' lines, what is told at the start, and what ends the program."""
    code, written = run(level, "json")
    found = {line["message"].partition("\n")[0]: line for line in map(json.loads, written)}
    assert code == 1 and found["theirs"]["logger"] == "uvicorn.error"
    assert found["Demo Desk: địa chỉ"]["level"] == "info" and found["không được"]["level"] == "critical"
    assert "RuntimeError: the end" in found["the program ends"]["exception"]
    assert "RuntimeError: aside" in found["a thread has ended"]["exception"]
    assert "RuntimeError: in passing" in found["an exception was ignored"]["exception"]
    assert any("UserWarning: old" in message for message in found)
    assert ("ours, at debug" in found) is (level == "debug")
    assert "what somebody said" not in found and not any("secret" in line for line in written)


def test_for_eyes() -> None:
    """The same as people are used to, and as little of the libraries."""
    code, written = run("debug", "text")
    text = "\n".join(written)
    assert code == 1 and written.count("Demo Desk: địa chỉ") == 1 and "ERROR uvicorn.error: theirs" in text
    assert "DEBUG chat.turn: ours, at debug" in text and "Traceback" in text
    assert "what somebody said" not in text and "secret" not in text
