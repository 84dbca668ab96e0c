"""``rollout.toml``: how conversations move from one provider to another."""

from collections.abc import Sequence
from datetime import date

from holysheep.rollout import RolloutPlan, Stage
from holysheep.rollout.plan import MEASURES, Measure
from settings.checks import Wrong, day, flag, number, text, texts, whole
from settings.documents import Document
from settings.faults import NOTHING, Fault, Say, did_you_mean
from settings.section import Section

OFF = RolloutPlan()


def read_rollout_plan(
    document: Document | None, faults: list[Fault], providers: Sequence[str] | None
) -> RolloutPlan:
    """The plan; what is wrong goes to ``faults``. document: None where there is no such file: it is off.

    providers: the names of ``providers.toml``; None where they are not known.
    """
    if document is None:
        return OFF
    root = Section(document, faults)
    enabled = root.required("enabled", flag, OFF.enabled)
    starts_on = root.optional("starts_on", day, OFF.starts_on)
    if enabled and not root.has("starts_on"):
        expected = Say("ngày bắt đầu, ví dụ 2026-12-01", "the day it starts, such as 2026-12-01")
        root.wrong("starts_on", Wrong(expected, NOTHING))
    legacy = root.optional("legacy", text(100), OFF.legacy)
    to = root.optional("to", text(100), OFF.to)
    _check_names(root, legacy, to, providers if enabled else None)
    salt = root.optional("salt", text(100), OFF.salt)
    stages = _stages(root) if root.has("stages") else OFF.stages
    plan = _plan(root.table("gate"), enabled, starts_on, legacy, to, salt, stages)
    root.finish()
    return plan


def _check_names(root: Section, legacy: str, to: str, providers: Sequence[str] | None) -> None:
    """One that is off may name providers that are not there."""
    for key, name in (("legacy", legacy), ("to", to)):
        if providers is not None and name not in providers:
            root.wrong(key, Wrong(did_you_mean(name, providers), Say(f"“{name}”", f"“{name}”")))
    if legacy == to:
        root.wrong("to", Wrong(Say("một nhà cung cấp khác legacy", "another provider than legacy")))


def _stages(root: Section) -> tuple[Stage, ...]:
    sections = root.tables("stages")
    if not sections:
        root.wrong("stages", Wrong(Say("ít nhất một giai đoạn", "at least one stage")))
        return OFF.stages
    stages: list[Stage] = []
    for section in sections:
        stage = Stage(
            section.required("day", whole(1, 3650), 1), section.required("percent", whole(1, 100), 1)
        )
        if stages and section.has("day") and stage.day <= stages[-1].day:
            section.wrong(
                "day", Wrong(Say("muộn hơn giai đoạn trước", "a later day than the stage before it"))
            )
        if stages and section.has("percent") and stage.percent <= stages[-1].percent:
            section.wrong("percent", Wrong(Say("nhiều hơn giai đoạn trước", "more than the stage before it")))
        section.finish()
        stages.append(stage)
    return tuple(stages)


def _plan(
    gate: Section,
    enabled: bool,
    starts_on: date,
    legacy: str,
    to: str,
    salt: str,
    stages: tuple[Stage, ...],
) -> RolloutPlan:
    percent, chance = number(0, 1000), number(0.001, 0.5)
    plan = RolloutPlan(
        enabled=enabled,
        starts_on=starts_on,
        legacy=legacy,
        to=to,
        salt=salt,
        stages=stages,
        judged=gate.optional("judged", _measures, OFF.judged),
        errors_points=gate.optional("errors_points", number(0, 100), OFF.errors_points),
        ttft_percent=gate.optional("ttft_percent", percent, OFF.ttft_percent),
        latency_percent=gate.optional("latency_percent", percent, OFF.latency_percent),
        times_ms=gate.optional("times_ms", number(0, 60_000), OFF.times_ms),
        cost_percent=gate.optional("cost_percent", number(-99, 1000), OFF.cost_percent),
        least_turns=gate.optional("least_turns", whole(1, 1_000_000), OFF.least_turns),
        least_conversations=gate.optional(
            "least_conversations", whole(1, 1_000_000), OFF.least_conversations
        ),
        least_hours=gate.optional("least_hours", number(0, 8760), OFF.least_hours),
        wrong_stop=gate.optional("wrong_stop", chance, OFF.wrong_stop),
        wrong_forward=gate.optional("wrong_forward", chance, OFF.wrong_forward),
    )
    gate.finish()
    return plan


def _measures(value: object) -> tuple[Measure, ...]:
    names = texts(value)
    chosen = tuple(measure for measure in MEASURES if measure in names)
    if not names or len(chosen) < len(names):
        words = ", ".join(MEASURES)
        raise Wrong(Say(f"ít nhất một trong: {words}", f"at least one of: {words}"))
    return chosen
