"""From the outcomes of a turn's attempts to its receipt, without I/O."""

from collections.abc import Mapping, Sequence

from holysheep.attempt import Outcome, milliseconds
from holysheep.events import FinishReason, Receipt
from holysheep.metering import NOTHING, UNKNOWN, Metered, meter, served, total
from holysheep.prices import Model, Usage

_FINISHED: Mapping[str, FinishReason] = {"length": "length", "content_filter": "content_filter"}


def settle(
    outcomes: Sequence[Outcome],
    messages: Sequence[Mapping[str, str]],
    models: Sequence[Model],
    begun: float,
    now: float,
) -> Receipt:
    """The receipt of a turn that began at ``begun`` and whose last attempt is ``outcomes[-1]``."""
    last = outcomes[-1]
    metered = [_meter(outcome, messages, models) for outcome in outcomes]
    spent, bound = total(metered)
    usage, mine = metered[-1].usage, metered[-1]
    error = None if last.ended_by else last.error
    return Receipt(
        provider=last.provider.name,
        model=last.model.id,
        served_model=last.reader.served_model,
        finish_reason=_finish_reason(last),
        ttft_ms=None if last.first_text is None else milliseconds(last.first_text - begun),
        latency_ms=milliseconds((last.last_text or now) - begun),
        tokens_per_second=_pace(last, usage),
        prompt_tokens=usage.prompt if usage else None,
        cached_tokens=usage.cached if usage else None,
        completion_tokens=usage.completion if usage else None,
        reasoning_tokens=usage.reasoning if usage else None,
        total_tokens=usage.total(last.provider.cached_tokens) if usage else None,
        usage_source=mine.source,
        cost_usd=spent,
        cost_bound=bound,
        price_version=mine.price_version,
        request_id=last.request_id or (last.error.request_id if last.error else None),
        error=error.kind if error else None,
        attempts=tuple(o.as_attempt(m, now) for o, m in zip(outcomes, metered, strict=True) if o.sent),
        computed_cost_usd=mine.computed_usd,
        detail=str(error) if error else "",
    )


def _meter(outcome: Outcome, messages: Sequence[Mapping[str, str]], models: Sequence[Model]) -> Metered:
    reader, provider = outcome.reader, outcome.provider
    if reader.usage is None and not outcome.text:
        unseen = outcome.sent and (outcome.error is None or outcome.error.ran)
        return UNKNOWN if unseen and not provider.free else NOTHING
    model = served(models, reader.served_model, outcome.model, provider)
    return meter(provider, model, reader.usage, messages, outcome.text, reader.whole)


def _pace(outcome: Outcome, usage: Usage | None) -> float | None:
    """Visible tokens a second; None where all came at once."""
    if usage is None or outcome.first_text is None or outcome.last_text is None:
        return None
    flowed = outcome.last_text - outcome.first_text
    return round((usage.completion - usage.reasoning) / flowed, 1) if flowed > 0 else None


def _finish_reason(outcome: Outcome) -> FinishReason:
    if outcome.ended_by:
        return outcome.ended_by
    if outcome.error is not None:
        return "cut" if outcome.text else "failed"
    return _FINISHED.get(outcome.reader.finish_reason or "", "stop")
