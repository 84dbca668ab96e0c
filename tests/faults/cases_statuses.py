"""Rows 14 to 27 and 36 to 43: what other statuses than 200 and 429 stand for."""

from collections.abc import Iterator

from case import Also, Case
from drivers import incident, looked_at, other_model_goes_on, stampede
from families import alone, always, elsewhere, ends, mended, times
from seen import Seen
from world import WELL, Play, World

DOWN = r"H1 provider_down [0?](, H1 provider_down [0?]){1,2}"
"""Once or twice more, with backoff."""


def smaller(seen: Seen, world: World) -> Iterator[str]:
    """The second request was strictly smaller than the first, and the newest question was in it."""
    first, second = (request.messages for request in world.emus["holysheep"].requests[-2:])
    if not len(second) < len(first) or second[-1] != first[-1] or second[0] != first[0]:
        yield f"of {len(first)} messages {len(second)} were sent again"


def without(field: str) -> Also:
    """The second request had no such field, and the next turn's first one neither."""

    def look(seen: Seen, world: World) -> Iterator[str]:
        had = [field in request.fields for request in world.emus["holysheep"].requests]
        if had != [True, False, False]:
            yield f"{field} was sent: {had}"

    return look


def states(*must: str) -> Also:
    """The keys are so, as status tells it."""

    def look(seen: Seen, world: World) -> Iterator[str]:
        got = tuple(key["state"] for key in world.ring())
        if got != must:
            yield f"the keys must be {must}, are {got}"

    return look


def nothing_foreign(seen: Seen, world: World) -> Iterator[str]:
    """No page is shown, or kept beyond a line for the log."""
    if "<html" in seen.text or len(seen.receipt.detail) > 200:
        yield f"detail is {seen.receipt.detail!r}"


SHAPES = (
    "text",
    "message",
    "detail",
    "list",
    "blank",
    "null",
    "code_number",
    "code_digits",
    "not_json",
    "nothing",
)
ADDRESS = "(wrong_address|not_a_provider)"
LIMITED = "context_too_long"

