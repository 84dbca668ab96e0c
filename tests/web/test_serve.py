"""The port is claimed before anything is served."""

import json
import logging
import socket
import sys

import pytest

from web import CannotListen, claim
from web.logs import JsonLines


def test_a_free_port_is_claimed() -> None:
    """The socket is bound, and can be claimed again once it is closed."""
    with claim("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
    with claim("127.0.0.1", port) as second:
        assert second.getsockname() == ("127.0.0.1", port)


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_an_ipv6_address_is_claimed() -> None:
    """A host with colons is IPv6."""
    with claim("::1", 0) as claimed:
        assert claimed.family == socket.AF_INET6


def test_a_busy_port_is_told() -> None:
    """With host and port, and the operating system's reason."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotListen, match=f"port {port} on 127.0.0.1: Address already in use. Dừng"):
            claim("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_a_host_that_is_not_ours(host: str) -> None:
    """Another mend than a busy port's, after the operating system's reason."""
    with pytest.raises(CannotListen, match=f"port 8000 on {host}: .*Mend HOST or PORT"):
        claim(host, 8000)


def test_the_log_for_a_collector() -> None:
    """One JSON object a line, with the trace where there is one, and Vietnamese as it is."""
    try:
        raise ValueError("x")
    except ValueError:
        record = logging.LogRecord("chat", logging.ERROR, "", 0, "lượt %s hỏng", ("1",), sys.exc_info())
    text = JsonLines().format(record)
    line = json.loads(text)
    assert (line["level"], line["logger"], line["message"]) == ("error", "chat", "lượt 1 hỏng")
    assert "ValueError: x" in line["exception"] and "\n" not in text and "ượ" in text
