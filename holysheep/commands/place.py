"""Where a command works, and what it says when it is done."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from holysheep.engine import Engine, EngineSettings
from holysheep.prices import Model
from holysheep.providers import Provider
from holysheep.rollout import RolloutPlan
from holysheep.store import Store

Language = Literal["vi", "en"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Place:
    """Plain data from whoever reads the settings.

    providers: those that can be asked, by name, without a rehearsal. known: also those that cannot.
    open_store: the state that is shared with a running program. by: who sits at the terminal.
    """

    providers: Mapping[str, Provider]
    known: Mapping[str, Provider]
    models: tuple[Model, ...]
    default_model: str
    rollout: RolloutPlan | None
    open_store: Callable[[], AbstractAsyncContextManager[Store]]
    language: Language = "en"
    by: str = "terminal"
    now: Callable[[], datetime] = _utc_now

    def say(self, vi: str, en: str) -> str:
        """The text in the reader's language."""
        return vi if self.language == "vi" else en

    def provider(self, name: str) -> Provider:
        """One of ``known``; raises WrongCommand."""
        if name not in self.known:
            raise WrongCommand(
                self.say(f"không có nhà cung cấp “{name}”", f"there is no provider “{name}”"),
                self.say(f"có: {', '.join(self.known)}", f"there are: {', '.join(self.known)}"),
            )
        return self.known[name]

    def model(self, id: str, models: Iterable[Model]) -> Model:
        """One of ``models``; raises WrongCommand."""
        known = {model.id: model for model in models}
        if id not in known:
            ids = ", ".join(known)
            raise WrongCommand(
                self.say(f"không có mô hình “{id}”", f"there is no model “{id}”"),
                self.say(f"có: {ids}", f"there are: {ids}"),
            )
        return known[id]

    def no_key(self, provider: Provider) -> str:
        """Why this one, which is known, cannot be asked."""
        if provider.key_variable and not provider.api_keys:
            return self.say(
                f"{provider.name} chưa có khóa: đặt {provider.key_variable} trong .env",
                f"{provider.name} has no key: set {provider.key_variable} in .env",
            )
        return self.say(f"{provider.name} chưa có địa chỉ", f"{provider.name} has no address")


class WrongCommand(Exception):
    """What was typed names something that is not there; exit code 2."""

    def __init__(self, wrong: str, known: str = "") -> None:
        super().__init__("; ".join(filter(None, (wrong, known))))


@dataclass(frozen=True)
class Said:
    """words: for people. data: the same for scripts. code: the exit code; anything but 0 goes to stderr."""

    words: str
    data: Mapping[str, Any] = field(default_factory=dict)
    code: int = 0


def engine_of(place: Place, store: Store) -> Engine:
    """An engine on the providers that can be asked, and on what the running programs know."""
    return Engine(EngineSettings(place.providers, place.models, place.rollout), store=store)
