"""uvicorn's connections, watched: none may stay half open, stand still, or be fed without end.

uvicorn has no time limit for a request's head or body, nor for a client that takes nothing; it reads a websocket's
control frames and fragments however many come. Behind a proxy most of this is the proxy's; without one it is ours.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from time import monotonic
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from web.addresses import OURSELVES, household
from web.buckets import Bucket, Pace
from web.crowd import SHARE
from web.link_address import PREFIX

#: Seconds: for a request's head, for its body, for a handshake; for a client that takes nothing of what it is sent; for
#: one that is being closed and does not take note.
HEAD_S, BODY_S, HANDSHAKE_S, STILL_S, LINGER_S = 10.0, 20.0, 10.0, 30.0, 10.0
TICK_S = 1.0
#: Frames of one socket, of any kind: control frames and fragments are answered or kept before anybody is asked.
FRAMES = Pace(burst=400, per_s=50)
FRAGMENTS = 64
#: Bytes of one message: a visitor's, and an operator's, whose demo may carry 600,000 characters.
VISITORS_BYTES, OPERATORS_BYTES = 1 << 20, 4 << 20
#: Of all messages that are not whole yet, together: who keeps most of them is closed first.
UNFINISHED_BYTES = 64 << 20
#: So much is looked at before the next look at the limits.
SLICE = 4096
#: Connections without a socket, beside all that may have one.
REQUESTS = 1000

log = logging.getLogger(__name__)


@dataclass
class _Seen:
    """How a connection stood at the last looks. phase: what was awaited, and since when; still: since when it has
    taken nothing, and how much was left then."""

    phase: object
    since: float
    still: float
    left: int = 0


class Watch:
    """Over the connections of one server. sockets: those that may be open; trusted: proxies, as FORWARDED_ALLOW_IPS."""

    def __init__(self, sockets: int, trusted: str = "", clock: Callable[[], float] = monotonic) -> None:
        self._most = sockets + REQUESTS
        self._share = sockets // SHARE + REQUESTS // SHARE
        self._trusted = trusted
        self._clock = clock
        self._of: Counter[str] = Counter()
        self._there = 0
        self._seen: dict[Any, _Seen] = {}
        self._tick: asyncio.TimerHandle | None = None
        self.cut = 0

    def came(self, connection: "CarefulHTTP") -> None:
        """A connection was made; one too many is ended."""
        peer = _peer(connection)
        self._of[peer] += 1
        self._there += 1
        self._seen[connection] = _Seen(("head", 0), self._clock(), self._clock())
        crowded = self._of[peer] > self._share and not self._is_proxy(peer)
        if crowded or self._there > self._most:
            self.end(connection)
        if self._tick is None:
            self._tick = connection.loop.call_later(TICK_S, self._look)

    def became(self, connection: "CarefulHTTP", socket: "CarefulSocket") -> None:
        """It is a websocket from now on."""
        self._seen.pop(connection, None)
        self._seen[socket] = _Seen("handshake", self._clock(), self._clock())

    def left(self, connection: "CarefulHTTP | CarefulSocket") -> None:
        """It is gone."""
        self._seen.pop(connection, None)
        peer = _peer(connection)
        self._there -= 1
        self._of[peer] -= 1
        if self._of[peer] <= 0:
            del self._of[peer]

    def end(self, connection: "CarefulHTTP | CarefulSocket") -> None:
        """At once, whatever is still to be sent."""
        self.cut += 1
        connection.transport.abort()

    def _look(self) -> None:
        now, unfinished = self._clock(), 0
        for connection, seen in list(self._seen.items()):
            if self._is_over(connection, seen, now):
                self.end(connection)
            elif isinstance(connection, CarefulSocket):
                unfinished += connection.unfinished
        if unfinished > UNFINISHED_BYTES:
            self._make_room(unfinished)
        self._tick = None
        if self._seen:
            self._tick = asyncio.get_running_loop().call_later(TICK_S, self._look)

    def _is_over(self, connection: "CarefulHTTP | CarefulSocket", seen: _Seen, now: float) -> bool:
        left = connection.transport.get_write_buffer_size()
        if left == 0 or left < seen.left:
            seen.still = now
        seen.left = left
        phase, within = connection.phase()
        if phase != seen.phase:
            seen.phase, seen.since = phase, now
        return now - seen.since > within or (left > 0 and now - seen.still > STILL_S)

    def _make_room(self, unfinished: int) -> None:
        sockets = [one for one in self._seen if isinstance(one, CarefulSocket)]
        for socket in sorted(sockets, key=lambda one: one.unfinished, reverse=True):
            if unfinished <= UNFINISHED_BYTES:
                break
            unfinished -= socket.unfinished
            self.end(socket)

    def _is_proxy(self, peer: str) -> bool:
        return peer in OURSELVES or any(_within(peer, one.strip()) for one in self._trusted.split(","))


class CarefulHTTP(H11Protocol):
    """A connection before it is a socket, if ever."""

    watch: Watch
    answered = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.watch.came(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.watch.left(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # By the slice: h11 looks at a head's length only where the head goes on in the next packet.
        for place in range(0, len(data), SLICE):
            if self.transport.is_closing():
                return
            now = self.transport.get_protocol()
            if now is self:
                super().data_received(data[place : place + SLICE])
            else:  # it has become a websocket, and the rest is that one's
                now.data_received(data[place:])  # type: ignore[attr-defined]
                return

    def on_response_complete(self) -> None:
        self.answered += 1  # what is awaited now is the next request's
        super().on_response_complete()

    def phase(self) -> tuple[object, float]:
        """What is awaited of the client, and for how long it may be."""
        if self.transport.is_closing():
            return "closing", LINGER_S
        if self.conn.their_state is h11.IDLE:
            return ("head", self.answered), HEAD_S
        if self.conn.their_state is h11.SEND_BODY:
            return ("body", self.answered), BODY_S
        return "ours", float("inf")

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        super().handle_websocket_upgrade(event)
        socket = self.transport.get_protocol()
        if isinstance(socket, CarefulSocket):
            self.watch.became(self, socket)

    def send_400_response(self, msg: str) -> None:
        try:
            super().send_400_response(msg)
        except h11.LocalProtocolError:  # nonsense after a request that is being answered
            self.transport.close()


class CarefulSocket(WebSocketsSansIOProtocol):
    """A websocket."""

    watch: Watch

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._frames = Bucket(FRAMES, self.loop.time())

    @property
    def unfinished(self) -> int:
        """Bytes of a message that is not whole yet."""
        return len(self.conn.reader.buffer) + sum(map(len, self.frames))

    def phase(self) -> tuple[object, float]:
        """As of ``CarefulHTTP``."""
        if self.transport.is_closing():
            return "closing", LINGER_S
        return ("open", float("inf")) if self.handshake_complete else ("handshake", HANDSHAKE_S)

    def connection_lost(self, exc: Exception | None) -> None:
        self.watch.left(self)
        super().connection_lost(exc)

    def handle_connect(self, event: Request) -> None:
        if event.path.startswith(PREFIX):
            self.conn.max_message_size = VISITORS_BYTES
        super().handle_connect(event)

    def data_received(self, data: bytes) -> None:
        # By the slice: a packet full of tiny frames must not hold all others up before it is found to be one.
        for place in range(0, len(data), SLICE):
            if self.transport.is_closing():
                return
            super().data_received(data[place : place + SLICE])

    def handle_text(self, event: Frame) -> None:
        if self._may_come():
            super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        if self._may_come():
            super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        if self._may_come() and self._is_message(len(self.frames) < FRAGMENTS):
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_text(b"".join(self.frames)):
            self._is_message(False, 1007)  # uvicorn would write where it found that out into the log
        else:
            super().send_receive_event_to_app()

    def handle_ping(self) -> None:
        if self._may_come():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._may_come():
            super().handle_pong(event)

    def _may_come(self) -> bool:
        return self._is_message(self._frames.take(self.loop.time()))

    def _is_message(self, fine: bool, code: int = 1008) -> bool:
        if self.transport.is_closing():
            return False
        if not fine:
            self.conn.fail(code)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
            self.transport.close()
        return fine


def careful(watch: Watch) -> tuple[type[CarefulHTTP], type[CarefulSocket]]:
    """The protocols of one server, for uvicorn's ``http`` and ``ws``."""
    return type("HTTP", (CarefulHTTP,), {"watch": watch}), type("Socket", (CarefulSocket,), {"watch": watch})


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _peer(connection: "CarefulHTTP | CarefulSocket") -> str:
    return household(connection.client[0]) if connection.client else ""


def _within(peer: str, network: str) -> bool:
    if network == "*":
        return True
    try:
        return ip_address(peer) in ip_network(network, strict=False)
    except ValueError:
        return peer == network
