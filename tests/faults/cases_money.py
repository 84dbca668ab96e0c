"""Rows 91 to 104: usage and money."""

from collections.abc import Iterator
from decimal import Decimal

from case import Also, Case
from drivers import forty_at_once, written_ahead
from families import always, elsewhere, fine
from seen import Seen
from world import PRICE, WELL, World

from emulator.faults.counts import BESIDE, FLOAT_COST
from holysheep.prices import Usage, cost

MARKED = frozenset({"disputed_usage"})


def costs(usd: str) -> Also:
    """To the last digit."""

    def look(seen: Seen, world: World) -> Iterator[str]:
        if seen.receipt.cost_usd != Decimal(usd):
            yield f"costs {seen.receipt.cost_usd}, not {usd}"

    return look


def counted(seen: Seen, world: World) -> Iterator[str]:
    """The tokens are the provider's, and the cost is what the price list makes of them."""
    receipt = seen.receipt
    if receipt.completion_tokens != world.tokens or not receipt.prompt_tokens:
        yield f"{receipt.prompt_tokens} + {receipt.completion_tokens} tokens"
        return
    usage = Usage(receipt.prompt_tokens, receipt.cached_tokens or 0, receipt.completion_tokens)
    if receipt.cost_usd != cost(usage, PRICE):
        yield f"costs {receipt.cost_usd}, not {cost(usage, PRICE)}"


def cached(seen: Seen, world: World) -> Iterator[str]:
    """Half of the prompt at the lower price."""
    if not seen.receipt.cached_tokens:
        yield "no cached token"
    yield from counted(seen, world)


def beside(seen: Seen, world: World) -> Iterator[str]:
    """The cached tokens come on top."""
    receipt = seen.receipt
    usage = Usage(receipt.prompt_tokens or 0, BESIDE, receipt.completion_tokens or 0)
    if receipt.cached_tokens != BESIDE or receipt.cost_usd != cost(usage, PRICE, "beside"):
        yield f"{receipt.cached_tokens} cached tokens, costs {receipt.cost_usd}"


def no_price(seen: Seen, world: World) -> Iterator[str]:
    """Unknown is not zero; the tokens are known all the same."""
    receipt = seen.receipt
    if receipt.cost_usd is not None or receipt.completion_tokens != world.tokens:
        yield f"{receipt.completion_tokens} tokens, costs {receipt.cost_usd}"


def reported_as_is(field: str, value: int) -> Also:
    """The provider's own figure stands."""

    def look(seen: Seen, world: World) -> Iterator[str]:
        got = getattr(seen.receipt, field)
        if got != value:
            yield f"{field} is {got}, not {value}"

    return look


def own_lines(seen: Seen, world: World) -> Iterator[str]:
    """A failed attempt's line never holds what the next one cost."""
    *failed, last = seen.receipt.attempts
    if any(attempt.cost_usd for attempt in failed) or last.cost_usd != seen.receipt.cost_usd:
        yield f"costs {[attempt.cost_usd for attempt in seen.receipt.attempts]}"


CASES: tuple[Case, ...] = (
    Case(91, "well", WELL, also=counted),
    fine(92, "no_usage", usage="estimated", bound="at_least"),
    fine(93, "usage_every_chunk", also=counted),
    fine(94, "usage_split", also=counted),
    fine(95, "usage_null", usage="estimated", bound="at_least"),
    fine(96, "usage_zero", attempts="H1 ok 0", marks=frozenset({"provider_says_0"}), also=costs("0")),
    fine(97, "usage_negative", marks=MARKED, attempts=r"H1 ok [$0?]"),
    fine(97, "usage_wrong_sum", marks=MARKED, also=counted),
    fine(97, "usage_tenfold", marks=MARKED),
    fine(97, "usage_beyond_limit", marks=MARKED, also=reported_as_is("completion_tokens", 3072)),
    fine(98, "cached_inside", also=cached),
    fine(98, "cached_beside", changes={"cached_tokens": "beside"}, also=beside),
    fine(
        99,
        "other_model",
        attempts=r"H1 ok \?",
        bound="unknown",
        marks=frozenset({"other_model"}),
        also=no_price,
    ),
    fine(100, "usage_cost_float", also=costs(str(FLOAT_COST))),
    fine(100, "usage_cost", also=costs("0.000123")),
    elsewhere(
        101,
        "each_its_own_line",
        always("server_error"),
        r"(H1 provider_down [0?](, )?){2,3}",
        bound=None,
        also=own_lines,
    ),
    elsewhere(102, "loser_of_two", always("slow_start"), r"H1 \w+ [?$]", bound="at_least"),
    Case(103, "written_ahead", WELL, drive=written_ahead),
    Case(
        104,
        "forty_at_once",
        WELL,
        attempts=r"H\d ok \$",
        keys=3,
        changes={"key_tokens": 20_000},
        drive=forty_at_once,
    ),
)
