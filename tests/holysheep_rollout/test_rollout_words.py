"""A rollout in words, in both languages."""

import string
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from evidence import DAY_ONE, turns

from holysheep.rollout import RolloutPlan, RolloutState, judge, pause, set_share, step
from holysheep.rollout.plan import MEASURES
from holysheep.rollout.state import What
from holysheep.rollout.texts import TEXTS, Language
from holysheep.rollout.verdict import Says, Why
from holysheep.rollout.words import as_json, lines, table

PLAN = RolloutPlan(
    enabled=True,
    starts_on=date(2026, 12, 1),
    errors_points=2,
    cost_percent=10,
    wrong_stop=0.05,
    wrong_forward=0.05,
)
HOUR = timedelta(hours=1)


def looked(state: RolloutState, number: int, hours: int, told: Any = lambda i: {}) -> RolloutState:
    """After a look so many hours later, at so many turns of holysheep and nine times as many of legacy."""
    legacy, ours = turns(9 * number, at=state.since), turns(number, told, at=state.since)
    return step(PLAN, state, judge(legacy, ours, PLAN, since=state.since), DAY_ONE + hours * HOUR)


def said(state: RolloutState, language: Language, hours: int = 72) -> str:
    """All lines."""
    return "\n".join(lines(PLAN, state, DAY_ONE + hours * HOUR, language))


BEGUN = step(PLAN, RolloutState(), None, DAY_ONE)


def test_both_languages_say_the_same_things() -> None:
    """The same keys with the same places, and one for each code."""
    fields = [
        {
            key: {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for key, text in texts.items()
        }
        for texts in TEXTS.values()
    ]
    assert fields[0] == fields[1]
    codes = [f"did_{what}" for what in get_args(What)] + [f"why_{why}" for why in get_args(Why)]
    assert {*codes, *MEASURES, *get_args(Says)} <= set(fields[0])


def test_off() -> None:
    """It says so, and where it is turned on."""
    told = lines(RolloutPlan(), RolloutState(), DAY_ONE, "en")
    assert len(told) == 1 and "settings/rollout.toml" in told[0]


@pytest.mark.parametrize(("language", "word"), [("en", "not begun"), ("vi", "chưa bắt đầu")])
def test_before_it_begins(language: Language, word: str) -> None:
    """When it will."""
    told = said(RolloutState(), language, -24)
    assert word in told and "10 %" in told and "2026-12-01 00:00 UTC" in told


def test_what_is_lacking_and_what_traffic_it_takes() -> None:
    """An undecided gate says how many turns, by when, and when they will be there."""
    told = said(looked(BEGUN, 80, 72), "en")
    assert "Lacking: about 88 more turns of holysheep" in told
    assert "by 2026-12-07 00:00 UTC takes 294 turns a day in all; so far there were 267" in told
    assert "they are there on 2026-12-07" in told
    assert "Còn thiếu: khoảng 88 lượt của holysheep" in said(looked(BEGUN, 80, 72), "vi")


def test_without_a_turn_it_says_that_too() -> None:
    """There is no pace to foretell from."""
    told = said(looked(BEGUN, 0, 72), "en")
    assert "Lacking: about 50 more turns of holysheep, 50 of openai" in told
    assert "they will not be there" in told


def test_why_it_waits() -> None:
    """The day has come, and the gate is not passed."""
    told = said(looked(BEGUN, 80, 145), "en", 145)
    assert "waits with 30 %: errors, first word, p95, whole reply, p95 (too close to tell)" in told
    assert "waits with 30 %: nothing to compare yet" in said(
        step(PLAN, BEGUN, None, DAY_ONE + 145 * HOUR), "en"
    )


def test_why_it_went_back() -> None:
    """With both figures and the limit, in the reader's own numbers; and what an operator may do."""
    back = looked(BEGUN, 80, 72, lambda i: {"ok": i < 64})
    assert "back: worse: errors 100.0 % against 0.0 % (at most 2.0 %), in the last 8 turns" in said(
        back, "en"
    )
    assert "lùi: tệ hơn: lỗi 100,0 % so với 0,0 % (nhiều nhất 2,0 %), trong 8 lượt gần nhất" in said(
        back, "vi"
    )
    assert "rollout resume" in said(back, "en")


def test_an_operator_is_named_with_the_reason() -> None:
    """As it was given."""
    told = said(pause(BEGUN, by="mai", now=DAY_ONE, note="đợi hội chợ"), "vi")
    assert "mai đang giữ lại" in told and "tạm dừng: đợi hội chợ" in told


def test_at_the_end() -> None:
    """There is no next stage, and legacy's turns are old ones."""
    state = set_share(BEGUN, 100, by="mai", now=DAY_ONE)
    verdict = judge(turns(300), turns(300), PLAN, same_time=False, since=state.since)
    told = said(step(PLAN, state, verdict, DAY_ONE + HOUR), "en")
    assert "This is the last stage" in told and "There is no openai cohort any more" in told


def test_a_table_for_those_who_draw_their_own() -> None:
    """A row a measure; money as on price lists, what is not known as a dash."""
    state = looked(BEGUN, 200, 72)
    assert state.verdict
    rows = table(PLAN, state.verdict, "en")
    assert rows[0] == ["measure", "openai", "holysheep", "at most", "verdict"]
    assert rows[4] == ["cost a turn", "$0.001000", "$0.001000", "$0.001100", "better or equal"]
    nothing = replace(state.verdict.measures[0], legacy=None)
    assert table(PLAN, replace(state.verdict, measures=(nothing,)), "en")[1][1] == "-"


def test_as_json() -> None:
    """Codes and figures, and what follows from them."""
    told = as_json(PLAN, looked(BEGUN, 80, 72), DAY_ONE + 72 * HOUR)
    assert (told["share"], told["next"]["percent"], told["held_by"]) == (10, 30, None)
    assert told["verdict"]["says"] == "undecided" and told["outlook"]["wanted_a_day"] == 294
    off = as_json(RolloutPlan(), RolloutState(), DAY_ONE)
    assert (off["enabled"], off["share"], off["next"], off["outlook"]) == (False, None, None, None)
