"""The shapes that many rows share."""

from typing import Any

from case import Case
from world import WELL, Play

AGAIN = r"H1 {0} [0?], "


def always(fault: str) -> Play:
    """On every request."""
    return Play(fault)


def times(fault: str, number: int = 1) -> Play:
    """On the next requests only."""
    return Play(fault, number)


def line(name: str) -> Play:
    """Below HTTP."""
    return Play(line=name)


def elsewhere(row: int, scenario: str, first: Play, attempts: str, **more: Any) -> Case:
    """HolySheep fails before any text, and the legacy provider answers, unseen. ``attempts``: HolySheep's."""
    return Case(row, scenario, first, WELL, rf"{attempts}, O1 ok \$", **more)


def alone(row: int, scenario: str, first: Play, attempts: str, error: str, **more: Any) -> Case:
    """There is no other provider: an honest end, and nothing was metered."""
    nothing = {"shown": "", "text": "empty", "finish": "failed", "usage": "none"}
    return Case(row, scenario, first, attempts=attempts, error=error, **{**nothing, **more})


def ends(row: int, scenario: str, first: Play, attempts: str, error: str, **more: Any) -> Case:
    """No way on, though another provider is there."""
    nothing = {"second": WELL, "shown": "", "text": "empty", "finish": "failed", "usage": "none"}
    return Case(row, scenario, first, attempts=attempts, error=error, **{**nothing, **more})


def mended(row: int, scenario: str, attempts: str, number: int = 1, **more: Any) -> Case:
    """It fails so many times, then HolySheep answers; there is no other provider."""
    return Case(row, scenario, times(scenario, number), None, rf"{attempts}, H\d ok \$", **more)


def fine(row: int, scenario: str, **more: Any) -> Case:
    """No harm done: one request, the whole text."""
    return Case(row, scenario, always(scenario), None, **more)


def replaced(row: int, scenario: str, error: str, **more: Any) -> Case:
    """Half of the reply, then a fresh one from the legacy provider in its place."""
    usual = {
        "attempts": rf"H1 {error} \$, O1 ok \$",
        "shown": "text breaking restarted text",
        "bound": "at_least",
    }
    return Case(row, scenario, always(scenario), WELL, **{**usual, **more})


def kept(row: int, scenario: str, error: str, **more: Any) -> Case:
    """Half of the reply, and nothing better to be had: it stays, as cut. ``error``: a pattern for the attempts'."""
    usual = {
        "attempts": rf"H1 {error} \$(, H1 {error} \$)?",
        "shown": "text( breaking( restarted text)?)?",
        "text": "half",
        "finish": "cut",
        "error": error,
        "usage": "estimated",
        "bound": "at_least",
    }
    return Case(row, scenario, always(scenario), **{**usual, **more})
