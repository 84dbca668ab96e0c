"""The breakers as a document that several programs change; without I/O.

``{"holysheep@api.holysheep.ai deepseek-v3.2": {"open_until": ..., "opened_for": ..., "in_a_row": ..., "at": ...}}``
with times in seconds of the wall's clock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from holysheep.breaker import WINDOW_S, Breaker
from holysheep.health import Health, place_of
from holysheep.providers import Provider
from holysheep.store import Document


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of one breaker. failures: since ``recovered``, or since it was told the last time."""

    name: str
    failures: int
    recovered: bool
    open_until: float
    opened_for: float


@dataclass(frozen=True, slots=True)
class News:
    """What this program has to tell of its breakers; told from the moment it is made. at: the wall's time."""

    breakers: tuple[_Told, ...]
    at: float

    @classmethod
    def of(cls, health: Health, offset: float, now: float) -> "News":
        """offset: the wall's clock less the engine's, in seconds."""
        return cls(tuple(_news(health, offset)), now + offset)

    def __bool__(self) -> bool:
        return bool(self.breakers)

    def put_into(self, document: Document) -> Document:
        """The document with the news in it."""
        told = dict(document)
        for news in self.breakers:
            told[news.name] = _merged(told.get(news.name, {}), news, self.at)
        return told


def _news(health: Health, offset: float) -> Iterator[_Told]:
    for known in health.known():
        for model, breaker in known.breakers.items():
            if breaker.changed:
                open_until = breaker.open_until + offset if breaker.opened_for else 0.0
                name = f"{place_of(known.provider)} {model}"
                yield _Told(name, breaker.untold, breaker.recovered, open_until, breaker.opened_for)
                breaker.untold, breaker.recovered = 0, False


def _merged(before: Mapping[str, Any], news: _Told, at: float) -> dict[str, Any]:
    stale = news.recovered or at - before.get("at", 0.0) > WINDOW_S
    after = {"open_until": news.open_until, "opened_for": news.opened_for}
    if not (news.recovered or news.opened_for):
        after = {name: before.get(name, 0.0) for name in after}  # what another has opened stays open
    return {**after, "in_a_row": (0 if stale else before.get("in_a_row", 0)) + news.failures, "at": at}


def take_over(
    document: Document, health: Health, providers: Mapping[str, Provider], offset: float, now: float
) -> None:
    """What others have told holds here, too."""
    places = {place_of(provider): provider for provider in providers.values()}
    for name, told in document.items():
        place, _, model = name.partition(" ")
        if place in places and isinstance(told, dict):
            breaker = health.of(places[place]).breakers.setdefault(model, Breaker())
            if not breaker.changed and breaker.probing_since is None:
                _take_over(breaker, told, offset, now)


def _take_over(breaker: Breaker, told: Mapping[str, Any], offset: float, now: float) -> None:
    open_until = told.get("open_until") or 0.0
    breaker.open_until = open_until - offset if open_until else 0.0
    breaker.opened_for = told.get("opened_for") or 0.0
    fresh = now + offset - told.get("at", 0.0) <= WINDOW_S
    breaker.in_a_row = told.get("in_a_row", 0) if fresh else 0
