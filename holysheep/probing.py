"""One small real question over one route, to see what it is good for."""

from dataclasses import dataclass

from holysheep.attempt import Outcome, Route, milliseconds
from holysheep.attempts import Attempts, Means, Turn
from holysheep.errors import BadKey, EngineError, Forbidden, NoCredit, UnknownModel
from holysheep.leg import Leg
from holysheep.prices import Model
from holysheep.providers import Key, Provider
from holysheep.request import Request
from holysheep.routes import Candidate

#: What is asked, and how long the answer may be: enough for a word after a thought.
QUESTION = ({"role": "user", "content": "Reply with the single word: ok"},)
LONGEST_ANSWER = 64

_KEY_REFUSED = (BadKey, Forbidden, NoCredit)


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of the question. Milliseconds; None: it did not come so far.

    reachable: somebody answered. price_known: the model that answered is in the price list. error: the kind of what
    went wrong; detail: the provider's words, cleaned.
    """

    provider: str
    key_fingerprint: str
    model: str
    served_model: str | None = None
    reachable: bool = False
    key_accepted: bool | None = None
    model_present: bool | None = None
    streams: bool | None = None
    reports_usage: bool | None = None
    ttft_ms: float | None = None
    latency_ms: float | None = None
    price_known: bool = False
    error: str | None = None
    detail: str = ""


async def probe(means: Means, provider: Provider, key: Key, model: Model) -> Probe:
    """Ask once, with no repeat; a key that is answered is set aside no more."""
    turn = Turn(
        Request(QUESTION, model, temperature=0.0, max_tokens=LONGEST_ANSWER),
        lambda: (Candidate(provider, model),),
    )
    attempts = Attempts(means, turn)
    attempts.by = means.clock() + provider.turn_s
    leg = attempts.start(Route(provider, model, key))
    try:
        await leg.begin()
        while leg.head and await leg.more():
            pass
    finally:
        leg.close()
        attempts.finish(leg)
    return _found(leg, model)


def _found(leg: Leg, model: Model) -> Probe:
    outcome, route = leg.outcome, leg.outcome.route
    error, reader = outcome.error, outcome.reader
    answered = outcome.status is not None or (error is not None and error.status is not None)
    well, spoke = error is None, outcome.first_text is not None
    return Probe(
        provider=route.provider.name,
        key_fingerprint=route.key.fingerprint,
        model=model.id,
        served_model=reader.served_model,
        reachable=answered,
        key_accepted=True if spoke else _key_accepted(error, answered),
        model_present=True if well or spoke else False if isinstance(error, UnknownModel) else None,
        streams=not reader.in_one_piece if well else None,
        reports_usage=reader.usage is not None if well else None,
        ttft_ms=_after(outcome, outcome.first_text),
        latency_ms=_after(outcome, outcome.last_text),
        price_known=route.provider.free or model.price is not None,
        error=error.kind if error else None,
        detail=str(error) if error else "",
    )


def _key_accepted(error: EngineError | None, answered: bool) -> bool | None:
    if isinstance(error, _KEY_REFUSED):
        return False
    return True if error is None or (answered and error.fault != "network") else None


def _after(outcome: Outcome, at: float | None) -> float | None:
    return None if at is None else milliseconds(at - outcome.begun)
