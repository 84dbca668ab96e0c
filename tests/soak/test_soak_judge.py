"""A judge that cannot fail proves nothing: made-up histories, each with one thing wrong, and one with none."""

from dataclasses import replace

import pytest

from scripts.soak.judge import Verdict, judge
from scripts.soak.story import Asked, Told, Trouble, Turn

TEXT = "Còn váy lụa cỡ M không?"
KILL = Trouble("kill", "replica 1", 50.0, 54.0)
OUTAGE = Trouble("outage", "server_error", 100.0, 110.0)
WELL = Turn("turn-1", "message-1", TEXT, "Dạ còn ạ.", ended=True, reason="stop")
CUT = replace(WELL, id="turn-0", reply="Dạ", reason="interrupted")
FAILED = replace(WELL, id="turn-0", reply="", reason="failed", error="provider_down")


def asked(**changes: object) -> Asked:
    """A message that was answered as it should be."""
    usual = {"at": 10.0, "sent": 1, "kept": 10.1, "first_words": 10.5, "ended": 13.0, "answered": 13.0}
    return Asked("message-1", TEXT, **{**usual, **changes})  # type: ignore[arg-type]


def of(message: Asked, *turns: Turn, troubles: tuple[Trouble, ...] = (), read: str = "Dạ còn") -> Verdict:
    """What the judge says of one visitor with one message."""
    told = Told("visitor", [message], {turns[-1].id: read} if turns else {})
    return judge([told], turns, troubles)


def test_nothing_is_wrong_where_nothing_is() -> None:
    """A message that was answered at once breaks no bound, and its wait is counted."""
    verdict = of(asked(), WELL)
    assert verdict.broken == [] and verdict.share == 1.0
    assert (verdict.asked, verdict.answered, verdict.after_fault) == (1, 1, 0)
    assert verdict.first_words == verdict.calm_first_words == [0.5]


def test_a_cut_reply_that_was_asked_for_again_is_answered_after_a_fault() -> None:
    """Two turns of one message are none too many where its visitor asked twice."""
    again = asked(marked=1, again=1, at=49.0, first_words=52.0, ended=53.0, answered=60.0)
    verdict = of(again, CUT, WELL, troubles=(KILL,))
    assert verdict.broken == [] and verdict.after_fault == 1
    assert verdict.first_words == [3.0] and not verdict.calm_first_words


@pytest.mark.parametrize(
    ("message", "turns", "says"),
    [
        (asked(), (), "was acknowledged and is not on record"),
        (asked(), (replace(WELL, question="Other words"),), "was acknowledged and is not on record"),
        (asked(answered=None, ended=None, kept=None), (), "was never answered"),
        (asked(answered=None, marked=12, again=12), (CUT,), "was never answered"),
        (asked(), (replace(WELL, reason="interrupted"),), "the reply to message-1 was shown and is not"),
        (asked(), (WELL, replace(CUT, id="turn-2", ended=False, reason=None, reply="Dạ còn")), "still open"),
        (asked(), (replace(WELL, reply="Dạ hết rồi"),), "was read in other words"),
    ],
    ids=["no row", "other words", "never heard of", "never whole", "no reply", "open", "another reply"],
)
def test_it_catches_what_is_lost(message: Asked, turns: tuple[Turn, ...], says: str) -> None:
    """Whatever a visitor was told and the record does not hold is lost."""
    verdict = of(message, *turns)
    assert any(says in one for one in verdict.lost), verdict.lost
    assert verdict.broken


@pytest.mark.parametrize(
    ("message", "turns", "doubles"),
    [
        (asked(), (WELL, replace(WELL, id="turn-2")), 1),
        (asked(), (CUT, WELL), 1),
        (asked(marked=1, again=1), (CUT, WELL), 0),
        (asked(marked=1, again=1), (CUT, WELL, replace(WELL, id="turn-2")), 1),
        (asked(), (replace(CUT, reason=None), WELL), 0),
    ],
    ids=["answered twice", "once for nothing", "asked again", "once too often", "taken, never asked"],
)
def test_it_catches_what_is_double(message: Asked, turns: tuple[Turn, ...], doubles: int) -> None:
    """A turn that nobody asked for is double, however it ended."""
    verdict = of(message, *turns)
    assert len(verdict.double) == doubles, verdict.double
    assert bool(verdict.broken) is bool(doubles)


@pytest.mark.parametrize(
    ("at", "counted", "broken"),
    [(10.0, 1, True), (105.0, 0, True), (97.0, 0, True), (111.0, 1, True)],
    ids=["before", "within", "into it", "after"],
)
def test_outside_of_an_outage_the_provider_may_not_fail(at: float, counted: int, broken: bool) -> None:
    """A failed turn counts against the share, unless the provider was bad on purpose; asked again or not."""
    message = asked(at=at, first_words=at + 3, ended=at + 1, answered=at + 4, marked=1, again=1)
    verdict = of(message, FAILED, WELL, troubles=(OUTAGE,))
    assert (verdict.calm, verdict.calm_answered) == (counted, 0)
    assert bool(verdict.broken) is broken and not verdict.lost


@pytest.mark.parametrize(
    ("turn", "cut"),
    [
        (replace(CUT, asked=60.0, settled=65.0), 1),
        (replace(CUT, asked=60.0, settled=75.0), 0),
        (replace(WELL, asked=60.0, settled=65.0), 0),
        (replace(CUT, asked=30.0, settled=65.0), 0),
    ],
    ids=["cut", "cut later", "whole", "held up by the provider"],
)
def test_a_replica_that_leaves_cuts_nothing(turn: Turn, cut: int) -> None:
    """Who is told to leave waits for its replies, but not for a provider that says nothing."""
    troubles = [Trouble("drain", "replica 1", 62.0, 70.0), Trouble("outage", "stall", 30.0, 40.0)]
    verdict = judge([Told("visitor", [asked(again=1)])], [turn, replace(WELL, id="turn-9")], troubles)
    assert len(verdict.cut_by_leaving) == cut and bool(verdict.broken) is bool(cut)


def test_a_run_in_which_nobody_was_answered_in_peace_proves_nothing() -> None:
    """With no message outside of the outages the share is none, and the bound is broken."""
    assert judge([], [], []).broken


def test_words_that_a_dying_replica_had_not_yet_written_are_counted_apart() -> None:
    """A cut reply may end earlier on record than a reader saw it; a whole one may not."""
    again = asked(marked=1, again=1)
    told = Told("visitor", [again], {CUT.id: "Dạ còn"})
    verdict = judge([told], [CUT, WELL], [])
    assert verdict.shortened == 1 and not verdict.lost


def test_what_was_said_once_more_answers_the_first_message() -> None:
    """Where other messages have come between, the visitor writes it again, and that answer counts."""
    instead = replace(asked(), id="message-2")
    first = asked(answered=None, marked=1, instead=instead)
    turns = [CUT, replace(WELL, message="message-2")]
    verdict = judge([Told("visitor", [first, instead])], turns, [])
    assert verdict.broken == [] and verdict.answered == 2 and verdict.repeated == 1


def test_a_fault_on_the_page_breaks_the_run() -> None:
    """Two replies below one message, a refused message: whatever the page itself found."""
    assert judge([Told("visitor", [asked()], faults=["two replies"])], [WELL], []).broken
