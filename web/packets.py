"""What a page may send over its socket: the few packets of engine.io and socket.io that Chainlit's page ever sends."""

import re
from typing import Any

import orjson

#: engine.io: 1 close, 3 pong. socket.io inside 4: 40 connect, 41 disconnect, 42 event, with a number where the page
#: wants to hear that it was heard.
_BARE = frozenset({"1", "3", "41"})
_CONNECT = "40{"
_EVENT = re.compile(r"42(\d{1,9})?(?=\[)", re.ASCII)
#: Which Chainlit reads before it looks, and what each must be.
_HELLO = {"sessionId": str, "clientType": str}
_MAYBE = {"threadId": str, "userEnv": str, "chatProfile": str}
LONGEST_WORD = 200
#: What the server tells itself of a handshake, with a handshake that a page would make up.
_RESERVED = frozenset({"connect"})


def is_packet(text: str) -> bool:
    """Whether it is one of them, whole, and what their readers take for granted is there.

    They raise at anything else, once they have made room for it; some never clean that up.
    """
    if text in _BARE:
        return True
    if text.startswith(_CONNECT):
        return _is_hello(_read(text[2:]))
    if (found := _EVENT.match(text)) is None:
        return False
    event = _read(text[found.end() :])
    return (
        isinstance(event, list)
        and len(event) > 0
        and isinstance(event[0], str)
        and event[0] not in _RESERVED
        and len(event[0]) <= LONGEST_WORD
        and not _holds_placeholder(event)
    )


def _is_hello(said: Any) -> bool:
    if not isinstance(said, dict):
        return False
    if not all(isinstance(said.get(key), kind) for key, kind in _HELLO.items()):
        return False
    if not all(isinstance(said.get(key), kind | None) for key, kind in _MAYBE.items()):
        return False
    return all(len(said.get(key) or "") <= LONGEST_WORD for key in (*_HELLO, *_MAYBE))


def _holds_placeholder(event: list[Any]) -> bool:
    """A piece of binary data would stand there, and none may come."""
    return any(isinstance(part, dict) and "_placeholder" in part for part in event)


def _read(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:  # also where it is nested without end
        return None
