"""What is asked of a provider, and what must be right before anything is sent."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from holysheep.errors import BadKey, Unreachable
from holysheep.prices import Model
from holysheep.providers import Key, Provider

Messages = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Request:
    """Messages in the OpenAI form, and how they are to be answered.

    temperature: 0 to 2. max_tokens: the longest reply.
    """

    messages: Messages
    model: Model
    temperature: float = 0.7
    max_tokens: int = 1024

    def body(self, provider: Provider, model: Model, without: Collection[str] = ()) -> dict[str, Any]:
        """The request's JSON. model: the one that ``provider`` is asked for. without: parameters it does not know."""
        body: dict[str, Any] = {
            "model": provider.name_of(model.id),
            "messages": [_sendable(message) for message in self.messages],
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "stream": True,
        }
        if provider.reports_usage:
            body["stream_options"] = {"include_usage": True}
        for name in without:
            if body.pop(name, None) is not None and name == "max_tokens":
                body["max_completion_tokens"] = self.max_tokens  # its name with OpenAI's newer models
        return body

    def shortened(self) -> "Request | None":
        """The same without the older half of what was said; None where nothing can be left out.

        What stands before the first question (instructions) and the newest question stay.
        """
        head = next((i for i, message in enumerate(self.messages) if message["role"] == "user"), 0)
        said = self.messages[head:]
        gone = (len(said) + 1) // 2
        while gone < len(said) and said[gone]["role"] != "user":
            gone += 1  # a conversation begins with a question
        if gone >= len(said):
            return None
        return replace(self, messages=[*self.messages[:head], *said[gone:]])


def plain(messages: Iterable[Mapping[str, Any]]) -> Messages:
    """Messages whose content is text; of parts (OpenAI's other form) the text parts are joined."""
    return [
        message
        if isinstance(message.get("content"), str)
        else {**message, "content": _text(message.get("content"))}
        for message in messages
    ]


def _text(content: object) -> str:
    parts = content if isinstance(content, list | tuple) else ()
    return "".join(str(part.get("text") or "") for part in parts if isinstance(part, Mapping))


#: What a provider may be asked without.
OPTIONAL = frozenset(("stream_options", "temperature", "max_tokens", "max_completion_tokens"))


def address(provider: Provider) -> str:
    """The base URL without its last slash; raises Unreachable where it is no web address."""
    return _address(provider.base_url)


@lru_cache(maxsize=64)
def _address(base_url: str) -> str:
    try:
        url = urlsplit(base_url)
        usable = url.scheme in ("http", "https") and url.hostname and not url.username
    except ValueError:
        usable = False
    if not usable:
        raise Unreachable("the base URL is not http(s)://host/path, or holds a user name", repeats=0)
    return base_url.rstrip("/")


def authorization(key: Key) -> str:
    """The Authorization header; raises BadKey for a key that no header can carry."""
    value = key.value or "none"
    if not (value.isascii() and value.isprintable() and " " not in value):
        raise BadKey("the key holds a blank, a line end or a letter that no key has")
    return f"Bearer {value}"


def _sendable(message: Mapping[str, str]) -> Mapping[str, str]:
    """The message with halves of surrogate pairs, which UTF-8 cannot carry, joined or replaced."""
    try:
        message.get("content", "").encode()
    except UnicodeEncodeError:
        whole = message["content"].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return {**message, "content": whole}
    return message
