"""The program of HEALTHCHECK, asked for a server's health."""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from build_context import ROOT
from ports import free_port


class Answer(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """One that answers ``/healthz`` alone."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Answer,), {}))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def verdict(port: int) -> int:
    """Its exit code; a proxy of the environment is not asked."""
    environment = {**os.environ, "PORT": str(port), "http_proxy": "http://127.0.0.1:9"}
    command = [sys.executable, "-I", ROOT / "deploy" / "image" / "healthy.py"]
    return subprocess.run(command, env=environment, capture_output=True).returncode


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_its_word_is_taken(server: ThreadingHTTPServer, status: int, code: int) -> None:
    """200 is health, anything else is not."""
    server.RequestHandlerClass.status = status  # type: ignore[attr-defined]
    assert verdict(server.server_port) == code


def test_nobody_there() -> None:
    """A server that does not answer is not healthy."""
    assert verdict(free_port()) == 1
