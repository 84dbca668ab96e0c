"""How the providers are, beside the chat."""

import asyncio
from typing import Any

import pytest
from operators import Desk, until

import backstage.health
from chat.texts import say
from emulator import Emulator
from ledger import id_on_record

pytestmark = pytest.mark.database


def of(panel: dict[str, Any], name: str = "holysheep") -> dict[str, Any]:
    """One provider, as the view shows it."""
    (found,) = [one for one in panel["data"]["providers"] if one["name"] == name]
    return found


async def asked(desk: Desk, times: int = 1) -> None:
    """The model was asked, with whatever came of it."""
    engine = desk.tools.engine
    for _ in range(times):
        async for _event in engine.stream([{"role": "user", "content": "Xin chào"}], model="deepseek-v3.2"):
            pass


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_all_is_well(desk: Desk, language: Any) -> None:
    """Each key by its fingerprint, the last attempts and their times; no key, and nothing that is not a trouble."""
    await asked(desk)
    an = desk.come(language=language)
    shown = await an.do("status")
    provider = of(shown)
    assert shown["data"]["well"] is True and shown["data"]["rollout"] == [f"rollout in {language}"]
    (key,) = provider["keys"]
    assert (key["state"], key["why"], len(key["fingerprint"])) == ("ready", "", 12)
    assert provider["recent"]["attempts"] == 1 and provider["recent"]["errors"] == []
    assert provider["recent"]["ttft_ms"]["p50"] > 0 and provider["models"] == []
    assert "hs-key" not in str(an.page.events)
    assert an.opened == ["desk-status"]


async def test_nobody_is_there_to_be_well(desk: Desk) -> None:
    """Without a provider nothing is called well: the replies are samples."""
    desk.tools.engine.providers.clear()
    shown = await desk.come(language="en").do("status")
    assert (shown["data"]["providers"], shown["data"]["well"]) == ([], False)


async def test_a_key_that_is_out(desk: Desk, emu: Emulator) -> None:
    """Which, and why, in words; something needs a look."""
    emu.set_fault("bad_key")
    await asked(desk)
    shown = await desk.come(language="en").do("status")
    (key,) = of(shown)["keys"]
    assert (key["state"], key["why"]) == ("out", say("en", "reasons.bad_key"))
    assert of(shown)["recent"]["errors"] == [{"why": say("en", "reasons.bad_key"), "n": 1}]
    assert shown["data"]["well"] is False


async def test_it_is_kept_up_to_date(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is open, and no longer; a store that cannot be read for a moment takes nothing away."""
    monkeypatch.setattr(backstage.health, "EVERY_S", 0.01)
    an = desk.come()
    await an.do("status")
    await asked(desk)
    await until(lambda: of(an.panels[-1])["recent"]["attempts"] == 1)
    desk.rollout_away = True
    await asyncio.sleep(0.05)
    told = len(an.panels)
    await asyncio.sleep(0.05)
    assert len(an.panels) == told
    desk.rollout_away = False
    await until(lambda: len(an.panels) > told)
    an.press("unwatch")
    await asyncio.sleep(0.05)
    told = len(an.panels)
    await asyncio.sleep(0.05)
    assert len(an.panels) == told


async def test_it_is_typed_as_well(desk: Desk) -> None:
    """By the one word, whatever follows it."""
    an = desk.come()
    assert an.type("/status now", id_on_record())
    await until(lambda: an.panels)
    assert an.panels[-1]["view"] == "status" and an.panels[-1]["error"] is None
