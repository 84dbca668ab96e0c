"""Rows 68 to 78: event streams that careless readers get wrong."""

from collections.abc import Iterator

from case import Case
from cases_statuses import DOWN
from families import always, elsewhere, fine, kept, replaced, times
from seen import Seen
from world import World

from emulator.faults.framing import ODD_ENDS


def odd_ends(seen: Seen, world: World) -> Iterator[str]:
    """All of the odd characters are in the text, unharmed."""
    if not seen.text.endswith(ODD_ENDS):
        yield f"the text ends in {seen.text[-12:]!r}"


def one_skipped(seen: Seen, world: World) -> Iterator[str]:
    """The tokens are the provider's own."""
    if seen.receipt.completion_tokens != world.tokens:
        yield f"{seen.receipt.completion_tokens} tokens"


SAME_TEXT = (
    (68, "crlf"),
    (68, "cr_only"),
    (68, "split_crlf"),
    (70, "comments_between"),
    (71, "ids_and_names"),
    (72, "no_space"),
    (72, "two_spaces"),
    (73, "multi_line"),
    (74, "split_bytes"),
    (75, "bom"),
    (76, "open_end"),
)

SKIPPED = frozenset({"skipped_chunks"})

CASES: tuple[Case, ...] = (
    *(fine(row, name, tokens=12, also=one_skipped) for row, name in SAME_TEXT),
    Case(69, "odd_line_ends", always("odd_line_ends"), text=None, also=odd_ends),
    elsewhere(71, "error_event", always("error_event"), DOWN, bound=None),
    Case(71, "error_event_coded", times("error_event_coded"), None, r"H1 bad_key 0, H2 ok \$", keys=2),
    replaced(71, "error_event_later", "provider_down"),
    replaced(77, "giant_line", "garbled"),
    replaced(77, "endless_line", "garbled"),
    kept(77, "giant_line", "garbled"),
    replaced(78, "bad_chunks", "garbled"),
    kept(78, "bad_chunks", "garbled", marks=SKIPPED),
    fine(78, "bad_chunk", tokens=12, also=one_skipped, marks=SKIPPED),
    fine(78, "broken_usage", usage="estimated", bound="at_least", marks=SKIPPED),
)
