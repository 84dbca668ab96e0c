"""A reply before anyone breaks it: the tokens, and the events and bodies they travel in."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .pace import Pace
from .request import ChatRequest
from .script import Part, Script
from .usage import Usage

SSE = "text/event-stream; charset=utf-8"
JSON = "application/json"
DONE = b"data: [DONE]\n\n"


def _bytes(text: str) -> bytes:
    # half a surrogate pair in a question must not break the reply that quotes it
    return text.encode("utf-8", "replace")


@lru_cache(maxsize=16384)
def _quoted(text: str) -> bytes:
    return _bytes(json.dumps(text, ensure_ascii=False))


def event(payload: object) -> bytes:
    """One server-sent event with ``payload`` as JSON."""
    return b"data: " + _bytes(json.dumps(payload, ensure_ascii=False, separators=(",", ":"))) + b"\n\n"


def document(
    status: int, payload: object, headers: dict[str, str], at: float = 0.0, tokens: int = 0
) -> Script:
    """A JSON body sent whole, due at ``at``."""
    data = _bytes(json.dumps(payload, ensure_ascii=False))
    return Script(
        status,
        {"Content-Type": JSON, **headers},
        [Part(at, data, tokens)],
        length=len(data),
        whole=status == 200,
    )


@dataclass(frozen=True)
class Answer:
    """What will be said, and everything around it that the API sends along.

    accepts: the request's ``Accept-Encoding``.
    """

    request: ChatRequest
    pieces: Sequence[str]
    finish: str
    usage: Usage
    pace: Pace
    id: str
    created: int
    headers: dict[str, str]
    model: str = ""
    accepts: str = ""

    @property
    def served_model(self) -> str:
        """The model named in the reply."""
        return self.model or self.request.model

    def script(self) -> Script:
        """The faultless response, streamed or whole as was asked."""
        return self.streamed(self.story()) if self.request.stream else self.whole()

    def streamed(self, parts: Sequence[Part], **changes: Any) -> Script:
        """``parts`` as an event stream."""
        headers = {"Content-Type": SSE, "Cache-Control": "no-cache", **self.headers}
        return Script(headers=headers, parts=parts, stamped=self.pace.stamped, **changes)

    def whole(self) -> Script:
        """The reply as one JSON document, due when its last token would be."""
        at = self.pace.due(len(self.pieces))
        return document(200, self.completion(), self.headers, at, len(self.pieces))

    def completion(self) -> dict[str, Any]:
        """The ``chat.completion`` object."""
        message = {"role": "assistant", "content": "".join(self.pieces), "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.finish}
        return self.object("chat.completion", choices=[choice], usage=self.usage.as_json())

    def story(
        self,
        *,
        due: Callable[[int], float] | None = None,
        finish: str | None = None,
        usage: bool = True,
        done: bool = True,
    ) -> list[Part]:
        """All events in order. The arguments leave some out or time the words otherwise."""
        due = due or self.pace.due
        words = self.words(due)
        last = words[-1].at if words else due(0)
        tail = [self.finished(finish or self.finish)]
        if usage and self.request.include_usage:
            tail.append(self.usage_event(self.usage.as_json()))
        if done:
            tail.append(DONE)
        return [self.role(due(0)), *words, *(Part(last, data) for data in tail)]

    def role(self, at: float) -> Part:
        """The first event: who speaks, and no text yet."""
        return Part(at, self.delta({"role": "assistant", "content": "", "refusal": None}))

    def words(self, due: Callable[[int], float] | None = None) -> list[Part]:
        """One event a token. Only the token's text is serialised; all around it is constant."""
        due = due or self.pace.due
        before, after = self.delta({"content": "\0"}).split(b'"\\u0000"')
        return [
            Part(due(index), b"".join((before, _quoted(piece), after)), 1)
            for index, piece in enumerate(self.pieces)
        ]

    def delta(self, delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
        """An event with one choice."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        if self.request.include_usage:
            more.setdefault("usage", None)
        return event(self.object("chat.completion.chunk", choices=[choice], **more))

    def finished(self, reason: str) -> bytes:
        """The event that says why the reply ended."""
        return self.delta({}, reason)

    def usage_event(self, usage: dict[str, Any] | None) -> bytes:
        """The last event before [DONE]: usage, and no choice."""
        return event(self.object("chat.completion.chunk", choices=[], usage=usage))

    def object(self, kind: str, **fields: Any) -> dict[str, Any]:
        """An object of the API, with what all of this reply's share."""
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.served_model,
            "system_fingerprint": "fp_rehearsal",
            **fields,
        }
