"""What is asked of a provider, and what must be right before anything is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from holysheep.errors import BadKey, Unreachable
from holysheep.prices import Model
from holysheep.providers import Provider

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

    def body(self, provider: Provider) -> dict[str, Any]:
        """The request's JSON, for a reply in one piece."""
        return {
            "model": provider.name_of(self.model.id),
            "messages": [_sendable(message) for message in self.messages],
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
        }

    def stream_body(self, provider: Provider) -> dict[str, Any]:
        """The request's JSON, for a reply as a stream."""
        body = {**self.body(provider), "stream": True}
        if provider.reports_usage:
            body["stream_options"] = {"include_usage": True}
        return body


def address(provider: Provider) -> str:
    """The base URL without its last slash; raises Unreachable where it is no web address."""
    try:
        url = urlsplit(provider.base_url)
        usable = url.scheme in ("http", "https") and url.hostname and not url.username
    except ValueError:
        usable = False
    if not usable:
        raise Unreachable("the base URL is not http(s)://host/path, or holds a user name", repeats=0)
    return provider.base_url.rstrip("/")


def authorization(provider: Provider) -> str:
    """The Authorization header; raises BadKey for a key that no header can carry."""
    key = provider.keys[0].value or "none"
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise BadKey("the key holds a blank, a line end or a letter that no key has")
    return f"Bearer {key}"


def _sendable(message: Mapping[str, str]) -> Mapping[str, str]:
    """The message with halves of surrogate pairs, which UTF-8 cannot carry, joined or replaced."""
    try:
        message.get("content", "").encode()
    except UnicodeEncodeError:
        whole = message["content"].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return {**message, "content": whole}
    return message
