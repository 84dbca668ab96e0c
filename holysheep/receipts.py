"""From the outcomes of a turn's attempts to its receipt, without I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from holysheep.attempt import Outcome, milliseconds
from holysheep.chunks import PROVEN, ReplyReader
from holysheep.errors import EngineError
from holysheep.events import FinishReason, Mark, Receipt
from holysheep.metering import NOTHING, UNKNOWN, Metered, is_disputed, meter, served, total
from holysheep.prices import Model, Usage
from holysheep.request import Request
from holysheep.tokens import Count

_FINISHED: Mapping[str, FinishReason] = {"length": "length", "content_filter": "content_filter"}


@dataclass(frozen=True, slots=True)
class Settled:
    """A turn that has ended. outcomes: of all attempts, in the order they began; shown: the one whose text stands.

    begun, now: seconds on the engine's clock. first_text: when the visitor read the first word; None: never.
    error: what ended it. cohort: of the canary. until: when another try can help. count: tokens of a text, where nobody
    reported them.
    """

    outcomes: Sequence[Outcome]
    shown: Outcome
    request: Request
    models: Mapping[str, Model]
    begun: float
    now: float
    count: Count
    first_text: float | None = None
    error: EngineError | None = None
    cohort: str | None = None
    until: datetime | None = None


def settle(turn: Settled) -> Receipt:
    """The receipt of a turn."""
    shown = turn.shown
    metered = [_meter(outcome, turn) for outcome in turn.outcomes]
    spent, bound = total(metered)
    mine = next((m for o, m in zip(turn.outcomes, metered, strict=True) if o is shown), NOTHING)
    usage, error = mine.usage, None if shown.ended_by else turn.error or shown.error
    attempts = (o.as_attempt(m, turn.now) for o, m in zip(turn.outcomes, metered, strict=True) if o.sent)
    return Receipt(
        provider=shown.route.provider.name,
        model=turn.request.model.id,
        served_model=_served_name(shown, turn),
        cohort=turn.cohort,
        finish_reason=_finish_reason(shown, error),
        ttft_ms=None if turn.first_text is None else milliseconds(turn.first_text - turn.begun),
        latency_ms=milliseconds((shown.last_text or turn.now) - turn.begun),
        tokens_per_second=_pace(shown, usage),
        prompt_tokens=usage.prompt if usage else None,
        cached_tokens=usage.cached if usage else None,
        completion_tokens=usage.completion if usage else None,
        reasoning_tokens=usage.reasoning if usage else None,
        total_tokens=usage.total(shown.route.provider.cached_tokens) if usage else None,
        usage_source=mine.source,
        cost_usd=spent,
        cost_bound=bound,
        price_version=mine.price_version,
        request_id=shown.request_id or (shown.error.request_id if shown.error else None),
        error=error.kind if error else None,
        attempts=tuple(attempts),
        computed_cost_usd=mine.computed_usd,
        detail=str(error) if error else "",
        marks=_marks(shown, turn),
        until=turn.until,
    )


def tokens_used(outcome: Outcome, count: Count) -> int:
    """What a key's count grows by: as reported or as reckoned, whichever is more; 0 where nothing ran."""
    reader = outcome.reader
    if not outcome.sent or (outcome.error is not None and not outcome.error.ran and not outcome.pieces):
        return 0
    reckoned = outcome.prompt_tokens + (
        count(outcome.text) if reader.usage is None or _says_0(outcome) else 0
    )
    reported = reader.usage.total(outcome.route.provider.cached_tokens) if reader.usage else 0
    return reported if reported and not _says_0(outcome) else max(reckoned, reported)


def _served_name(outcome: Outcome, turn: Settled) -> str | None:
    """What answered, by the provider's own name, or by ours where it gave none and another model stood in."""
    if outcome.reader.served_model or not outcome.reader.events:
        return outcome.reader.served_model
    return None if outcome.route.model.id == turn.request.model.id else outcome.route.model.id


def _meter(outcome: Outcome, turn: Settled) -> Metered:
    reader, route = outcome.reader, outcome.route
    if reader.usage is None and not outcome.pieces:
        unseen = outcome.sent and (outcome.error is None or outcome.error.ran)
        return UNKNOWN if unseen and not route.provider.free else NOTHING
    model = served(turn.models.values(), reader.served_model, route.model, route.provider)
    estimate = Usage(prompt=outcome.prompt_tokens, completion=turn.count(outcome.text))
    return meter(route.provider, model, reader.usage, estimate, reader.whole)


def _marks(outcome: Outcome, turn: Settled) -> tuple[Mark, ...]:
    reader, route = outcome.reader, outcome.route
    answered = served(turn.models.values(), reader.served_model, route.model, route.provider)
    found: dict[Mark, bool] = {
        "skipped_chunks": reader.bad_chunks > 0 and bool(outcome.pieces),
        "unproven_end": bool(outcome.pieces) and reader.whole and not _is_proven(reader),
        "not_streamed": reader.in_one_piece and bool(outcome.pieces),
        "provider_says_0": _says_0(outcome),
        "disputed_usage": _is_disputed(outcome, turn),
        "tool_calls": reader.tool_calls,
        "other_model": bool(reader.events) and (answered is None or answered.id != turn.request.model.id),
    }
    return tuple(mark for mark, holds in found.items() if holds)


def _is_proven(reader: ReplyReader) -> bool:
    """Whether it said why it ended, in a word that is known; a document in one piece need not."""
    return reader.finish_reason in PROVEN or (reader.in_one_piece and reader.finish_reason is None)


def _says_0(outcome: Outcome) -> bool:
    usage = outcome.reader.usage
    return usage is not None and not (usage.completion or outcome.reader.disputed) and bool(outcome.pieces)


def _is_disputed(outcome: Outcome, turn: Settled) -> bool:
    usage = outcome.reader.usage
    if usage is None or _says_0(outcome):
        return outcome.reader.disputed
    if not is_disputed(usage, outcome.prompt_tokens, turn.request.max_tokens):
        return outcome.reader.disputed
    reckoned = outcome.prompt_tokens + turn.count(outcome.text)
    return outcome.reader.disputed or is_disputed(usage, reckoned, turn.request.max_tokens)


def _pace(outcome: Outcome, usage: Usage | None) -> float | None:
    """Visible tokens a second; None where all came at once."""
    if usage is None or outcome.first_text is None or outcome.last_text is None:
        return None
    flowed = outcome.last_text - outcome.first_text
    return round((usage.completion - usage.reasoning) / flowed, 1) if flowed > 0 else None


def _finish_reason(outcome: Outcome, error: EngineError | None) -> FinishReason:
    if outcome.ended_by:
        return outcome.ended_by
    if error is not None:
        return "cut" if outcome.pieces else "failed"
    return _FINISHED.get(outcome.reader.finish_reason or "", "stop")
