"""An operator asks for the books in the chat: the table and the charts, as a browser draws them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect
from sample_turns import write_sample
from started_desk import served
from visitor import DESKTOP, PHONE, Device, Language, Visit

from emulator import Emulator
from ledger import Database

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def books(upstream: Emulator, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a desk with a month of made-up turns on record."""
    folder = tmp_path_factory.mktemp("books")
    async with Database(data_dir=folder) as database:
        await write_sample(database)
    key = "sk-journey-0123456789"  # not a secret
    environment = {"HOLYSHEEP_API_KEY": key, "HOLYSHEEP_BASE_URL": upstream.base_url}
    async with served(folder, environment) as url:
        yield url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("language", "device", "head", "charts"),
    [
        ("vi", DESKTOP, "Lượt hỏi của khách", ["Lượt hỏi", "Chi phí", "Lỗi"]),
        ("en", PHONE, "Visitors' turns", ["Turns", "Cost", "Errors"]),
    ],
)
async def test_a_report_in_the_chat(
    visit: Visit, books: str, scheme: str, language: Language, device: Device, head: str, charts: list[str]
) -> None:
    """Table and charts are there, the page is no wider for them, no other host is asked; then the chat goes on."""
    an = await visit(language, device, books, color_scheme=scheme)
    await an.send("/report from 2026-10-21")
    drawn = an.page.locator(".inline-plotly-container")
    await expect(an.theirs.nth(1)).to_contain_text(head)
    await expect(an.page.get_by_role("table").first).to_be_visible()
    await expect(drawn).to_have_count(5, timeout=20_000)
    for number, title in enumerate(charts):
        await expect(drawn.nth(number).locator(".gtitle")).to_have_text(title, timeout=20_000)
        await expect(drawn.nth(number).locator(".main-svg").first).to_be_visible(timeout=20_000)
    await expect(an.page.locator(".waiting")).to_have_count(0)
    width = device.options["viewport"]["width"]
    assert await an.page.evaluate("document.documentElement.scrollWidth") == width
    for chart in await drawn.all():
        box = await chart.locator(".main-svg").first.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
    # In the page's own colours, not in Plotly's dark grey.
    words = drawn.first.locator(".xtick text").first
    assert await words.evaluate("word => getComputedStyle(word).fill") != "rgb(68, 68, 68)"
    await drawn.nth(4).scroll_into_view_if_needed()
    await an.picture(f"27-report-{scheme}")
    await an.ask("Xin chào" if language == "vi" else "Hello")
    await expect(an.receipts).to_have_count(1)


async def test_wrong_words(visit: Visit, books: str) -> None:
    """What is wrong is said below the command, and the mend."""
    an = await visit("vi", PHONE, books)
    await an.send("/report by tháng")
    await expect(an.theirs.last).to_contain_text("“by” không nhận “tháng”; hãy chọn: day")
    await an.picture("28-report-wrong")


async def test_after_a_reload(visit: Visit, books: str) -> None:
    """A page that showed but a report begins anew, and a conversation with one goes on."""
    an = await visit("en", DESKTOP, books)
    await an.send("/report by demo")
    await expect(an.page.locator(".inline-plotly-container")).to_have_count(5, timeout=20_000)
    await an.page.reload()
    await an.greeted()
    await an.ask("Hello")
    await an.send("/report by model")
    await expect(an.page.locator(".inline-plotly-container")).to_have_count(5, timeout=20_000)
    await an.reload()
    await expect(an.mine.first).to_have_text("Hello")
    await expect(an.page.locator(".inline-plotly-container .main-svg").first).to_be_visible(timeout=20_000)


async def test_clearing(visit: Visit, books: str) -> None:
    """Charts go with the rest."""
    an = await visit("en", DESKTOP, books)
    await an.send("/report by demo")
    await expect(an.page.locator(".inline-plotly-container")).to_have_count(5, timeout=20_000)
    await an.page.locator("#desk-clear").click()
    await expect(an.page.locator(".inline-plotly-container")).to_have_count(0)
    await expect(an.mine).to_have_count(0)


async def test_an_edited_command(visit: Visit, books: str) -> None:
    """A command can be mended in place of typing it again."""
    an = await visit("en", DESKTOP, books)
    await an.ask("Hello")
    await an.send("/report by shop")
    await expect(an.theirs.last).to_contain_text("does not know 'shop'")
    await an.mine.last.hover()
    await an.mine.last.locator(".edit-message").click()
    await an.page.locator("#edit-chat-input").fill("/report by demo")
    await an.page.locator("#edit-chat-input").locator("xpath=..").get_by_role("button").last.click()
    await expect(an.page.locator(".inline-plotly-container")).to_have_count(5, timeout=20_000)
    await expect(an.mine).to_have_text(["Hello", "/report by demo"])
    await expect(an.receipts).to_have_count(1)
