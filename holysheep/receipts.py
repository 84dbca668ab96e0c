"""From the outcomes of a turn's attempts to its receipt, without I/O."""

from collections.abc import Mapping, Sequence

from holysheep.attempt import Outcome, milliseconds
from holysheep.errors import Silent
from holysheep.events import FinishReason, Receipt
from holysheep.metering import NOTHING, UNKNOWN, Metered, meter, served, total
from holysheep.prices import Model

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
    ended = last.ended if last.ended is not None else now
    flowed = ended - last.first_text if last.first_text is not None else 0.0
    return Receipt(
        provider=last.provider.name,
        model=last.model.id,
        served_model=last.reader.served_model,
        finish_reason=_finish_reason(last),
        ttft_ms=None if last.first_text is None else milliseconds(last.first_text - begun),
        latency_ms=milliseconds(ended - begun),
        tokens_per_second=round(usage.completion / flowed, 1) if usage and flowed > 0 else None,
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
        error=last.error.kind if last.error else None,
        attempts=tuple(o.as_attempt(m, now) for o, m in zip(outcomes, metered, strict=True)),
        computed_cost_usd=mine.computed_usd,
        detail=str(last.error) if last.error else "",
    )


def _meter(outcome: Outcome, messages: Sequence[Mapping[str, str]], models: Sequence[Model]) -> Metered:
    if outcome.status is None or (outcome.reader.usage is None and not outcome.text):
        # Refused, or never answered: nothing was counted, unless the request may have run unseen.
        unseen = isinstance(outcome.error, Silent) or outcome.stopped or outcome.interrupted
        return UNKNOWN if unseen or outcome.status == 200 else NOTHING
    model = served(models, outcome.reader.served_model, outcome.model, outcome.provider)
    return meter(outcome.provider, model, outcome.reader.usage, messages, outcome.text)


def _finish_reason(outcome: Outcome) -> FinishReason:
    if outcome.stopped:
        return "stopped"
    if outcome.interrupted:
        return "interrupted"
    if outcome.error is not None:
        return "cut" if outcome.text else "failed"
    return _FINISHED.get(outcome.reader.finish_reason or "", "stop")
