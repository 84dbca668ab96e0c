"""What goes wrong is said in words; what was written stays; the chat goes on."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect
from started_desk import ROOT, served
from visitor import DESKTOP, PAIRS, PHONE, Reader, Visit, whole_reply

from emulator import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

both = pytest.mark.parametrize("reader", PAIRS, ids=["vi-phone", "en-desktop"])
QUESTION = "Áo khoác còn hàng không?"
KEY = "sk-journey-0123456789"  # not a secret


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped settings, except that nothing is tried again by itself, nor a reply that broke off asked for anew: a
    visitor's own "try again" counts."""
    folder = tmp_path_factory.mktemp("settings")
    shutil.copytree(ROOT / "settings" / "demos", folder / "demos")
    shutil.copy(ROOT / "settings" / "models.toml", folder)
    providers = (ROOT / "settings" / "providers.toml").read_text(encoding="utf-8")
    assert providers.count("\nretries = 3\n") == 1
    (folder / "providers.toml").write_text(
        providers.replace("\nretries = 3\n", '\nretries = 0\nrestart = "ask"\n'), encoding="utf-8"
    )
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def brittle(
    upstream: Emulator, settings: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """The address of a desk that gives up at once."""
    environment = {
        "HOLYSHEEP_API_KEY": KEY,
        "HOLYSHEEP_BASE_URL": upstream.base_url,
        "SETTINGS_DIR": str(settings),
        "DEFAULT_DEMO": "boutique",
    }
    async with served(tmp_path_factory.mktemp("brittle"), environment) as url:
        yield url


async def test_a_wrong_key(visit: Visit, emu: Emulator, brittle: str) -> None:
    """The reader learns which variable to mend, never the key; there is nothing to try again."""
    emu.set_fault("bad_key")
    visitor = await visit("en", DESKTOP, url=brittle)
    await visitor.send(QUESTION)
    await expect(visitor.theirs.nth(1)).to_have_text(
        visitor.say("errors.bad_key", variable="HOLYSHEEP_API_KEY")
    )
    await expect(visitor.receipts).to_contain_text(visitor.say("receipt.failed"))
    await visitor.picture("10-wrong-key")
    await expect(visitor.button(visitor.say("actions.retry"))).to_have_count(0)
    assert KEY not in await visitor.page.content()
    emu.clear_faults()
    await visitor.ask(QUESTION)
    assert await visitor.reply() == whole_reply(emu)


async def test_a_service_that_is_down(visit: Visit, emu: Emulator, brittle: str) -> None:
    """503: words, and a button that asks the same again; then the reply stands in their place."""
    emu.set_fault("unavailable", times=1)
    visitor = await visit("vi", PHONE, url=brittle)
    await visitor.send(QUESTION)
    await expect(visitor.theirs.nth(1)).to_have_text(visitor.say("errors.overloaded"))
    await visitor.picture("11-try-again")
    await visitor.press(visitor.button(visitor.say("actions.retry")))
    await expect(visitor.button(visitor.say("actions.regenerate"))).to_have_count(1)
    assert await visitor.reply() == whole_reply(emu)
    await expect(visitor.mine).to_have_count(1)
    await expect(visitor.theirs).to_have_count(2)
    assert emu.requests[0].messages == emu.requests[1].messages


async def test_nobody_listens(visit: Visit, emu: Emulator, brittle: str) -> None:
    """Connection refused: words and a button; when the service is back the button brings the reply."""
    await emu.stop()
    try:
        visitor = await visit("vi", url=brittle)
        await visitor.send(QUESTION)
        await expect(visitor.theirs.nth(1)).to_have_text(visitor.say("errors.unreachable"))
    finally:
        await emu.start()
    await visitor.press(visitor.button(visitor.say("actions.retry")))
    await expect(visitor.button(visitor.say("actions.regenerate"))).to_have_count(1)
    await expect(visitor.theirs).to_have_count(2)
    assert await visitor.reply() == whole_reply(emu)


async def test_a_reply_that_is_cut(visit: Visit, emu: Emulator, brittle: str) -> None:
    """The written half stays under its receipt, the words follow, and trying again gives a whole reply."""
    emu.set_fault("cut", times=1)
    visitor = await visit("en", DESKTOP, url=brittle)
    await visitor.send(QUESTION)
    await expect(visitor.theirs).to_have_count(3)
    half = await visitor.reply(1)
    said = await visitor.theirs.nth(2).inner_text()
    assert said == visitor.say("errors.cut", n=re.findall(r"\d+", said)[0])
    assert 20 < len(half) < len(whole_reply(emu))
    assert whole_reply(emu).startswith(half)
    await expect(visitor.receipts).to_contain_text(visitor.say("receipt.cut"))
    await visitor.picture("12-cut")
    await visitor.press(visitor.button(visitor.say("actions.retry")))
    await expect(visitor.theirs).to_have_count(2)
    await visitor.answered()
    assert await visitor.reply() == whole_reply(emu)


async def test_a_model_that_is_slow(visit: Visit, emu: Emulator) -> None:
    """After six seconds of nothing a line says why, and counts them; it goes with the first word."""
    emu.set_pace(first_token_s=7)
    visitor = await visit("vi", PHONE)
    await visitor.send(QUESTION)
    words = re.compile(re.escape(visitor.say("notes.queueing", n="SECONDS")).replace("SECONDS", r"\d+"))
    await expect(visitor.status).to_have_text(words, timeout=8_000)
    await visitor.picture("13-slow")
    await visitor.answered()
    await expect(visitor.status).to_be_hidden()


async def test_a_service_that_is_busy_for_a_moment(visit: Visit, emu: Emulator) -> None:
    """What a second try mends, the visitor never hears of; the receipt counts the attempts."""
    emu.set_fault("rate_limited", times=1)
    visitor = await visit("en")
    await visitor.ask(QUESTION)
    assert await visitor.reply() == whole_reply(emu)
    await visitor.receipts.get_by_role("button").first.click()
    row = visitor.receipts.get_by_role("row", name=visitor.say("receipt.attempts"))
    await expect(row.get_by_role("cell").last).to_have_text("2")


async def test_a_reply_at_its_length_limit(visit: Visit, emu: Emulator) -> None:
    """A reply that ran into the limit says so and can be continued."""
    emu.set_fault("length", times=1)
    visitor = await visit("vi")
    await visitor.ask(QUESTION)
    await expect(visitor.receipts).to_contain_text(visitor.say("receipt.length"))
    await visitor.button(visitor.say("actions.continue")).click()
    await visitor.answered(2)
    await expect(visitor.mine.nth(1)).to_have_text(visitor.say("actions.continue_message"))


async def test_a_demo_file_saved_in_mid_conversation(
    visit: Visit, emu: Emulator, brittle: str, settings: Path
) -> None:
    """The very next reply speaks by the new persona; a broken file changes nothing and says where."""
    file = settings / "demos" / "boutique.toml"
    shipped = file.read_text(encoding="utf-8")
    visitor = await visit("vi", url=brittle)
    try:
        await visitor.ask(QUESTION)
        file.write_text(
            shipped.replace('persona = """', 'persona = """\nXưng là Tí Hon.', 1), encoding="utf-8"
        )
        await visitor.ask(QUESTION)
        file.write_text('title = "Mây\n', encoding="utf-8")
        await visitor.ask(QUESTION)
    finally:
        file.write_text(shipped, encoding="utf-8")
    before, after, broken = [request.messages[0].content for request in emu.requests]
    assert "Tí Hon" not in before
    assert "Tí Hon" in after
    assert broken == after
    await expect(visitor.page.locator("[data-sonner-toast]").first).to_contain_text("boutique")


async def test_a_picture_in_a_reply_asks_no_other_host(
    visit: Visit, emu: Emulator, brittle: str, settings: Path
) -> None:
    """A model that writes an image of another site makes the browser ask nobody."""
    callers: list[object] = []
    async with await asyncio.start_server(lambda *caller: callers.append(caller), "127.0.0.1", 0) as stranger:
        port = stranger.sockets[0].getsockname()[1]
        image = f"![x](http://127.0.0.1:{port}/x.png)"
        file = settings / "demos" / "boutique.toml"
        shipped = file.read_text(encoding="utf-8")
        persona = f'persona = """\n- Khăn lụa Sương {image}: 350.000 ₫'
        file.write_text(shipped.replace('persona = """', persona, 1), encoding="utf-8")
        try:
            visitor = await visit("vi", url=brittle)
            emu.set_pace(tokens=0)
            await visitor.ask("Khăn lụa Sương giá bao nhiêu?")
        finally:
            file.write_text(shipped, encoding="utf-8")
        assert image in whole_reply(emu)
        await expect(visitor.theirs.nth(1).locator("img")).to_have_count(1)
        await visitor.picture("15-foreign-image")
        assert callers == []


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a desk that has no key."""
    async with served(tmp_path_factory.mktemp("rehearsal")) as url:
        yield url


@both
async def test_without_a_key_it_rehearses(
    visit: Visit, rehearsal: str, emu: Emulator, reader: Reader
) -> None:
    """No key: a banner that nobody can miss, replies all the same, and receipts of cost 0."""
    visitor = await visit(*reader, url=rehearsal)
    banner = visitor.page.locator("#desk-banner")
    await expect(banner).to_have_text(visitor.say("bar.rehearsal"))
    await expect(banner).to_be_in_viewport(ratio=1)
    await visitor.ask("Xin chào")
    await visitor.picture("14-rehearsal")
    await expect(visitor.receipts).to_contain_text("$0")
    await visitor.press(visitor.receipts.get_by_role("button").first)
    await expect(visitor.receipts.get_by_role("cell", name="rehearsal")).to_be_visible()
    await expect(banner).to_be_in_viewport(ratio=1)
    assert emu.requests == []
