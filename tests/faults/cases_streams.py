"""Rows 46 to 67: a 200, and then."""

from collections.abc import Iterator

from case import Case
from cases_statuses import DOWN, states
from families import alone, always, elsewhere, fine, kept, replaced, times
from seen import Seen
from world import WELL, Play, World

LOSER = r"H1 \w+ [?$]"
"""A request that went on beside another one, which was faster: what it cost nobody knows, or it was estimated."""


def no_secret(seen: Seen, world: World) -> Iterator[str]:
    """Nothing of what belongs to somebody else."""
    if "secret" in repr(seen.timed):
        yield "somebody else's text came through"


def left_alone(seen: Seen, world: World) -> Iterator[str]:
    """A second turn goes well, on another connection."""
    requests = world.emus["holysheep"].requests
    if requests[-1].connection == requests[-2].connection:
        yield "the connection was used again"


def first_two(*parts: str) -> frozenset[str]:
    """Kinds of notices."""
    return frozenset(parts)


CASES: tuple[Case, ...] = (
    fine(46, "json_200", marks=frozenset({"not_streamed"})),
    fine(46, "stream_as_text"),
    fine(46, "stream_untyped"),
    Case(47, "limited_200", times("limited_200"), None, r"H1 rate_limited 0, H2 ok \$", keys=2),
    Case(
        47,
        "bad_key_200",
        times("bad_key_200"),
        None,
        r"H1 bad_key 0, H2 ok \$",
        keys=2,
        also=states("out", "ready"),
    ),
    elsewhere(
        48, "html_200", always("html_200"), "H1 not_a_provider 0", keys=2, also=states("ready", "ready")
    ),
    Case(49, "error_first", times("error_first"), None, r"H1 rate_limited 0, H2 ok \$", keys=2),
    Case(
        49,
        "bad_key_first",
        times("bad_key_first"),
        None,
        r"H1 bad_key 0, H2 ok \$",
        keys=2,
        gaps=((0.2, 0.2),),
        also=states("out", "ready"),
    ),
    elsewhere(50, "error_after_role", always("error_after_role"), DOWN, bound=None),
    elsewhere(50, "cut_before_text", always("cut_before_text"), r"H1 cut \?, H1 cut \?", bound="at_least"),
    elsewhere(51, "empty", always("empty"), r"H1 empty_reply \?, H1 empty_reply \?", bound="at_least"),
    alone(
        51, "empty", always("empty"), r"H1 empty_reply \?, H1 empty_reply \?", "empty_reply", bound="unknown"
    ),
    *(
        elsewhere(51, name, always(name), r"(H1 \w+ [0?](, )?){1,2}", bound=None)
        for name in ("empty_json_200", "no_content_204")
    ),
    Case(
        52,
        "thoughts_only",
        always("thoughts_only"),
        WELL,
        r"H1 thought_only \$",
        shown="",
        text="empty",
        finish="failed",
        error="thought_only",
    ),
    elsewhere(52, "empty_stop", always("empty_stop"), r"H1 empty_reply \$"),
    alone(52, "empty_stop", always("empty_stop"), r"H1 empty_reply \$", "empty_reply", usage="reported"),
    *(
        case
        for name in ("silent", "no_headers")
        for case in (
            elsewhere(
                53, name, always(name), LOSER, gaps=((12.0, 12.1),), took=(12.2, 12.4), bound="at_least"
            ),
            alone(53, name, always(name), r"H1 silent \?", "silent", took=(30.0, 30.1), bound="unknown"),
        )
    ),
    elsewhere(
        53, "blank_then_silent", always("blank_then_silent"), LOSER, took=(12.2, 12.4), bound="at_least"
    ),
    Case(
        53,
        "silent",
        always("silent"),
        Play("no_headers"),
        r"H1 silent \?, O1 silent \?",
        shown="",
        text="empty",
        finish="failed",
        error="silent",
        usage="none",
        bound="unknown",
        took=(30.0, 45.0),
    ),
    *(
        case
        for name in ("slow_start", "late_headers")
        for case in (
            elsewhere(
                54, name, always(name), LOSER, gaps=((12.0, 12.1),), ttft=(12.2, 12.4), bound="at_least"
            ),
            fine(54, name, ttft=(20.0, 20.1)),
            Case(
                54,
                name,
                always(name),
                Play("slow_start"),
                r"H1 ok \$, O1 \w+ [?$]|O1 \w+ [?$], H1 ok \$",
                ttft=(20.0, 20.1),
                bound="at_least",
            ),
        )
    ),
    elsewhere(55, "comments_only", always("comments_only"), LOSER, gaps=((12.0, 12.1),), bound="at_least"),
    alone(
        55,
        "comments_only",
        always("comments_only"),
        r"H1 silent \?",
        "silent",
        took=(30.0, 30.1),
        notes=first_two("queueing"),
        bound="unknown",
    ),
    fine(55, "queued", ttft=(25.0, 25.3), notes=first_two("queueing")),
    replaced(56, "stall", "stalled", gaps=((20.2, 20.4),)),
    kept(56, "stall", "stalled", attempts=r"H1 stalled \$"),
    replaced(56, "stall_then_comments", "stalled", gaps=((20.2, 20.4),)),
    kept(
        56,
        "stall",
        "stalled",
        changes={"restart": "ask"},
        attempts=r"H1 stalled \$",
        shown="text",
        took=(30.2, 30.4),
    ),
    elsewhere(57, "byte_drip", always("byte_drip"), LOSER, gaps=((12.0, 12.1),), bound="at_least"),
    fine(57, "token_drip", tokens=20, notes=first_two("slow"), took=(190.0, 195.0)),
    fine(57, "slow_drip", tokens=20, took=(38.0, 40.0)),
    replaced(57, "drip_in_mid_reply", "stalled", gaps=((20.2, 20.4),)),
    replaced(58, "cut", "cut", gaps=((0.2, 0.3),)),
    Case(
        58,
        "cut",
        times("cut"),
        None,
        r"H1 cut \$, H\d ok \$",
        shown="text breaking restarted text",
        bound="at_least",
        keys=2,
    ),
    kept(58, "cut", "cut", attempts=r"H1 cut \$, H1 cut \$"),
    kept(58, "cut", "cut", attempts=r"H1 cut \$", shown="text", changes={"restart": "ask"}),
    replaced(58, "cut", "cut", changes={"restart": "short"}),
    kept(58, "cut", "cut", attempts=r"H1 cut \$", shown="text", tokens=400, changes={"restart": "short"}),
    kept(58, "cut", "cut", second=Play("cut"), attempts=r"H1 cut \$, O1 cut \$"),
    kept(58, "cut", "cut", second=Play("silent"), attempts=r"H1 cut \$, O1 \w+ \?, H1 cut \$"),
    replaced(59, "cut_clean", "cut", gaps=((0.2, 0.3),)),
    kept(59, "cut_clean", "cut", attempts=r"H1 cut \$, H1 cut \$"),
    fine(60, "no_done"),
    fine(60, "open_after_finish", took=(0.2, 2.3)),
    fine(61, "done_without_finish", usage="estimated", bound="at_least", marks=frozenset({"unproven_end"})),
    fine(62, "more_after_done", also=no_secret, turns=2),
    fine(62, "open_after_done", took=(0.2, 0.35), turns=2, also=left_alone),
    replaced(63, "error_in_stream", "provider_down", gaps=((0.2, 0.3),)),
    kept(63, "error_in_stream", "provider_down"),
    replaced(64, "finish_error", "provider_down", gaps=((0.2, 0.3),)),
    kept(64, "finish_error", "provider_down"),
    Case(65, "length", always("length"), WELL, finish="length"),
    Case(66, "filtered_reply", always("filtered_reply"), WELL, finish="content_filter", text="half"),
    Case(67, "refusal", always("refusal"), WELL),
)
