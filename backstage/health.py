"""How the providers are, as this program sees them: keys, breakers, errors, times, and where the rollout stands."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from backstage.page import OperatorPage
from backstage.rooms import Rooms
from chat import say
from demos import Language
from holysheep.routes import REHEARSAL

log = logging.getLogger(__name__)

#: The view is brought up to date this often.
EVERY_S = 2.0
#: A clock that is further off than this is told of: certificates and limits by the hour begin to suffer.
SKEW_S = 30.0


class Health:
    """``status`` shows it until another view takes its place."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def status(self, page: OperatorPage, words: Sequence[str]) -> None:
        """Nothing is asked of anybody: it is what the turns so far have shown."""
        page.show("status", await self._seen(page.language))
        page.follow(self._follow(page))

    async def _follow(self, page: OperatorPage) -> None:
        away = False
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                seen = await self._seen(page.language)
            except OSError as error:
                if not away:  # once, however long it is
                    log.warning("no status: %s", error)
                away = True
                continue
            away = False
            page.update("status", seen)

    async def _seen(self, language: Language) -> dict[str, Any]:
        status = self._rooms.tools.engine.status()
        rollout = await self._rooms.rollout(language)
        providers = [_provider(language, one) for one in status["providers"] if one["name"] != REHEARSAL]
        well = bool(providers) and all(map(_is_well, providers))
        return {**status, "providers": providers, "well": well, "rollout": rollout}


def _provider(language: Language, provider: Mapping[str, Any]) -> dict[str, Any]:
    """With words for the kinds of errors; breakers that are closed are not worth a line."""
    recent, skew = provider["recent"], provider["clock_skew_s"] or 0.0
    errors = sorted(recent["errors"].items(), key=lambda one: -one[1])
    return {
        **provider,
        "clock_skew_s": skew if abs(skew) > SKEW_S else None,
        "keys": [{**key, "why": _why(language, key["reason"])} for key in provider["keys"]],
        "models": [model for model in provider["models"] if model["breaker"] != "closed"],
        "recent": {**recent, "errors": [{"why": _why(language, kind), "n": n} for kind, n in errors]},
    }


def _is_well(provider: Mapping[str, Any]) -> bool:
    troubles = provider["models"] or provider["clock_skew_s"]
    return not troubles and all(key["state"] == "ready" for key in provider["keys"])


def _why(language: Language, kind: str | None) -> str:
    return say(language, f"reasons.{kind}") if kind else ""
