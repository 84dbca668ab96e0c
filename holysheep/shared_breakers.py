"""The breakers as a document that several programs change; without I/O.

``{"holysheep@api.holysheep.ai deepseek-v3.2": {"open_until": ..., "opened_for": ..., "in_a_row": ..., "at": ...}}``
with times in seconds of the wall's clock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from holysheep.breaker import LONGEST_OPEN_S, WINDOW_S, Breaker
from holysheep.health import Health, place_of
from holysheep.providers import Provider
from holysheep.store import Document, number_of


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of one breaker. failures: since ``recovered``, or since it was told the last time."""

    breaker: Breaker
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

    def untold(self) -> None:
        """It could not be told, and will be again."""
        for news in self.breakers:
            news.breaker.untold += news.failures
            news.breaker.recovered = news.breaker.recovered or news.recovered

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
                yield _Told(breaker, name, breaker.untold, breaker.recovered, open_until, breaker.opened_for)
                breaker.untold, breaker.recovered = 0, False


def _merged(before: object, news: _Told, at: float) -> dict[str, Any]:
    stale = news.recovered or abs(at - number_of(before, "at")) > WINDOW_S
    after = {"open_until": news.open_until, "opened_for": news.opened_for}
    if not (news.recovered or news.opened_for):
        after = {name: number_of(before, name) for name in after}  # what another has opened stays open
    return {
        **after,
        "in_a_row": (0 if stale else int(number_of(before, "in_a_row"))) + news.failures,
        "at": at,
    }


def take_over(
    document: Document, health: Health, providers: Mapping[str, Provider], offset: float, now: float
) -> None:
    """What others have told holds here, too."""
    places = {place_of(provider): provider for provider in providers.values()}
    for name, told in document.items():
        place, _, model = name.partition(" ")
        if place in places:
            breaker = health.of(places[place]).breakers.setdefault(model, Breaker())
            if not breaker.changed and breaker.probing_since is None:
                _take_over(breaker, told, offset, now)


def _take_over(breaker: Breaker, told: object, offset: float, now: float) -> None:
    opened_for = number_of(told, "opened_for")
    # Written by a clock that was ahead, it would stay open for as long.
    breaker.opened_for = min(max(opened_for, 0.0), LONGEST_OPEN_S)
    breaker.open_until = (
        min(number_of(told, "open_until") - offset, now + LONGEST_OPEN_S) if opened_for else 0.0
    )
    fresh = abs(now + offset - number_of(told, "at")) <= WINDOW_S
    breaker.in_a_row = int(number_of(told, "in_a_row")) if fresh else 0
