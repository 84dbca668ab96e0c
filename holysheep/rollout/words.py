"""A rollout in words: lines for a terminal or a page, in Vietnamese or English, and the same as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from holysheep.rollout.outlook import outlook
from holysheep.rollout.plan import Measure, RolloutPlan
from holysheep.rollout.state import ITSELF, Entry, RolloutState
from holysheep.rollout.step import due
from holysheep.rollout.texts import TEXTS, Language
from holysheep.rollout.verdict import Judged, Verdict

__all__ = ["Language", "as_json", "lines", "table"]

_NONE = "-"


def lines(
    plan: RolloutPlan, state: RolloutState, now: datetime, language: Language, *, history: int = 10
) -> list[str]:
    """All there is to say: where it stands, what the gate says and lacks, and the last lines of its history."""
    words = _Words(plan, language)
    if not plan.enabled:
        return [words.say("off"), *_history(words, state, history)]
    told = [_title(words, state), _next(words, state)]
    if state.held_by:
        told.append(
            words.say("held_itself") if state.held_by == ITSELF else words.say("held", by=state.held_by)
        )
    told += ["", *_gate(words, state, now)]
    return told + _history(words, state, history)


def table(plan: RolloutPlan, verdict: Verdict, language: Language) -> list[list[str]]:
    """A row a measure under a row of headings: what it is, legacy's, holysheep's, the limit, the verdict."""
    words = _Words(plan, language)
    rows = [[words.say("measure"), plan.legacy, plan.to, words.say("limit"), words.say("verdict")]]
    for measure in verdict.measures:
        figures = (
            words.figure(measure.measure, f) for f in (measure.legacy, measure.holysheep, measure.limit)
        )
        rows.append([words.say(measure.measure), *figures, words.verdict(measure, verdict)])
    return rows


def as_json(plan: RolloutPlan, state: RolloutState, now: datetime) -> dict[str, Any]:
    """The same for scripts; texts are left out, codes and figures are there."""
    following = plan.next_stage(state.share) if plan.enabled else None
    ahead = outlook(plan, state, now) if plan.enabled else None
    document = state.to_document()
    return {
        "enabled": plan.enabled,
        "legacy": plan.legacy,
        "to": plan.to,
        "starts_on": plan.starts_on.isoformat() if plan.enabled else None,
        "stages": [{"day": day, "percent": percent} for day, percent in plan.stages],
        "share": state.share if plan.enabled else None,
        "since": document["since"],
        "held_by": state.held_by or None,
        "next": {"percent": following[1], "due": due(plan, state, following).isoformat()}
        if following
        else None,
        "judged_at": document["judged_at"],
        "verdict": document["verdict"],
        "outlook": ahead
        and {
            "lacking": ahead.lacking,
            "lacking_legacy": ahead.lacking_legacy,
            "due": ahead.due.isoformat() if ahead.due else None,
            "wanted_a_day": ahead.wanted_a_day,
            "now_a_day": ahead.now_a_day,
            "ready_on": ahead.ready_on.isoformat() if ahead.ready_on else None,
        },
        "history": document["history"],
    }


@dataclass(frozen=True)
class _Words:
    """Texts and numbers in one language, about one plan."""

    plan: RolloutPlan
    language: Language

    def say(self, key: str, **values: object) -> str:
        return TEXTS[self.language][key].format(**{"legacy": self.plan.legacy, "to": self.plan.to, **values})

    def number(self, value: float, places: int = 0) -> str:
        text = f"{value:.{places}f}"
        return text.replace(".", ",") if self.language == "vi" else text

    def figure(self, measure: Measure, value: float | None) -> str:
        """A dollar is written as price lists write it, in both languages."""
        if value is None:
            return _NONE
        if measure == "errors":
            return f"{self.number(value * 100, 1)} %"
        return f"${value:.6f}" if measure == "cost" else f"{self.number(value)} ms"

    def verdict(self, measure: Judged, verdict: Verdict) -> str:
        told = [self.say(measure.says)]
        if measure.why:
            told.append(self.say(f"why_{measure.why}"))
        if measure.lacking:
            told.append(self.say("more", lacking=measure.lacking))
        if measure.says == "worse" and measure.turns < verdict.holysheep:
            told.append(self.say("in_last", turns=measure.turns))
        return ", ".join(told)


def _title(words: _Words, state: RolloutState) -> str:
    if state.since is None or (state.share == 0 and not state.history):
        return words.say("not_begun")
    return words.say("title", share=state.share, since=_minute(state.since))


def _next(words: _Words, state: RolloutState) -> str:
    following = words.plan.next_stage(state.share)
    if following is None:
        return words.say("last")
    begins = _minute(due(words.plan, state, following))
    return words.say("next" if state.share else "first", percent=following[1], due=begins)


def _gate(words: _Words, state: RolloutState, now: datetime) -> list[str]:
    verdict = state.verdict
    if verdict is None or state.share == 0:
        return [f"{words.say('gate_name')}: {words.say('no_gate')}"]
    told = [
        words.say(
            "gate",
            says=words.say(verdict.says),
            holysheep=verdict.holysheep,
            turns=verdict.legacy,
            left_out=verdict.left_out,
        ),
        *([] if verdict.same_time else [words.say("old_legacy")]),
        *(f"  {line}" for line in _aligned(table(words.plan, verdict, words.language))),
    ]
    return told + (_outlook(words, state, now) if verdict.says == "undecided" else [])


def _outlook(words: _Words, state: RolloutState, now: datetime) -> list[str]:
    ahead = outlook(words.plan, state, now)
    if ahead is None:
        return [words.say("never")]
    lacking = {"lacking": ahead.lacking, "lacking_legacy": ahead.lacking_legacy}
    pace = words.number(ahead.now_a_day, 0 if ahead.now_a_day >= 10 else 1)
    first = words.say("lacking_legacy" if ahead.lacking_legacy else "lacking", **lacking)
    told = [first[0].upper() + first[1:]]
    if ahead.wanted_a_day is not None and ahead.due:
        told.append(words.say("wanted", due=_minute(ahead.due), wanted=ahead.wanted_a_day, pace=pace))
    if ahead.ready_on:
        told.append(words.say("ready", ready=_minute(ahead.ready_on), pace=pace))
    else:
        told.append(words.say("not_ready", pace=pace))
    return told


def _history(words: _Words, state: RolloutState, most: int) -> list[str]:
    entries = state.history[-most:] if most else ()
    if not entries:
        return []
    rows = [
        [
            _minute(entry.at).removesuffix(" UTC"),
            words.say("by_itself") if entry.by == ITSELF else entry.by,
            f"{entry.before} → {entry.after} %" if entry.before != entry.after else f"{entry.after} %",
            _did(words, entry),
        ]
        for entry in entries
    ]
    return ["", words.say("history"), *(f"  {line}" for line in _aligned(rows))]


def _did(words: _Words, entry: Entry) -> str:
    """What happened, and why: an operator's own words, or the figures."""
    told = words.say(f"did_{entry.what}", **({"to": entry.figures["to"]} if "to" in entry.figures else {}))
    if "measures" not in entry.figures:
        note = entry.figures.get("note")
        return f"{told}: {note}" if note else told
    verdict = Verdict.from_document({k: v for k, v in entry.figures.items() if k != "to"})
    if verdict.says == "undecided":
        return f"{told}: {_waits_for(words, verdict)}"
    return f"{told}: {'; '.join(_reason(words, measure, verdict) for measure in verdict.measures)}"


def _waits_for(words: _Words, verdict: Verdict) -> str:
    if not verdict.measures:
        return words.say("no_gate")
    reasons = dict.fromkeys(measure.why for measure in verdict.measures if measure.why)
    told = [
        f"{', '.join(words.say(m.measure) for m in verdict.measures if m.why == why)} ({words.say(f'why_{why}')})"
        for why in reasons
    ]
    if verdict.lacking:
        told.append(words.say("lacking", lacking=verdict.lacking))
    return "; ".join(told)


def _reason(words: _Words, measure: Judged, verdict: Verdict) -> str:
    figures: Mapping[str, str] = {
        name: words.figure(measure.measure, value)
        for name, value in (
            ("legacy", measure.legacy),
            ("holysheep", measure.holysheep),
            ("limit", measure.limit),
        )
    }
    name = words.say(measure.measure)
    told = words.say("against", measure=name, **figures) if measure.legacy is not None else name
    rest = words.verdict(measure, verdict).partition(", ")[2]
    return f"{told}, {rest}" if rest else told


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
