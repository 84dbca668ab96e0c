"""Engine.io and socket.io text packets."""

from __future__ import annotations

import json

import pytest

from bench.packets import Packet, decode, event, hello, new_text, user_message


@pytest.mark.parametrize(
    ("text", "packet"),
    [
        ('0{"sid":"a","pingInterval":25000}', Packet("open")),
        ("2", Packet("ping")),
        ('40{"sid":"b"}', Packet("connected")),
        ("41", Packet("closed")),
        ('44{"message":"authentication failed"}', Packet("refused")),
        ('42["task_end"]', Packet("event", "task_end")),
        (
            '42["stream_token",{"id":"1","token":"xin"}]',
            Packet("event", "stream_token", {"id": "1", "token": "xin"}),
        ),
        ('4213["call_fn",{"name":"f"}]', Packet("event", "call_fn", {"name": "f"})),
        ("6", Packet("other")),
        ("43[]", Packet("other")),
    ],
)
def test_decode(text: str, packet: Packet) -> None:
    """Every packet of the protocol is told from the others."""
    assert decode(text) == packet


def test_event_reads_back() -> None:
    """What is emitted is what the other side would read."""
    assert decode(event("stop", {"a": "Tiếng Việt"})) == Packet("event", "stop", {"a": "Tiếng Việt"})


def test_hello_and_message() -> None:
    """The handshake and the message carry what Chainlit asks of a page."""
    assert json.loads(hello("s1")[2:])["sessionId"] == "s1"
    sent = decode(user_message("chào"))
    assert sent.name == "client_message"
    assert sent.value["message"]["output"] == "chào"
    assert sent.value["message"]["type"] == "user_message"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("stream_token", {"id": "1", "token": "xin", "isSequence": False}, "xin"),
        ("stream_token", {"id": "1", "token": ""}, None),
        ("stream_start", {"type": "assistant_message", "output": "X"}, "X"),
        ("stream_start", {"type": "assistant_message", "output": ""}, None),
        ("new_message", {"type": "assistant_message", "output": "Xin lỗi"}, "Xin lỗi"),
        ("new_message", {"type": "user_message", "output": "hỏi"}, None),
        ("new_message", {"type": "run", "output": ""}, None),
        ("new_message", {"type": "llm", "output": "12 token"}, None),
        ("task_end", None, None),
    ],
)
def test_new_text(name: str, value: object, text: str | None) -> None:
    """Only the reply's own words count as text for the visitor, wherever they arrive."""
    assert new_text(Packet("event", name, value)) == text
