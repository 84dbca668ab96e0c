"""One turn as evidence, and what it is evidence of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache

from holysheep import journal
from holysheep.errors import BadCertificate, EngineError, Moved

ANSWERED = frozenset(("stop", "length", "content_filter"))
#: Ended by the visitor, or by us.
_CALLED_OFF = frozenset(("stopped", "interrupted"))
#: The operator is to be told, but they are the provider's own.
_PROVIDERS_OWN = frozenset((BadCertificate.kind, Moved.kind))


#: A breaker lets somebody look much more often than this.
LEFT_OUT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Turn:
    """A visitor's turn that has ended.

    at: when it ended. ok: its cohort's provider answered it. counted: False: it says nothing about that provider.
    """

    at: datetime
    ok: bool
    counted: bool = True
    ttft_ms: float | None = None
    latency_ms: float | None = None
    cost_usd: Decimal | None = None
    prompt_tokens: int | None = None
    conversation: str = ""


def weigh(
    finish_reason: str, error: str | None, answered_by: str | None, own: str, own_errors: Iterable[str | None]
) -> tuple[bool, bool]:
    """``(ok, counted)`` of a turn.

    own: the provider of the turn's cohort. own_errors: of its attempts that failed or were given up.
    A turn that another provider had to answer is a failure of its own provider, whatever the visitor saw: else a
    provider would look the better, the better we catch its faults. What is ours or the visitor's counts on no side.
    """
    if finish_reason in _CALLED_OFF:
        return False, False
    if finish_reason in ANSWERED and answered_by == own:
        return True, True
    kinds = list(own_errors)
    if answered_by == own and not kinds:
        kinds = [error]
    return False, any(kind not in _ours() for kind in kinds)


def left_out(turns: Sequence[Turn], not_asked: Sequence[bool]) -> list[Turn]:
    """The turns, in the order of their ends, where those that another provider answered at once are weighed, too.

    not_asked: of which no request went to their own provider. While a breaker is open that is so of nearly all: they
    fail with the last turn that was asked of it, if that was not long before. Where its keys were refused they say
    nothing of it, as that turn does not.
    """
    told, last = [], None
    for turn, passed in zip(turns, not_asked, strict=True):
        if not passed:
            last = turn
        elif last is not None and last.counted and not last.ok and turn.at - last.at <= LEFT_OUT:
            turn = replace(turn, counted=True)
        told.append(turn)
    return told


@cache
def _ours() -> frozenset[str]:
    """The kinds of errors that are the operator's or the visitor's fault."""
    kinds = {e.kind for e in _tree(EngineError) if e.fault in ("operator", "visitor")}
    return frozenset(kinds | {journal.OutOfMoney.kind}) - _PROVIDERS_OWN


def _tree(root: type[EngineError]) -> Iterable[type[EngineError]]:
    for child in root.__subclasses__():
        yield child
        yield from _tree(child)
