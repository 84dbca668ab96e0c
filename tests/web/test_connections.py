"""The watch over a server's connections: a clock of the test's own, and connections that stand as it says."""

from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn import Config

from web import connections
from web.connections import (
    BODY_S,
    HEAD_S,
    LINGER_S,
    REQUESTS,
    STILL_S,
    UNFINISHED_BYTES,
    CarefulSocket,
    Watch,
    _within,
    careful,
)


class Transport:
    """left: bytes that the client has not taken."""

    def __init__(self) -> None:
        self.left, self.aborted, self.closing = 0, False, False

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.closing

    def get_write_buffer_size(self) -> int:
        return self.left


class Loop:
    """Its timers never run: the test looks by itself."""

    def call_later(self, *_: object) -> object:
        return SimpleNamespace(cancel=lambda: None)

    def time(self) -> float:
        return 0.0


class Line:
    """A connection. awaits: the phase it is in, with its limit."""

    def __init__(self, address: str = "192.0.2.1") -> None:
        self.transport, self.loop = Transport(), Loop()
        self.client = (address, 1)
        self.awaits: tuple[object, float] = (("head", 0), HEAD_S)

    def phase(self) -> tuple[object, float]:
        return self.awaits


@pytest.fixture
def now() -> list[float]:
    """The watch's clock."""
    return [0.0]


@pytest.fixture
def watch(now: list[float], monkeypatch: pytest.MonkeyPatch) -> Watch:
    """One over 40 sockets."""
    monkeypatch.setattr(connections.asyncio, "get_running_loop", Loop)
    return Watch(40, "10.0.0.0/8, 192.0.2.77", clock=lambda: now[0])


def look(watch: Watch, now: list[float], at: float) -> None:
    now[0] = at
    watch._look()


@pytest.mark.parametrize(("phase", "limit"), [("head", HEAD_S), ("body", BODY_S), ("closing", LINGER_S)])
def test_each_phase_has_its_time(watch: Watch, now: list[float], phase: str, limit: float) -> None:
    """It begins when the phase does, and the next request begins anew."""
    line: Any = Line()
    watch.came(line)
    line.awaits = ((phase, 1), limit)
    look(watch, now, 1)
    look(watch, now, 1 + limit - 0.5)
    assert not line.transport.aborted
    line.awaits = ((phase, 2), limit)
    look(watch, now, 1 + limit + 1)
    look(watch, now, 1 + 2 * limit)
    assert not line.transport.aborted
    look(watch, now, 3 + 2 * limit)
    assert line.transport.aborted and watch.cut == 1


def test_who_takes_nothing_is_cut_off(watch: Watch, now: list[float]) -> None:
    """And who takes a little is not."""
    deaf: Any = Line()
    slow: Any = Line()
    for line in (deaf, slow):
        line.awaits = ("ours", float("inf"))
        line.transport.left = 100_000
        watch.came(line)
    for second in range(1, int(STILL_S) + 3):
        slow.transport.left -= 1
        look(watch, now, second)
    assert deaf.transport.aborted and not slow.transport.aborted


def test_who_takes_its_time_is_not_cut_off(watch: Watch, now: list[float]) -> None:
    """Also where there is something left at the first look, on a machine that has been up for a day."""
    now[0] = 86_400.0
    line: Any = Line()
    watch.came(line)
    line.awaits, line.transport.left = ("ours", float("inf")), 65_589
    for second in range(1, int(STILL_S)):
        look(watch, now, 86_400.0 + second)
    assert not line.transport.aborted


def test_connections_are_counted_by_address(watch: Watch) -> None:
    """Proxies and this machine speak for many; all together are bounded."""
    share = 40 // 4 + REQUESTS // 4
    same: list[Any] = [Line() for _ in range(share + 1)]
    for line in same:
        watch.came(line)
    assert [line.transport.aborted for line in same] == [False] * share + [True]
    watch.left(same[0])
    watch.left(same[-1])
    again: Any = Line()
    watch.came(again)
    assert not again.transport.aborted
    for address in ("127.0.0.1", "10.1.2.3", "192.0.2.77"):
        lines: list[Any] = [Line(address) for _ in range(share + 1)]
        for line in lines:
            watch.came(line)
        assert not any(line.transport.aborted for line in lines[: 1000 - share])
        for line in lines:
            watch.left(line)
    rest: list[Any] = [Line(f"198.51.100.{n % 200}") for n in range(40 + REQUESTS - share)]
    for line in rest:
        watch.came(line)
    last: Any = Line("203.0.113.1")
    watch.came(last)
    assert last.transport.aborted and not any(line.transport.aborted for line in rest)


def test_unfinished_messages_share_some_memory(watch: Watch, now: list[float]) -> None:
    """Who keeps most is closed first."""
    _, kind = careful(watch)
    config = Config(lambda *_: None, ws=kind, interface="asgi3")  # type: ignore[arg-type, return-value]
    state = SimpleNamespace(connections=set(), tasks=set(), default_headers=[])
    sockets: list[CarefulSocket] = []
    for size in (1, UNFINISHED_BYTES // 2, UNFINISHED_BYTES // 2 + 10):
        config.loaded, config.loaded_app = True, None
        socket = kind(config, state, {}, Loop())  # type: ignore[arg-type]
        socket.transport = Transport()  # type: ignore[assignment]
        socket.handshake_complete = True
        socket.frames = [bytes(size)]
        socket.client = ("192.0.2.9", 1)
        watch._seen[socket] = connections._Seen("open", 0.0, 0.0)
        sockets.append(socket)
    look(watch, now, 1)
    assert [socket.transport.aborted for socket in sockets] == [False, False, True]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("peer", "network", "inside"),
    [
        ("10.1.2.3", "10.0.0.0/8", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("10.1.2.3", "*", True),
        ("2001:db8::1", "2001:db8::/32", True),
        ("10.1.2.3", "2001:db8::/32", False),
        ("10.1.2.3", "", False),
        ("unix", "10.0.0.0/8", False),
    ],
)
def test_who_is_a_proxy(peer: str, network: str, inside: bool) -> None:
    """As FORWARDED_ALLOW_IPS says."""
    assert _within(peer, network) is inside