CASES: tuple[Case, ...] = (
    Case(
        14,
        "small_window",
        always("small_window"),
        None,
        rf"H1 {LIMITED} 0, H1 ok \$",
        long=True,
        notes=frozenset({"shortened"}),
        also=smaller,
    ),
    alone(14, LIMITED, always(LIMITED), f"H1 {LIMITED} 0, H1 {LIMITED} 0", LIMITED, long=True, also=smaller),
    alone(14, LIMITED, always(LIMITED), f"H1 {LIMITED} 0", LIMITED),
    ends(15, "content_filter", always("content_filter"), "H1 content_filter 0", "content_filter", keys=2),
    *(
        Case(
            16,
            f"no_{field}",
            always(f"no_{field}"),
            None,
            turns=2,
            usage="estimated" if field == "stream_options" else "reported",
            bound="at_least" if field == "stream_options" else "exact",
            also=without(field),
        )
        for field in ("stream_options", "max_tokens", "temperature")
    ),
    alone(16, "bad_parameter", always("bad_parameter"), "H1 bad_request 0, H1 bad_request 0", "bad_request"),
    elsewhere(
        17,
        "unknown_model",
        always("unknown_model"),
        "H1 unknown_model 0",
        keys=2,
        also=states("ready", "ready"),
    ),
    elsewhere(17, "bad_model", always("bad_model"), "H1 unknown_model 0", keys=2),
    alone(17, "unknown_model", always("unknown_model"), "H1 unknown_model 0", "unknown_model"),
    Case(17, "unknown_model", times("unknown_model", 5), WELL, drive=other_model_goes_on),
    Case(
        18,
        "bad_key",
        times("bad_key"),
        None,
        r"H1 bad_key 0, H2 ok \$",
        keys=2,
        gaps=((0.0, 0.0),),
        also=states("out", "ready"),
    ),
    Case(18, "bad_key", times("bad_key"), None, r"H2 ok \$", keys=2, turns=2),
    elsewhere(
        18,
        "bad_key",
        always("bad_key"),
        "H1 bad_key 0, H2 bad_key 0, H3 bad_key 0",
        keys=3,
        took=(0.2, 0.3),
        also=states("resting", "resting", "resting"),
    ),
    Case(18, "bad_key", times("bad_key"), None, keys=2, drive=looked_at),
    Case(18, "bad_key", times("bad_key", 3), WELL, keys=3, drive=incident),
    alone(18, "bad_key", always("bad_key"), "H1 bad_key 0", "bad_key"),
    Case(
        19,
        "no_credit",
        times("no_credit"),
        None,
        r"H1 no_credit 0, H2 ok \$",
        keys=2,
        gaps=((0.0, 0.0),),
        also=states("out", "ready"),
    ),
    elsewhere(19, "no_credit", always("no_credit"), "H1 no_credit 0"),
    alone(19, "no_credit", always("no_credit"), "H1 no_credit 0", "no_credit"),
    mended(20, "no_credit_for_now", r"H1 \w+ 0", gaps=((3.0, 5.0),), also=states("ready")),
    elsewhere(21, "forbidden", always("forbidden"), "H1 forbidden 0, H2 forbidden 0", keys=2),
    elsewhere(21, "region_blocked", always("region_blocked"), "H1 forbidden 0, H2 forbidden 0", keys=2),
    ends(21, "moderated", always("moderated"), "H1 content_filter 0", "content_filter", keys=2),
    elsewhere(
        22, "waf_page", always("waf_page"), "H1 not_a_provider 0", keys=2, also=states("ready", "ready")
    ),
    alone(23, "wrong_path", always("wrong_path"), f"H1 {ADDRESS} 0", ADDRESS, keys=2),
    alone(
        23, "wrong_path_detail", always("wrong_path_detail"), "H1 wrong_address 0", "wrong_address", keys=2
    ),
    mended(24, "timeout_408", r"H1 \w+ [0?]", gaps=((0.1, 2.0),), bound=None),
    elsewhere(24, "timeout_408", always("timeout_408"), r"H1 (\w+) [0?], H1 \1 [0?]", bound=None),
    mended(25, "conflict", r"H1 \w+ 0, H1 \w+ 0", 2, gaps=((0.1, 2.0), (0.1, 4.0))),
    alone(
        26,
        "too_large",
        always("too_large"),
        f"H1 {LIMITED} 0, H1 {LIMITED} 0",
        LIMITED,
        long=True,
        also=smaller,
    ),
    ends(27, "unprocessable", always("unprocessable"), "H1 bad_request 0", "bad_request", keys=2),
    mended(35, "should_retry", "H1 bad_request 0"),
    alone(35, "should_not_retry", always("should_not_retry"), "H1 provider_down 0", "provider_down"),
    elsewhere(36, "server_error", always("server_error"), DOWN, gaps=((0.1, 2.0),), bound=None),
    ends(
        36,
        "server_error",
        always("server_error"),
        r"(H1 provider_down [0?], ){2}O1 bad_key 0(, H1 provider_down [0?]){0,2}",
        "provider_down",
        second=Play("bad_key"),
        bound=None,
    ),
    elsewhere(
        36,
        "server_error",
        always("server_error"),
        r"H1 provider_down 0(, H1 provider_down 0)?",
        drive=stampede,
    ),
    mended(36, "server_error", "H1 provider_down [0?]", gaps=((0.1, 2.0),), bound=None),
    elsewhere(37, "bad_gateway", always("bad_gateway"), DOWN, bound=None, also=nothing_foreign),
    alone(
        37,
        "bad_gateway",
        always("bad_gateway"),
        r"H1 provider_down [0?](, H1 provider_down [0?]){1,3}",
        "provider_down",
        bound=None,
        also=nothing_foreign,
    ),
    mended(38, "unavailable_short", r"H1 \w+ 0", gaps=((3.0, 5.0),)),
    elsewhere(38, "unavailable_long", always("unavailable_long"), r"H1 \w+ 0", took=(0.2, 0.3)),
    elsewhere(39, "unavailable", always("unavailable"), "H1 overloaded 0", gaps=((0.0, 0.0),)),
    alone(39, "unavailable", always("unavailable"), r"H1 overloaded 0(, H1 overloaded 0){0,3}", "overloaded"),
    elsewhere(
        40, "timeout_504", always("timeout_504"), r"H1 silent \?", gaps=((0.0, 0.0),), bound="at_least"
    ),
    alone(40, "timeout_504", always("timeout_504"), r"H1 silent \?", "silent", bound="unknown"),
    elsewhere(41, "overloaded", always("overloaded"), "H1 overloaded 0"),
    mended(41, "overloaded", "H1 overloaded 0", gaps=((0.1, 2.0),)),
    *(
        elsewhere(42, f"origin_{code}", always(f"origin_{code}"), DOWN, bound=None, also=nothing_foreign)
        for code in (520, 521, 522, 523, 525, 526)
    ),
    elsewhere(42, "origin_524", always("origin_524"), r"H1 (silent|provider_down) \?.*", bound=None),
    *(
        elsewhere(43, f"error_{name}", always(f"error_{name}"), DOWN, bound=None, also=nothing_foreign)
        for name in SHAPES
    ),
)
