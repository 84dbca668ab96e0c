"""One browser and one desk for all journeys; a context of its own for each visitor."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from links_at import Do, demos
from playwright.async_api import Browser, BrowserContext, expect
from stage import PACE, Line, chromium
from started_desk import ROOT, served
from visitor import DESKTOP, LOCALES, Device, Language, Visit, Visitor, Watch, sign_in

from emulator import Emulator, running

# A shared machine may be slow at any moment.
expect.set_options(timeout=10_000)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def upstream() -> AsyncIterator[Emulator]:
    """The provider that the desk asks."""
    async with running(PACE) as emulator:
        yield emulator


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desk(upstream: Emulator, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a desk with a key, asking ``upstream``."""
    environment = {
        "HOLYSHEEP_API_KEY": "sk-journey-0123456789",  # not a secret
        "HOLYSHEEP_BASE_URL": upstream.base_url,
    }
    async with served(tmp_path_factory.mktemp("desk"), environment) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def changeable(
    upstream: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, Path, Path]]:
    """A desk with settings of its own, whose demos may be changed: its address, its data, its settings."""
    folder, settings = tmp_path_factory.mktemp("desk"), tmp_path_factory.mktemp("settings") / "settings"
    shutil.copytree(ROOT / "settings", settings, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    environment = {
        "HOLYSHEEP_API_KEY": "sk-journey-0123456789",  # not a secret
        "HOLYSHEEP_BASE_URL": upstream.base_url,
        "SETTINGS_DIR": str(settings),
    }
    async with served(folder, environment) as url:
        yield url, folder, settings


@pytest.fixture
def operator(changeable: tuple[str, Path, Path]) -> Do:
    """Whoever publishes at that desk."""

    async def do(*words: str) -> Any:
        return await demos(*changeable, *words)

    return do


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Headless Chromium."""
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="session")
async def emu(upstream: Emulator) -> AsyncIterator[Emulator]:
    """``upstream`` as new: no fault, the usual pace, no request seen."""
    upstream.requests.clear()
    yield upstream
    upstream.clear_faults()
    upstream.set_pace(PACE)


@pytest_asyncio.fixture(loop_scope="session")
async def line(desk: str) -> AsyncIterator[Line]:
    """A network to the desk that can fail; visit ``line.url``."""
    async with Line(desk) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, desk: str, emu: Emulator) -> AsyncIterator[Visit]:
    """Brings visitors, each with a browser profile of their own; at the end none may have met an error
    or a host that is not ours."""
    contexts: list[BrowserContext] = []
    watches: list[tuple[str, Watch]] = []

    async def come(
        language: Language = "vi",
        device: Device = DESKTOP,
        url: str = desk,
        at_once: bool = True,
        scripts: tuple[str, ...] = (),
        **options: Any,
    ) -> Visitor:
        context = await browser.new_context(locale=LOCALES[language], **{**device.options, **options})
        contexts.append(context)
        context.set_default_timeout(10_000)
        await sign_in(context, url)
        watch = Watch()
        watch.follow(context)
        watches.append((url, watch))
        for script in scripts:
            await context.add_init_script(script)
        visitor = Visitor(await context.new_page(), url, language, device, watch)
        if at_once:
            await visitor.open()
        return visitor

    yield come
    for context in contexts:
        await context.close()
    for url, watch in watches:
        assert watch.errors == []
        assert watch.strangers(url) == []
