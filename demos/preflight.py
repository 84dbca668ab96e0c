"""A demo before a call: each of its first questions is asked once, as a visitor's page would ask it.

The provider's connections, and its cache of the demo's facts, are warm after that. The answers are on record, as the
operator's.
"""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from demos.answering import first_model, whole_prompt
from demos.demo import Demo, Language, Starter
from demos.on_record import WHOLE, Question, Tools, ask_on_record, audience_of
from demos.said import model_trouble
from holysheep import Receipt
from holysheep.events import plain
from ledger import ConversationStart, id_on_record

State = Literal["waiting", "asking", "ok", "failed"]


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
    """How far it is. language: whose starters are asked. rehearsal: samples answer, and no model."""

    demo: Demo
    language: Language
    asked: tuple[Asked, ...]
    rehearsal: bool = False

    @property
    def ready(self) -> bool | None:
        """Whether every question was answered; None while some are not asked yet."""
        states = {one.state for one in self.asked}
        return None if states & {"waiting", "asking"} else states == {"ok"}

    def as_dict(self) -> dict[str, object]:
        """For JSON: ``demo, title, language, rows, ready, rehearsal``."""
        demo, rows = self.demo, [one.as_dict() for one in self.asked]
        known = {"demo": demo.name, "title": demo.title, "language": self.language}
        return {**known, "rows": rows, "ready": self.ready, "rehearsal": self.rehearsal}


def starters(demo: Demo, language: Language) -> Sequence[Starter]:
    """The first questions that a reader of that language is offered."""
    return demo.starters.get(language) or demo.starters.get("vi", ())


async def preflight(tools: Tools, demo: Demo, language: Language, author: str) -> AsyncIterator[Preflight]:
    """Ask the demo's starters one after the other; how far it is comes at the start and after each change.

    author: the operator. Raises nothing for an answer that failed: its row says why.
    """
    conversation = id_on_record()
    asked = tuple(Asked(one.label, one.message) for one in starters(demo, language))
    rehearsal = audience_of(tools.engine, _model(tools, demo)) == "rehearsal"
    so_far = Preflight(demo, language, asked, rehearsal)
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
    audience = audience_of(tools.engine, model)
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
        demo = self._demo
        messages = [
            {"role": "system", "content": whole_prompt(demo, self._language, demo.language)},
            {"role": "user", "content": one.question},
        ]
        question = Question(
            one.question,
            messages,
            self._model,
            place,
            demo.version,
            demo.temperature,
            demo.max_tokens,
            demo.stand_in,
        )
        receipt, said = await ask_on_record(self._tools, self._start, question)
        return self._told(one, receipt, said)

    def _told(self, one: Asked, receipt: Receipt, said: str) -> Asked:
        if receipt.finish_reason in WHOLE and said.strip():
            return replace(one, state="ok", answer=said, receipt=receipt)
        kind = receipt.error or (receipt.finish_reason if said.strip() else "empty_reply")
        words = model_trouble(kind, receipt.detail, self._language)
        return replace(one, state="failed", answer=said, error=words, receipt=receipt)
