"""Rows 28 to 34, 44 and 45: every kind of 429, and the keys that rest."""

from collections.abc import Iterator
from datetime import timedelta

from case import Also, Case
from cases_statuses import states
from drivers import flapping
from families import alone, always, elsewhere, mended, times
from seen import Seen
from world import WELL, Play, World

LIMIT = "H1 rate_limited 0"


def told_to_wait(seconds: float) -> Also:
    """The visitor was told of a wait of so many seconds."""

    def look(seen: Seen, world: World) -> Iterator[str]:
        if not any(abs(wait - seconds) < 0.01 for wait in seen.waits):
            yield f"must tell of {seconds} s, told of {seen.waits}"

    return look


def rests(seconds: float) -> Also:
    """The first key rests for so long, and the receipt says until when if nobody answered."""

    def look(seen: Seen, world: World) -> Iterator[str]:
        key = world.ring()[0]
        if key["state"] != "resting":
            yield f"the key is {key['state']}"
        until = seen.receipt.until
        if seen.receipt.error:
            if until is None:
                yield "nobody says until when"
            elif abs(until - world.now() - timedelta(seconds=seconds - 0.5)) > timedelta(seconds=1.5):
                yield f"rests until {until}, now is {world.now()}"

    return look


def few_calls(seen: Seen, world: World) -> Iterator[str]:
    """Not more than four requests in three seconds over the whole ring."""
    at = [request.started_at for request in world.emus["holysheep"].requests]
    most = max(sum(begun <= other < begun + 3 for other in at) for begun in at)
    if most > 4:
        yield f"{most} requests within 3 s"


CASES: tuple[Case, ...] = (
    mended(28, "rate_limited_short", LIMIT, gaps=((4.0, 5.0),), also=told_to_wait(4.0)),
    Case(
        28,
        "rate_limited_short",
        times("rate_limited_short"),
        None,
        rf"{LIMIT}, H2 ok \$",
        keys=2,
        gaps=((0.0, 0.0),),
        also=states("resting", "ready"),
    ),
    elsewhere(28, "rate_limited_long", always("rate_limited_long"), LIMIT, gaps=((0.0, 0.0),)),
    alone(
        28,
        "rate_limited_long",
        always("rate_limited_long"),
        LIMIT,
        "all_busy",
        took=(0.0, 0.5),
        also=rests(120),
    ),
    mended(29, "rate_limited_date", LIMIT, gaps=((3.0, 5.0),)),
    mended(30, "rate_limited_ms", LIMIT, gaps=((2.5, 3.0),), also=told_to_wait(2.5)),
    mended(30, "rate_limited_ms_azure", LIMIT, gaps=((2.5, 3.0),)),
    mended(31, "rate_limited_reset_ms", LIMIT, gaps=((0.9, 2.0),)),
    Case(
        31,
        "rate_limited_reset",
        times("rate_limited_reset"),
        None,
        rf"{LIMIT}, H2 ok \$",
        keys=2,
        gaps=((0.0, 0.0),),
        also=rests(360),
    ),
    alone(31, "rate_limited_reset", always("rate_limited_reset"), LIMIT, "all_busy", also=rests(360)),
    mended(32, "rate_limited_bare", LIMIT, gaps=((0.5, 2.0),)),
    elsewhere(
        32,
        "rate_limited_bare",
        always("rate_limited_bare"),
        r"(H\d rate_limited 0(, )?){1,6}",
        keys=3,
        also=few_calls,
    ),
    *(
        case
        for name in ("no_quota", "balance_exhausted", "spend_limit", "organization_limit", "quota_in_words")
        for case in (
            elsewhere(33, name, always(name), "H1 no_credit 0", gaps=((0.0, 0.0),), also=states("out")),
            alone(33, name, always(name), "H1 no_credit 0", "no_credit", took=(0.0, 0.5)),
        )
    ),
    Case(
        33,
        "no_quota",
        times("no_quota"),
        None,
        r"H1 no_credit 0, H2 ok \$",
        keys=2,
        gaps=((0.0, 0.0),),
        also=states("out", "ready"),
    ),
    *(
        mended(34, f"retry_after_{name}", LIMIT, gaps=((0.5, 2.0),))
        for name in ("zero", "negative", "word", "nan", "infinite")
    ),
    elsewhere(
        34, "retry_after_day", always("retry_after_day"), LIMIT, gaps=((0.0, 0.0),), also=rests(86_400)
    ),
    Case(44, "flapping", Play("server_error", seconds=60), WELL, attempts=r"H1 ok \$", drive=flapping),
    Case(
        45,
        "all_keys_rest",
        times("rate_limited_short", 3),
        None,
        r"H1 rate_limited 0, H2 rate_limited 0, H3 rate_limited 0, H\d ok \$",
        keys=3,
        took=(4.2, 6.0),
    ),
    alone(
        45,
        "all_keys_rest",
        always("rate_limited_long"),
        r"H1 rate_limited 0, H2 rate_limited 0, H3 rate_limited 0",
        "all_busy",
        keys=3,
        took=(0.0, 4.0),
        also=rests(120),
    ),
    alone(
        45,
        "all_keys_rest",
        always("rate_limited_long"),
        "H1 rate_limited 0, O1 rate_limited 0",
        "all_busy",
        second=Play("rate_limited_long"),
        also=rests(120),
    ),
    elsewhere(
        45,
        "all_keys_rest",
        always("rate_limited_long"),
        r"H1 rate_limited 0, H2 rate_limited 0, H3 rate_limited 0",
        keys=3,
    ),
)
