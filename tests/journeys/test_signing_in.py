"""An operator signs in: by password, or by the address that the terminal shows."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from started_desk import LOG, served
from visitor import DESKTOP, LOCALES, PAIRS, Device, Language, Reader, Visitor, Watch

from web.sign_in_page import texts

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PASSWORD = "mật khẩu tốt"


@asynccontextmanager
async def coming(
    browser: Browser,
    folder: Path,
    language: Language = "vi",
    device: Device = DESKTOP,
    environment: Mapping[str, str] | None = None,
    dark: bool = False,
) -> AsyncIterator[Visitor]:
    """Somebody who comes to a desk of the test's own and has not signed in; they meet no error and no other host."""
    scheme = {"color_scheme": "dark"} if dark else {}
    async with served(folder, environment) as url:
        context = await browser.new_context(locale=LOCALES[language], **{**device.options, **scheme})
        context.set_default_timeout(10_000)
        watch = Watch()
        watch.follow(context)
        yield Visitor(await context.new_page(), url, language, device, watch)
        await context.close()
    assert watch.errors == [] and watch.strangers(url) == []


async def fits(page: Page) -> bool:
    """Nothing has to be scrolled sideways, and no field is too small for a finger."""
    found: bool = await page.evaluate(
        "document.documentElement.scrollWidth <= innerWidth && "
        "[...document.querySelectorAll('input:not([hidden]):not([type=hidden]), button')]"
        ".every(part => part.getBoundingClientRect().height >= 44)"
    )
    return found


@pytest.mark.parametrize("reader", PAIRS, ids=["vi-phone", "en-desktop"])
async def test_a_password(browser: Browser, tmp_path: Path, unmeasured: None, reader: Reader) -> None:
    """A wrong one is told, the right one leads to the chat, and signing out back to the form."""
    language, device = reader
    say = texts(language)
    environment = {"OPERATOR_PASSWORD": PASSWORD}
    async with coming(browser, tmp_path, language, device, environment, dark=device.touch) as come:
        page = come.page
        await page.goto(come.url)
        await expect(page).to_have_url(f"{come.url}/sign-in")
        field = page.get_by_label(say["sign_in.password"])
        await expect(field).to_be_focused()
        assert await fits(page)
        await field.fill("sai mật khẩu")
        await field.press("Enter")
        await expect(page.get_by_role("alert")).to_have_text(say["sign_in.wrong_password"])
        await come.picture("50-sign-in")
        await page.get_by_label(say["sign_in.password"]).fill(PASSWORD)
        await page.get_by_role("button", name=say["sign_in.enter"]).click()
        await expect(page).to_have_url(f"{come.url}/")
        await come.greeted()
        assert await page.evaluate("fetch('/sign-out', { method: 'POST' }).then(answer => answer.url)") == (
            f"{come.url}/sign-in"
        )
        await page.reload()
        await expect(page).to_have_url(f"{come.url}/sign-in")


@pytest.mark.parametrize("reader", PAIRS, ids=["vi-phone", "en-desktop"])
async def test_the_address_in_the_terminal(
    browser: Browser, tmp_path: Path, unmeasured: None, reader: Reader
) -> None:
    """The form says where it stands; its button opens the desk, and the second time it is told that it is spent."""
    language, device = reader
    say = texts(language)
    async with coming(browser, tmp_path, language, device) as come:
        page = come.page
        await page.goto(come.url)
        await expect(page.get_by_text(say["sign_in.where"])).to_be_visible()
        assert await fits(page)
        await come.picture("51-sign-in-where")
        printed = (tmp_path / LOG).read_text(encoding="utf-8")
        (address,) = re.findall(r"/sign-in\?token=\S+", printed)
        await page.goto(come.url + address)
        assert await fits(page)
        await come.picture("52-sign-in-once")
        await page.get_by_role("button", name=say["sign_in.come_in"]).click()
        await expect(page).to_have_url(f"{come.url}/")
        await come.greeted()
        await page.context.clear_cookies(name="desk_operator")
        await page.goto(come.url + address)
        await expect(page.get_by_role("alert")).to_have_text(say["sign_in.spent"])
