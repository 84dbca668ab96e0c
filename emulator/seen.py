"""What the emulator remembers of each chat request."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .request import ChatRequest, Message

Ended = Literal["whole", "client_gone", "fault"]


@dataclass
class SeenRequest:
    """One chat request and how it went. Filled in while it runs.

    key_fingerprint: first 12 hex digits of the key's SHA-256, "" when none came; never the key.
    started_at, ended_at: seconds of the emulator's clock: ``time.monotonic()``, unless it was given another.
    connection: which one it came on; each has a number of its own.
    fields: the names in the body. accepts: the ``Accept-Encoding`` that was sent.
    tokens_sent: reply tokens that left so far.
    ended: None while it runs; "fault" also for a request that was refused in earnest.
    status: of the response; fault: the one that was played.
    """

    path: str
    key_fingerprint: str
    request_id: str
    started_at: float
    connection: int = 0
    model: str = ""
    messages: tuple[Message, ...] = ()
    stream: bool = False
    temperature: float | None = None
    max_tokens: int | None = None
    tokens_sent: int = 0
    status: int | None = None
    fault: str | None = None
    ended: Ended | None = None
    ended_at: float | None = None
    fields: tuple[str, ...] = ()
    accepts: str = ""

    def describe(self, chat: ChatRequest) -> None:
        """Take over what the body says."""
        self.model, self.messages, self.stream = chat.model, chat.messages, chat.stream
        self.temperature, self.max_tokens = chat.temperature, chat.max_tokens
        self.fields = chat.fields

    def count(self, tokens: int) -> None:
        """``tokens`` more have left."""
        self.tokens_sent += tokens

    def end(self, ended: Ended, at: float) -> None:
        """It is over; the first verdict stands."""
        if self.ended is None:
            self.ended, self.ended_at = ended, at

    def as_json(self) -> dict[str, Any]:
        """For the control address."""
        return asdict(self)


def fingerprint(key: str) -> str:
    """What stands for ``key`` in records."""
    return hashlib.sha256(key.encode()).hexdigest()[:12] if key else ""
