"""The body of a chat request: read, checked, made plain data."""

import json
from dataclasses import dataclass
from typing import Any

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})


class BadRequest(Exception):
    """The body is not a chat request. ``param`` names the faulty field, None for the whole body."""

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


@dataclass(frozen=True)
class Message:
    """One turn of the conversation; ``content`` is its text, parts joined."""

    role: str
    content: str


@dataclass(frozen=True)
class ChatRequest:
    """A checked request for a reply. ``max_tokens`` None means no limit; ``fields`` are the names in the body."""

    model: str
    messages: tuple[Message, ...]
    stream: bool = False
    include_usage: bool = False
    temperature: float | None = None
    max_tokens: int | None = None
    fields: tuple[str, ...] = ()


def parse(body: bytes) -> ChatRequest:
    """Read a request body, or raise `BadRequest` with the words the API would use."""
    fields = _json_object(body)
    stream = _typed(fields, "stream", bool, "a boolean") or False
    options = _typed(fields, "stream_options", dict, "an object") or {}
    if options and not stream:
        raise BadRequest(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options"
        )
    model = _typed(fields, "model", str, "a string")
    if not model:
        raise BadRequest("you must provide a model parameter")
    return ChatRequest(
        model=model,
        messages=_messages(fields),
        stream=stream,
        include_usage=bool(options.get("include_usage")),
        temperature=_temperature(fields),
        max_tokens=_max_tokens(fields),
        fields=tuple(sorted(fields)),
    )


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("We could not parse the JSON body of your request.") from None
    if not isinstance(fields, dict):
        raise BadRequest("We expected a JSON object as the body of your request.")
    return fields


def _typed(fields: dict[str, Any], name: str, kind: type | tuple[type, ...], words: str) -> Any:
    value = fields.get(name)
    if value is None:
        return None
    # bool is an int in Python; a number field must still refuse true
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise BadRequest(f"Invalid type for '{name}': expected {words}, got {_json_name(value)}.", name)
    return value


def _json_name(value: object) -> str:
    names = {bool: "a boolean", int: "an integer", float: "a decimal", str: "a string", list: "an array"}
    return names.get(type(value), "null" if value is None else "an object")


def _temperature(fields: dict[str, Any]) -> float | None:
    value = _typed(fields, "temperature", (int, float), "a decimal")
    if value is not None and not 0 <= value <= 2:
        raise BadRequest(f"Invalid 'temperature': expected a value from 0 to 2, got {value}.", "temperature")
    return None if value is None else float(value)


def _max_tokens(fields: dict[str, Any]) -> int | None:
    for name in ("max_completion_tokens", "max_tokens"):
        value: int | None = _typed(fields, name, int, "an integer")
        if value is None:
            continue
        if value < 1:
            raise BadRequest(f"Invalid '{name}': integer below minimum value, expected 1 or more.", name)
        return value
    return None


def _messages(fields: dict[str, Any]) -> tuple[Message, ...]:
    rows = _typed(fields, "messages", list, "an array of objects")
    if rows is None:
        raise BadRequest("Missing required parameter: 'messages'.", "messages")
    if not rows:
        raise BadRequest("Invalid 'messages': empty array. Expected one message or more.", "messages")
    return tuple(_message(row, index) for index, row in enumerate(rows))


def _message(row: object, index: int) -> Message:
    where = f"messages[{index}]"
    if not isinstance(row, dict):
        raise BadRequest(f"Invalid type for '{where}': expected an object, got {_json_name(row)}.", where)
    role = row.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise BadRequest(f"Invalid value for '{where}.role': {json.dumps(role)}.", f"{where}.role")
    return Message(role, _content(row.get("content"), f"{where}.content"))


def _content(value: object, where: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise BadRequest(
            f"Invalid type for '{where}': expected a string or an array, got {_json_name(value)}.", where
        )
    texts = [part.get("text") for part in value if isinstance(part, dict)]
    return "\n".join(text for text in texts if isinstance(text, str))
