"""Engine.io 4 and socket.io 5 text packets, as Chainlit speaks them, without I/O."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

OPEN = "0"
PING = "2"
PONG = "3"
CONNECT = "40"
DISCONNECT = "41"
EVENT = "42"
REFUSED = "44"

PATH = "/ws/socket.io/?EIO=4&transport=websocket"

Kind = Literal["open", "ping", "connected", "refused", "closed", "event", "other"]

_KINDS: dict[str, Kind] = {CONNECT: "connected", DISCONNECT: "closed", EVENT: "event", REFUSED: "refused"}


@dataclass(frozen=True)
class Packet:
    """One packet as the client meets it; `name` and `value` are an event's, else empty."""

    kind: Kind
    name: str = ""
    value: Any = None


def decode(text: str) -> Packet:
    """Read one websocket text message. Packets that a client may ignore are "other"."""
    if text.startswith(OPEN):
        return Packet("open")
    if text.startswith(PING):
        return Packet("ping")
    kind = _KINDS.get(text[:2], "other")
    if kind != "event":
        return Packet(kind)
    # An event that wants an acknowledgement carries a number before its bracket: 4217["name",...].
    name, *rest = json.loads(text[text.index("[") :])
    return Packet("event", name, rest[0] if rest else None)


def event(name: str, *values: object) -> str:
    """The packet that emits an event."""
    return EVENT + json.dumps([name, *values], ensure_ascii=False)


def hello(session: str) -> str:
    """The packet that joins the default namespace as a fresh page of Chainlit does."""
    return CONNECT + json.dumps(
        {"clientType": "webapp", "sessionId": session, "threadId": "", "userEnv": "{}", "chatProfile": ""}
    )


def user_message(text: str) -> str:
    """The packet that a page sends when its visitor presses Enter."""
    message = {
        "id": str(uuid.uuid4()),
        "type": "user_message",
        "name": "User",
        "output": text,
        "createdAt": datetime.now(UTC).isoformat(),
        "threadId": "",
        "metadata": {},
    }
    return event("client_message", {"message": message, "fileReferences": []})


def new_text(packet: Packet) -> str | None:
    """The reply's text that an event brings, or None when a visitor sees nothing new by it.

    Text counts wherever Chainlit's page would draw it: as a token, as the start of a streamed message or as
    a whole message. What the visitor sent, runs, tools and the receipt are not the reply.
    """
    value = packet.value
    if packet.kind != "event" or not isinstance(value, dict):
        return None
    if packet.name == "stream_token":
        return str(value.get("token") or "") or None
    if packet.name in ("stream_start", "new_message") and value.get("type") == "assistant_message":
        return str(value.get("output") or "") or None
    return None
