"""Ports for servers that a test starts, or starts again, or never starts."""

import os
import random
import socket
from typing import Final

#: Below the ports that the system itself gives away, to a caller's end or to port 0: none is taken in between.
_FIRST: Final = 11_000
#: Tests run side by side, each worker in a part of its own.
_PART: Final = 1_200
_PARTS: Final = 16
_given: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on, and that no other test of this run is given."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = _FIRST + worker % _PARTS * _PART
    for port in random.SystemRandom().sample(range(first, first + _PART), _PART):
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise OSError("no port is free")


def _is_free(port: int) -> bool:
    """Nobody listens there; the ends of past connections do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
