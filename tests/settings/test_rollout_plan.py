"""``rollout.toml``: the shipped one is off, a broken one says where it is broken, in both languages."""

from dataclasses import dataclass
from datetime import date

import pytest

from holysheep.rollout import RolloutPlan, Stage
from settings.documents import parse_document, read_document
from settings.faults import ROOT, Fault
from settings.rollout_plan import read_rollout_plan

NAMES = ("holysheep", "openai", "local", "rehearsal")
ON = "enabled = true\nstarts_on = 2026-12-01\n"


def read(text: str, names: tuple[str, ...] | None = NAMES) -> tuple[RolloutPlan, list[Fault]]:
    """The plan of such a file, and what is wrong with it."""
    faults: list[Fault] = []
    return read_rollout_plan(parse_document(text, "rollout", "rollout.toml"), faults, names), faults


def test_the_shipped_one_is_off_and_says_what_holds_without_it() -> None:
    """Its values are the defaults, so that a file with two lines means the same."""
    faults: list[Fault] = []
    document = read_document(ROOT / "settings" / "rollout.toml")
    assert read_rollout_plan(document, faults, NAMES) == RolloutPlan() and not faults


def test_every_key_is_explained() -> None:
    """Above each key, or above its neighbours, stands a reason."""
    lines = (ROOT / "settings" / "rollout.toml").read_text(encoding="utf-8").splitlines()
    paragraphs = "\n".join(lines).split("\n\n")
    assert all(paragraph.lstrip().startswith(("#", "[gate]")) for paragraph in paragraphs)


def test_without_a_file_it_is_off() -> None:
    """There is nothing to be said about it."""
    faults: list[Fault] = []
    assert read_rollout_plan(None, faults, NAMES) == RolloutPlan() and not faults


def test_two_lines_are_enough() -> None:
    """A start date turns it on."""
    plan, faults = read(ON)
    assert plan == RolloutPlan(enabled=True, starts_on=date(2026, 12, 1)) and not faults


def test_everything_can_be_said() -> None:
    """Each key is read to its place; tables may be written either way."""
    plan, faults = read(
        ON
        + 'legacy = "local"\nto = "openai"\nsalt = "s"\n[[stages]]\nday = 1\npercent = 5\n[[stages]]\nday = 2\n'
        'percent = 60\n[gate]\njudged = ["cost", "errors"]\nerrors_points = 1.5\nttft_percent = 10\n'
        "latency_percent = 11\ntimes_ms = 12\ncost_percent = 13\nleast_turns = 14\nleast_conversations = 15\n"
        "least_hours = 0.5\nwrong_stop = 0.01\nwrong_forward = 0.1\n"
    )
    assert not faults and plan == RolloutPlan(
        enabled=True,
        starts_on=date(2026, 12, 1),
        legacy="local",
        to="openai",
        salt="s",
        stages=(Stage(1, 5), Stage(2, 60)),
        judged=("errors", "cost"),
        errors_points=1.5,
        ttft_percent=10,
        latency_percent=11,
        times_ms=12,
        cost_percent=13,
        least_turns=14,
        least_conversations=15,
        least_hours=0.5,
        wrong_stop=0.01,
        wrong_forward=0.1,
    )


@dataclass(frozen=True)
class Case:
    """A file with ``text`` gives a fault at ``line`` that holds all of ``words``."""

    id: str
    text: str
    line: int | None
    words: tuple[str, ...]


CASES = [
    Case("neither on nor off", 'salt = "s"\n', None, ("enabled: found nothing",)),
    Case("on without a date", "enabled = true\n", None, ("starts_on: found nothing", "2026-12-01")),
    Case("date in quotes", 'enabled = true\nstarts_on = "1.12."\n', 2, ("a date without quotes",)),
    Case("unknown provider", ON + 'legacy = "opnai"\n', 3, ("legacy: found “opnai”", "“openai”")),
    Case("from one to the same", ON + 'to = "openai"\n', 3, ("to: found", "another provider than legacy")),
    Case("no stages", ON + "stages = []\n", 3, ("stages", "at least one stage")),
    Case("shrinking", ON + "[[stages]]\nday = 1\npercent = 30\n[[stages]]\nday = 2\npercent = 10\n", 8,
         ("stages[2].percent: found 10", "more than the stage before it")),
    Case("days in disorder", ON + "[[stages]]\nday = 7\npercent = 10\n[[stages]]\nday = 7\npercent = 30\n", 7,
         ("stages[2].day: found 7", "a later day")),
    Case("more than all", ON + "[[stages]]\nday = 1\npercent = 101\n", 5, ("percent: found 101", "from 1 to 100")),
    Case("a stage without a day", ON + "[[stages]]\npercent = 10\n", 3, ("stages[1].day: found nothing",)),
    Case("misspelt in a stage", ON + "[[stages]]\nday = 1\npercent = 10\npct = 1\n", 6, ("the unknown name “pct”",)),
    Case("nothing to judge by", ON + "[gate]\njudged = []\n", 4, ("gate.judged", "errors, ttft, latency, cost")),
    Case("unknown measure", ON + '[gate]\njudged = ["speed"]\n', 4, ("gate.judged", "at least one of")),
    Case("no turns", ON + "[gate]\nleast_turns = 0\n", 4, ("gate.least_turns: found 0", "from 1")),
    Case("always wrong", ON + "[gate]\nwrong_stop = 1\n", 4, ("gate.wrong_stop: found 1", "to 0.5")),
    Case("misspelt", ON + "[gate]\nerror_points = 1\n", 4, ("the unknown name “error_points”", "“errors_points”")),
    Case("misspelt at the top", "enabeld = true\n", 1, ("the unknown name “enabeld”", "“enabled”")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_a_broken_file_says_where(case: Case) -> None:
    """File, line, what was found and what was expected; in Vietnamese, too."""
    _, faults = read(case.text)
    told = [fault for fault in faults if all(word in fault.text("en") for word in case.words)]
    assert told, [fault.text("en") for fault in faults]
    assert told[0].line == case.line and told[0].file == "rollout.toml"
    assert "thấy" in told[0].text("vi") and "cần" in told[0].text("vi")


def test_one_that_is_off_may_name_providers_that_are_not_there() -> None:
    """A folder of settings without a legacy provider needs no change."""
    assert read("enabled = false\n", ("holysheep", "rehearsal"))[1] == []
    assert len(read(ON, ("holysheep", "rehearsal"))[1]) == 1
    assert read(ON, None)[1] == []
