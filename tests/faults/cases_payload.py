"""Rows 79 to 90: chunks with odd contents."""

from collections.abc import Iterator
from decimal import Decimal

from case import Also, Case
from families import always, elsewhere, ends, fine, kept, replaced, times
from seen import Seen
from world import WELL, World

from emulator.faults.payloads import MARKUP


def served(name: str, usd_per_million: str | None = None) -> Also:
    """The receipt names the model that answered, and its price was taken."""

    def look(seen: Seen, world: World) -> Iterator[str]:
        receipt = seen.receipt
        if receipt.served_model != name:
            yield f"served by {receipt.served_model!r}"
        if (
            usd_per_million
            and receipt.cost_usd != Decimal(usd_per_million) * (receipt.total_tokens or 0) / 1_000_000
        ):
            yield f"cost {receipt.cost_usd} for {receipt.total_tokens} tokens"

    return look


def identity(seen: Seen, world: World) -> Iterator[str]:
    """No compression is asked for."""
    accepts = world.emus["holysheep"].requests[-1].accepts
    if accepts != "identity":
        yield f"Accept-Encoding is {accepts!r}"


def no_secret(seen: Seen, world: World) -> Iterator[str]:
    """Nothing of what belongs to somebody else."""
    if "secret" in repr(seen.timed):
        yield "somebody else's text came through"


def afresh(seen: Seen, world: World) -> Iterator[str]:
    """No connection of that time is used again."""
    first, *others = world.emus["holysheep"].requests
    if any(first.connection == other.connection for other in others):
        yield "the connection was used again"


def shorter_than(most: int) -> Also:
    """So many characters are the most."""

    def look(seen: Seen, world: World) -> Iterator[str]:
        if not 0 < len(seen.text) < most:
            yield f"{len(seen.text)} characters came"

    return look


def marked_up(seen: Seen, world: World) -> Iterator[str]:
    """It is text like any other; to show it harmlessly is the page's task."""
    if seen.text != world.whole() + "".join(MARKUP):
        yield f"the text ends in {seen.text[-30:]!r}"


CUT_BY_US = {"finish": "cut", "error": "runaway", "usage": "estimated", "bound": "at_least", "text": None}

CASES: tuple[Case, ...] = (
    fine(79, "role_twice"),
    fine(80, "no_content", ttft=(0.2, 0.3)),
    fine(81, "empty_choices"),
    fine(82, "second_choice"),
    fine(83, "reasoning"),
    fine(83, "reasoning_openrouter"),
    fine(83, "thoughts_for_long", ttft=(40.0, 40.1)),
    Case(
        84,
        "tool_call",
        always("tool_call"),
        WELL,
        r"H1 \w+ \$",
        shown="",
        text="empty",
        finish="failed",
        error="tools_only",
        marks=frozenset({"tool_calls"}),
    ),
    fine(85, "known_other_model", marks=frozenset({"other_model"}), also=served("gpt-4.1", "8")),
    fine(85, "dated_model", also=served("deepseek-v3.2-2026-01-15")),
    replaced(86, "changed_id", "misdelivered", also=no_secret),
    kept(86, "changed_id", "misdelivered", text=None, shown=None, also=no_secret),
    Case(
        86,
        "changed_id",
        times("changed_id", 1),
        None,
        r"H1 misdelivered \$, H1 ok \$",
        shown="text breaking restarted text",
        bound="at_least",
        also=afresh,
    ),
    fine(86, "ids_of_their_own"),
    fine(86, "id_after_role"),
    fine(87, "gzip_if_accepted", also=identity),
    elsewhere(87, "gzip_unsaid", always("gzip_unsaid"), r"H1 \w+ \?(, H1 \w+ \?)?", bound="at_least"),
    Case(88, "runaway", always("runaway"), WELL, r"H1 runaway \$", also=shorter_than(12_000), **CUT_BY_US),
    Case(89, "flood", always("flood"), WELL, r"H1 runaway \$", shown=None, **CUT_BY_US),
    ends(89, "flood_of_nothing", always("flood_of_nothing"), r"H1 runaway \?", "runaway", bound="unknown"),
    Case(90, "markup", always("markup"), text=None, also=marked_up),
)
