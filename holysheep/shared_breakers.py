"""The breakers as a document that several programs change; without I/O.

``{"holysheep@api.holysheep.ai deepseek-v3.2": {"open_until": ..., "opened_for": ...}}``, with times in seconds of the
wall's clock.
"""

from collections.abc import Mapping
from typing import Any

from holysheep.breaker import Breaker
from holysheep.health import Health, place_of
from holysheep.providers import Provider
from holysheep.store import Document


def changes(health: Health, offset: float) -> Document:
    """The breakers that opened or closed since they were told. offset: the wall's clock less the engine's."""
    told: Document = {}
    for known in health.known():
        for model, breaker in known.breakers.items():
            if breaker.changed:
                breaker.changed = False
                opened = breaker.opened_for > 0
                told[f"{place_of(known.provider)} {model}"] = {
                    "open_until": breaker.open_until + offset if opened else 0.0,
                    "opened_for": breaker.opened_for,
                }
    return told


def take_over(
    document: Document, health: Health, providers: Mapping[str, Provider], offset: float, now: float
) -> None:
    """What others have told holds here, too."""
    places = {place_of(provider): provider for provider in providers.values()}
    for name, told in document.items():
        place, _, model = name.partition(" ")
        if place in places and isinstance(told, dict):
            _take_over(health.of(places[place]).breakers, model, told, offset, now)


def _take_over(
    breakers: dict[str, Breaker], model: str, told: Mapping[str, Any], offset: float, now: float
) -> None:
    open_until = (told.get("open_until") or 0.0) - offset if told.get("open_until") else 0.0
    breaker = breakers.get(model)
    if breaker is None and open_until <= now:
        return  # nothing to know of it
    breaker = breakers.setdefault(model, Breaker())
    if not breaker.changed and breaker.probing_since is None:
        breaker.open_until, breaker.opened_for = open_until, told.get("opened_for") or 0.0
