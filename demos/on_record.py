"""One question to a model, on record: it stands in the books before it is asked, and its cost when it ends."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from holysheep import Delta, Engine, EngineError, Receipt, ReplyStream, Restarted
from holysheep.tokens import estimate_messages
from ledger import (
    Audience,
    Books,
    ConversationStart,
    MessageStart,
    TurnEntry,
    TurnStart,
    id_on_record,
)

#: How a reply that can be used ends.
WHOLE = ("stop", "length")


@dataclass(frozen=True)
class Tools:
    """What it takes to ask on record. default_model: the price list's own."""

    engine: Engine
    books: Books
    default_model: str


@dataclass(frozen=True)
class Question:
    """What is asked. text: as the books keep it. position: from 0 in its conversation. demo_version: 0 before there is
    one."""

    text: str
    messages: Sequence[dict[str, str]]
    model: str
    position: int = 0
    demo_version: int = 0
    temperature: float = 0.7
    max_tokens: int = 1024
    stand_in: bool = True


def audience_of(engine: Engine, model: str) -> Audience:
    """Whose turn it is that an operator's command asks."""
    return "rehearsal" if engine.rehearses(model) else "operator"


async def ask_on_record(tools: Tools, start: ConversationStart, question: Question) -> tuple[Receipt, str]:
    """The receipt and what was said, settled in the books by then. What goes wrong is in the receipt."""
    said, entry = "", _open(tools, start, question)
    receipt = Receipt("none", question.model, "failed", 0.0, error="failed")
    stream: ReplyStream | None = None
    try:
        stream = tools.engine.stream(
            question.messages,
            model=question.model,
            temperature=question.temperature,
            max_tokens=question.max_tokens,
            journal=entry,
            stand_in=question.stand_in,
        )
        async for event in stream:
            if isinstance(event, Delta):
                said += event.text
            elif isinstance(event, Restarted):
                said = ""
    except EngineError as error:
        receipt = replace(receipt, error=error.kind, detail=str(error))
    finally:
        if stream is not None:
            await stream.aclose()
            receipt = stream.receipt or receipt
        settled = entry.settle(receipt, said)
    await settled
    return receipt, said


def _open(tools: Tools, start: ConversationStart, question: Question) -> TurnEntry:
    turn, engine, messages = id_on_record(), tools.engine, question.messages
    # Its turn waits in the same line: where nothing takes the message, nothing takes the attempt.
    tools.books.take(MessageStart(turn, id_on_record(), start.id, question.position, question.text), start)
    most = engine.most_usd(messages, question.model, question.max_tokens)
    return tools.books.open_turn(
        TurnStart(
            turn,
            start.id,
            start.demo,
            question.demo_version,
            question.model,
            start.audience,
            most_usd=most,
            prompt_tokens=estimate_messages(messages),
        )
    )
