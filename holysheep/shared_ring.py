"""The keys of all providers as a document that several programs change; without I/O.

``{"holysheep@api.holysheep.ai": {FINGERPRINT: {"window": ..., "tokens": ..., "out": ..., "rests_until": ...,
"reason": ...}}}``, with times in seconds of the wall's clock, since each program's own clock begins somewhere else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from holysheep.health import Health, place_of
from holysheep.providers import Provider
from holysheep.ring import LONGEST_REST_S, KeyState
from holysheep.store import Document, number_of

#: Windows of two programs that begin within so long of each other are one.
SAME_WINDOW_S = 1.0


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of one key. changed: also whether it is set aside."""

    place: str
    state: KeyState
    window: float
    tokens: int
    unsaved: int
    changed: bool
    aside: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class News:
    """What this program has to tell of its keys. It counts as told from the moment it is made."""

    keys: tuple[_Told, ...]

    @classmethod
    def of(cls, health: Health, offset: float) -> "News":
        """offset: the wall's clock less the engine's, in seconds."""
        return cls(tuple(_news(health, offset)))

    def __bool__(self) -> bool:
        return bool(self.keys)

    def put_into(self, document: Document) -> Document:
        """The document with the news in it."""
        told = {place: dict(keys) for place, keys in document.items() if isinstance(keys, dict)}
        for key in self.keys:
            keys = told.setdefault(key.place, {})
            keys[key.state.key.fingerprint] = _merged(keys.get(key.state.key.fingerprint, {}), key)
        return told

    def untold(self) -> None:
        """It could not be told, and will be again."""
        for key in self.keys:
            key.state.unsaved += key.unsaved
            key.state.changed = key.state.changed or key.changed


def _news(health: Health, offset: float) -> Iterator[_Told]:
    for known in health.known():
        for state in known.ring.states.values():
            if not (state.unsaved or state.changed):
                continue
            aside = {
                "out": state.out,
                "rests_until": state.rests_until + offset if state.rests_until else 0.0,
                "reason": state.reason,
            }
            yield _Told(
                place_of(known.provider),
                state,
                state.window + offset,
                state.tokens,
                state.unsaved,
                state.changed,
                aside,
            )
            state.unsaved, state.changed = 0, False


def _merged(before: object, key: _Told) -> dict[str, Any]:
    before = before if isinstance(before, dict) else {}
    window = number_of(before, "window") or key.window
    tokens = int(number_of(before, "tokens")) + key.unsaved
    if key.window > window + SAME_WINDOW_S and key.changed:
        window, tokens = key.window, key.tokens  # it was begun anew here
    after = {**before, "window": window, "tokens": tokens}
    if key.changed:
        after |= key.aside
        if key.aside["reason"] is not None:  # a key that rests already is not let go sooner
            after["rests_until"] = max(number_of(before, "rests_until"), key.aside["rests_until"])
    return after


def take_over(
    document: Document, health: Health, providers: Mapping[str, Provider], offset: float, now: float
) -> None:
    """What others have told holds here, too, but for what is not told yet."""
    for provider in providers.values():
        keys = document.get(place_of(provider))
        if not isinstance(keys, dict):
            continue
        for fingerprint, told in keys.items():
            state = health.of(provider).ring.states.get(fingerprint)
            if state is not None and isinstance(told, dict):
                _take_over(state, told, offset, now)


def _take_over(state: KeyState, told: Mapping[str, Any], offset: float, now: float) -> None:
    if state.changed:
        return
    # Times that a clock which was ahead has written come to an end all the same.
    window = number_of(told, "window")
    state.window = min(window - offset, now) if window else now
    state.tokens = int(number_of(told, "tokens")) + state.unsaved
    state.out = told.get("out") is True
    state.reason = str(told["reason"]) if told.get("reason") else None
    rests_until = number_of(told, "rests_until")
    state.rests_until = min(rests_until - offset, now + LONGEST_REST_S) if rests_until else 0.0
