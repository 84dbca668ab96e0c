"""What a run was worth: every visitor's story held against the record. Pure: no clock, no sockets, no database."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scripts.soak.story import Asked, Told, Trouble, Turn, overlapping

#: The share of messages outside of the provider's outages that must be answered.
LEAST_SHARE = 0.999
#: How a whole reply ends.
WHOLE = frozenset(("stop", "length"))
#: How one ends that we cut short ourselves; the visitor asks again.
OURS = frozenset(("interrupted", "stopped"))
#: So long after a part has come back the machine is still busy with it.
SETTLING_S = 5.0


@dataclass
class Verdict:
    """What the table says. lost, double, faults: a sentence each; all must be empty. away: seconds."""

    asked: int = 0
    answered: int = 0
    after_fault: int = 0
    repeated: int = 0
    resent: int = 0
    calm: int = 0
    calm_answered: int = 0
    acknowledged: int = 0
    shortened: int = 0
    unheard: int = 0
    first_words: list[float] = field(default_factory=list)
    calm_first_words: list[float] = field(default_factory=list)
    away: list[float] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    double: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    cut_by_leaving: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Of the messages outside of the provider's outages: those that were answered."""
        return self.calm_answered / self.calm if self.calm else 0.0

    @property
    def broken(self) -> list[str]:
        """The bounds that do not hold, in words."""
        found = []
        if self.lost:
            found.append(f"{len(self.lost)} lost")
        if self.double:
            found.append(f"{len(self.double)} double")
        if self.share < LEAST_SHARE:
            found.append(f"{self.share:.2%} answered outside the outages, and not {LEAST_SHARE:.1%}")
        if self.cut_by_leaving:
            found.append(f"{len(self.cut_by_leaving)} replies cut by a replica that was told to leave")
        if self.faults:
            found.append(f"{len(self.faults)} other faults")
        return found


def judge(told: Sequence[Told], turns: Sequence[Turn], troubles: Sequence[Trouble]) -> Verdict:
    """Hold what pages were told against the record, and count."""
    verdict = Verdict()
    of_message: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        of_message[turn.message].append(turn)
    for page in told:
        verdict.away += page.away
        verdict.unheard += page.unheard
        verdict.faults += page.faults
        for asked in page.asked:
            rows = of_message.get(asked.id, [])
            _count(verdict, asked)
            _look_for_lost(verdict, page.who, asked, rows)
            _look_for_double(verdict, page.who, asked, rows)
            _weigh(verdict, page.who, asked, of_message, troubles)
    verdict.cut_by_leaving = _cut_by_leaving(turns, troubles)
    verdict.ends = Counter(turn.reason or "never opened" for turn in turns)
    verdict.lost += [f"turn {turn.id} is still open" for turn in turns if not turn.ended]
    _look_for_words(verdict, told, {turn.id: turn for turn in turns})
    return verdict


def _count(verdict: Verdict, asked: Asked) -> None:
    verdict.asked += 1
    verdict.answered += asked.is_answered
    verdict.acknowledged += asked.kept is not None
    verdict.resent += asked.sent > 1
    verdict.repeated += asked.again + (asked.instead is not None)
    verdict.after_fault += asked.is_answered and (asked.sent > 1 or asked.marked > 0)


def _look_for_lost(verdict: Verdict, who: str, asked: Asked, rows: Sequence[Turn]) -> None:
    """Acknowledged and not on record, or with other words; or never answered, though its visitor kept asking."""
    if asked.kept is not None and not any(turn.question == asked.text for turn in rows):
        verdict.lost.append(f"{who}: message {asked.id} was acknowledged and is not on record")
    elif asked.answered is not None and not any(turn.reason in WHOLE for turn in rows):
        verdict.lost.append(f"{who}: the reply to {asked.id} was shown and is not on record")
    elif not asked.is_answered:
        verdict.lost.append(
            f"{who}: message {asked.id} was never answered (sent {asked.sent} times, asked again {asked.again} times, "
            f"on record as {[turn.reason for turn in rows]})"
        )


def _look_for_double(verdict: Verdict, who: str, asked: Asked, rows: Sequence[Turn]) -> None:
    """More turns of one message than its visitor asked for. One that was taken and never asked is none."""
    opened = [turn for turn in rows if turn.reason is not None]
    if len(opened) > 1 + asked.again:
        ends = ", ".join(f"{turn.id} ({turn.reason})" for turn in opened)
        verdict.double.append(
            f"{who}: message {asked.id} was asked {1 + asked.again} times, and has the turns {ends}"
        )


def _weigh(
    verdict: Verdict,
    who: str,
    asked: Asked,
    of_message: Mapping[str, Sequence[Turn]],
    troubles: Sequence[Trouble],
) -> None:
    """Outside of outages the provider's ends must be whole; what we cut ourselves may be asked again."""
    end = asked.answered or asked.ended or float("inf")
    if asked.first_words is not None and not asked.behind:
        verdict.first_words.append(asked.first_words - asked.at)
        around = [Trouble(t.kind, t.what, t.begin, t.end + SETTLING_S) for t in troubles]
        if not overlapping(around, asked.at, asked.first_words):
            verdict.calm_first_words.append(asked.first_words - asked.at)
    if any(trouble.kind == "outage" for trouble in overlapping(troubles, asked.at, end)):
        return
    verdict.calm += 1
    rows = [turn for turn in of_message.get(asked.id, ()) if turn.reason is not None]
    failed = [turn for turn in rows if turn.reason not in WHOLE | OURS]
    if asked.is_answered and not failed:
        verdict.calm_answered += 1
    else:
        ends = ", ".join(f"{turn.reason} {turn.error or ''}".strip() for turn in rows) or "no turn"
        verdict.unanswered.append(f"{who}: message {asked.id}, outside of every outage: {ends}")


def _cut_by_leaving(turns: Sequence[Turn], troubles: Sequence[Trouble]) -> list[str]:
    """Replies that were cut while a replica was told to leave, which waits for them; an outage may hold one up for
    longer than it waits. One replica is ended at a time, so nobody else can have cut them."""
    found = []
    for turn in turns:
        ended = {trouble.kind for trouble in overlapping(troubles, turn.settled, turn.settled)}
        lived = {trouble.kind for trouble in overlapping(troubles, turn.asked, turn.settled)}
        if turn.reason == "interrupted" and "drain" in ended and "outage" not in lived:
            found.append(f"turn {turn.id} of message {turn.message}")
    return found


def _look_for_words(verdict: Verdict, told: Sequence[Told], turns: Mapping[str, Turn]) -> None:
    """What was read of a whole reply is on record; of one that was cut the last words may be missing there."""
    for page in told:
        for id, words in page.read.items():
            turn = turns.get(id)
            if turn is None:
                verdict.lost.append(f"{page.who}: turn {id} was read and is not on record")
            elif not turn.reply.startswith(words):
                if turn.reason in WHOLE or not words.startswith(turn.reply):
                    verdict.lost.append(f"{page.who}: turn {id} ({turn.reason}) was read in other words")
                else:
                    verdict.shortened += 1
