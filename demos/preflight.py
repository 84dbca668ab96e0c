"""A demo before a call: each of its first questions is asked once, as a visitor's page would ask it.

The provider's connections, and its cache of the demo's facts, are warm after that. The answers are on record, as the
operator's.
"""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from demos.answering import first_model, whole_prompt
from demos.demo import Demo, Language, Starter
from demos.said import model_trouble
from holysheep import Delta, Engine, EngineError, Receipt, ReplyStream
from holysheep.events import plain
from holysheep.tokens import estimate_messages
from holysheep.worst import most_usd
from ledger import (
    Audience,
    Books,
    ConversationStart,
    MessageStart,
    TurnEntry,
    TurnStart,
    id_on_record,
)

State = Literal["waiting", "asking", "ok", "failed"]
#: How a reply that can be shown ends.
_WHOLE = ("stop", "length")


@dataclass(frozen=True)
class Tools:
    """What it takes to ask on record. default_model: the price list's own."""

    engine: Engine
    books: Books
    default_model: str


@dataclass(frozen=True)
class Asked:
    """One question and what became of it. error: in words, for whoever asked."""

    label: str
    question: str
    state: State = "waiting"
    answer: str = ""
    error: str | None = None
    receipt: Receipt | None = None

    def as_dict(self) -> dict[str, object]:
        """For JSON: ``label, question, state, ttft_ms, latency_ms, cost_usd, answer, error``."""
        receipt = self.receipt
        cost = receipt.cost_usd if receipt else None
        return {
            "label": self.label,
            "question": self.question,
            "state": self.state,
            "ttft_ms": receipt.ttft_ms if receipt else None,
            "latency_ms": receipt.latency_ms if receipt else None,
            "cost_usd": None if cost is None else plain(cost),
            "answer": self.answer,
            "error": self.error,
        }


@dataclass(frozen=True)
class Preflight:
    """How far it is. language: whose starters are asked."""

    demo: Demo
    language: Language
    asked: tuple[Asked, ...]

    @property
    def ready(self) -> bool | None:
        """Whether every question was answered; None while some are not asked yet."""
        states = {one.state for one in self.asked}
        return None if states & {"waiting", "asking"} else states == {"ok"}

    def as_dict(self) -> dict[str, object]:
        """For JSON: ``demo, title, language, rows, ready``."""
        demo, rows = self.demo, [one.as_dict() for one in self.asked]
        known = {"demo": demo.name, "title": demo.title, "language": self.language}
        return {**known, "rows": rows, "ready": self.ready}


def starters(demo: Demo, language: Language) -> Sequence[Starter]:
    """The first questions that a reader of that language is offered."""
    return demo.starters.get(language) or demo.starters.get("vi", ())


async def preflight(tools: Tools, demo: Demo, language: Language, author: str) -> AsyncIterator[Preflight]:
    """Ask the demo's starters one after the other; how far it is comes at the start and after each change.

    author: the operator. Raises nothing for an answer that failed: its row says why.
    """
    conversation = id_on_record()
    asked = tuple(Asked(one.label, one.message) for one in starters(demo, language))
    so_far = Preflight(demo, language, asked)
    for place, one in enumerate(so_far.asked):
        so_far = _with(so_far, place, replace(one, state="asking"))
        yield so_far
        turn = _Turn(tools, demo, language, _start(tools, demo, language, author, conversation))
        so_far = _with(so_far, place, await turn.ask(place, one))
        yield so_far


def _with(so_far: Preflight, place: int, one: Asked) -> Preflight:
    return replace(so_far, asked=(*so_far.asked[:place], one, *so_far.asked[place + 1 :]))


def _start(tools: Tools, demo: Demo, language: Language, author: str, conversation: str) -> ConversationStart:
    model = _model(tools, demo)
    route = tools.engine.models.get(model)
    audience: Audience = "rehearsal" if route and route.provider == "rehearsal" else "operator"
    # Nobody's page comes back to it: it would stand among the operator's own.
    owner = hashlib.sha256(f"preflight {author}".encode()).hexdigest()
    return ConversationStart(conversation, owner, audience, demo.name, language, choices={"model": model})


def _model(tools: Tools, demo: Demo) -> str:
    offered = [name for name in demo.models if name in tools.engine.models] or list(tools.engine.models)
    return first_model(demo, offered, tools.default_model)


class _Turn:
    """One question, in no conversation with those before it."""

    def __init__(self, tools: Tools, demo: Demo, language: Language, start: ConversationStart) -> None:
        self._tools = tools
        self._demo = demo
        self._language = language
        self._start = start
        self._model = _model(tools, demo)

    async def ask(self, place: int, one: Asked) -> Asked:
        """The question with its answer, or with what went wrong; settled in the books by then."""
        demo, engine, said = self._demo, self._tools.engine, ""
        messages = [
            {"role": "system", "content": whole_prompt(demo, self._language, demo.language)},
            {"role": "user", "content": one.question},
        ]
        entry = self._open(place, one.question, messages)
        receipt = Receipt("none", self._model, "failed", 0.0, error="failed")
        stream: ReplyStream | None = None
        try:
            stream = engine.stream(
                messages,
                model=self._model,
                temperature=demo.temperature,
                max_tokens=demo.max_tokens,
                journal=entry,
            )
            async for event in stream:
                if isinstance(event, Delta):
                    said += event.text
        except EngineError as error:
            receipt = replace(receipt, error=error.kind, detail=str(error))
        finally:
            if stream is not None:
                await stream.aclose()
                receipt = stream.receipt or receipt
            settled = entry.settle(receipt, said)
        await settled
        return self._told(one, receipt, said)

    def _told(self, one: Asked, receipt: Receipt, said: str) -> Asked:
        if receipt.finish_reason in _WHOLE and said.strip():
            return replace(one, state="ok", answer=said, receipt=receipt)
        kind = receipt.error or (receipt.finish_reason if said.strip() else "empty_reply")
        words = model_trouble(kind, receipt.detail, self._language)
        return replace(one, state="failed", answer=said, error=words, receipt=receipt)

    def _open(self, place: int, question: str, messages: list[dict[str, str]]) -> TurnEntry:
        start, demo, turn = self._start, self._demo, id_on_record()
        books, engine = self._tools.books, self._tools.engine
        # Its turn waits in the same line: where nothing takes the message, nothing takes the attempt.
        books.take(MessageStart(turn, id_on_record(), start.id, place, question), start)
        model = engine.models.get(self._model)
        provider = engine.providers.get(model.provider) if model else None
        most = most_usd(model, provider, messages, demo.max_tokens) if model and provider else Decimal(0)
        return books.open_turn(
            TurnStart(
                turn,
                start.id,
                demo.name,
                demo.version,
                self._model,
                start.audience,
                most_usd=most,
                prompt_tokens=estimate_messages(messages),
            )
        )
