"""The bubble on a shop's own page, which is another site than the desk."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from links_at import Do, demos
from playwright.async_api import Playwright, Route, async_playwright, expect
from shop import LISTEN, STRICT, Customer, Keeping, Shop, browser_of, opened, tag
from stage import Line, eventually
from started_desk import ROOT, served
from visitor import DESKTOP, PAIRS, PHONE, Device, Language, Reader, said

from emulator import Emulator

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

#: Brings a customer to a page of the shop.
Come = Callable[..., Awaitable[Customer]]

QUESTION = "Áo khoác giá bao nhiêu?"
both = pytest.mark.parametrize("reader", PAIRS, ids=["phone-vi", "desktop-en"])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def home(
    upstream: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, Path]]:
    """A desk of its own, and where its data is."""
    folder = tmp_path_factory.mktemp("desk")
    environment = {
        "HOLYSHEEP_API_KEY": "sk-journey-0123456789",  # not a secret
        "HOLYSHEEP_BASE_URL": upstream.base_url,
    }
    async with served(folder, environment) as url:
        yield url, folder


@pytest.fixture
def operator(home: tuple[str, Path]) -> Do:
    """Whoever publishes."""

    async def do(*words: str) -> Any:
        return await demos(*home, ROOT / "settings", *words)

    return do


@pytest_asyncio.fixture(loop_scope="session")
async def line_home(home: tuple[str, Path]) -> AsyncIterator[Line]:
    """A network to that desk that can fail."""
    async with Line(home[0]) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def shop() -> AsyncIterator[Shop]:
    """A shop with nothing of ours yet."""
    async with opened() as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    """What starts browsers."""
    async with async_playwright() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def come(playwright: Playwright, shop: Shop, emu: Emulator, tmp_path: Path) -> AsyncIterator[Come]:
    """Brings customers, each with a browser of their own; no console may hold an error, unless a test forgives it."""
    customers: list[Customer] = []
    async with AsyncExitStack() as stack:

        async def bring(
            language: Language = "vi",
            device: Device = DESKTOP,
            keeping: Keeping = "partitioned",
            path: str = "/",
            **options: Any,
        ) -> Customer:
            folder = tmp_path / f"browser-{len(customers)}"
            browser = browser_of(playwright, folder, keeping, language, device, **options)
            context = await stack.enter_async_context(browser)
            await context.add_init_script(LISTEN)
            here = Customer(await context.new_page(), language, touch=device.touch)
            customers.append(here)
            await here.page.goto(path if "//" in path else shop.url + path)
            return here

        yield bring
    assert [here.errors for here in customers if not here.forgiven] == [
        [] for here in customers if not here.forgiven
    ]


async def there_is_news(link: Any, words: str) -> None:
    """The desk knows what a command has changed, for it looks twice a second: the script has these words."""
    async with aiohttp.ClientSession() as http, asyncio.timeout(10):
        said = ""
        while words not in said:
            async with http.get(f"{link['url']}embed.js") as answer:
                said = await answer.text()
            await asyncio.sleep(0.1)


async def published(operator: Do, shop: Shop, *words: str) -> Any:
    """A link for that shop, with its bubble on the shop's pages."""
    link = await operator("publish", "boutique", "--origin", shop.url, *words)
    shop.tags = tag(link)
    return link


@both
@pytest.mark.parametrize("keeping", ["partitioned", "phaseout", "blocked"])
async def test_a_customer_chats_on_the_shop_s_page(
    operator: Do,
    shop: Shop,
    come: Come,
    line_home: Line,
    home: tuple[str, Path],
    keeping: Keeping,
    reader: Reader,
) -> None:
    """A first message, a second one, one after the network was away; on the next page of the shop the chat goes on
    where the browser keeps anything, and begins anew where not."""
    link = await published(operator, shop)
    shop.tags = tag({"url": link["url"].replace(home[0], line_home.url)})
    here = await come(*reader, keeping=keeping)
    await expect(here.bubble).to_have_accessible_name(here.say("embed.open"))
    await here.picture("bubble-1-closed")
    await here.open()
    await here.ask(QUESTION)
    await here.ask("Còn màu khác không?")
    await here.picture("bubble-2-open")
    kept = said(reader[0], "bar.fleeting")
    await expect(here.inside.locator("#desk-storage")).to_have_text(kept if keeping == "blocked" else "")
    here.forgiven = True  # the browser tells of each socket that cannot be opened
    line_home.cut()
    await expect(here.inside.locator("#desk-status")).to_have_text(said(reader[0], "bar.offline"))
    line_home.mend()
    await expect(here.inside.locator("#desk-status")).to_be_empty(timeout=20_000)
    await here.ask("Alo?")
    await here.page.goto(f"{shop.url}/next")
    await here.open()
    await expect(here.mine).to_have_count(0 if keeping == "blocked" else 3)
    await here.ask("Còn cỡ L không?")


@pytest.mark.parametrize("keeping", ["partitioned", "blocked"])
async def test_the_chat_before_the_big_script(operator: Do, shop: Shop, come: Come, keeping: Keeping) -> None:
    """The bubble opens once the frame can be typed in; what is said there is there once when Chainlit has come."""
    link = await published(operator, shop)
    here = await come(keeping=keeping)
    released = asyncio.Event()

    async def later(route: Route) -> None:
        await released.wait()
        await route.continue_()

    await here.page.route("**/assets/*.js", later)
    await here.bubble.click()
    await expect(here.panel).to_have_class("open")
    await expect(here.inside.locator("#desk-first-input")).to_be_focused()
    await expect(here.inside.locator("#desk-close")).to_be_visible()
    await here.page.keyboard.type(QUESTION)
    await here.page.keyboard.press("Enter")
    await expect(here.inside.locator("#desk-first .desk-theirs")).to_have_count(2, timeout=20_000)
    await here.page.keyboard.press("Escape")
    await expect(here.panel).to_have_class("closed")
    await here.open_again()
    await here.picture("bubble-6-first")
    released.set()
    await here.shown()
    await expect(here.mine).to_have_text(QUESTION)
    await here.ask("Còn màu khác không?")
    (row,) = [row for row in await operator("links", "boutique") if row["link"] == link["link"]]
    assert (row["used"], row["visitors"], row["conversations"]) == (2, 1, 1)


async def test_cookies_are_phased_out(operator: Do, shop: Shop, come: Come) -> None:
    """The browser still knows the switch: a frame's cookie that says it is for other sites is not kept."""
    await published(operator, shop)
    kept = {}
    for keeping in ("partitioned", "phaseout"):
        here = await come(keeping=keeping)
        await here.open()
        (frame,) = [frame for frame in here.page.frames if "/d/" in frame.url]
        kept[keeping] = await frame.evaluate("""() => {
          document.cookie = "third=party; SameSite=None; Secure";
          return document.cookie;
        }""")
    assert kept == {"partitioned": "third=party", "phaseout": ""}


async def test_a_shop_with_a_strict_policy(
    operator: Do, shop: Shop, come: Come, home: tuple[str, Path]
) -> None:
    """Scripts and frames of our host and nothing more: no style of text, no markup of text."""
    await published(operator, shop)
    shop.headers["Content-Security-Policy"] = STRICT.format(desk=home[0])
    here = await come()
    box = await here.bubble.bounding_box()
    assert box is not None and (box["width"], box["height"]) == (60, 60)
    await here.open()
    await here.ask(QUESTION)
    assert shop.violations == []
    here.forgiven = True
    await here.page.evaluate("document.body.setAttribute('style', 'color: red')")
    await eventually(lambda: shop.violations)


async def test_the_chat_can_speak_the_other_language(operator: Do, shop: Shop, come: Come) -> None:
    """English chosen in the bubble on a Vietnamese browser, which keeps no cookie for the frame; and back again."""
    await published(operator, shop)
    here = await come()
    here.forgiven = True  # Chainlit's own sheet of settings has no name
    await here.open()
    await here.ask(QUESTION)
    choices: list[tuple[Language, Language, str]] = [("vi", "en", "English"), ("en", "vi", "Tiếng Việt")]
    for other, language, name in choices:
        await here.inside.get_by_role("button", name=said(other, "bar.settings"), exact=True).click()
        await here.inside.locator("#page_language").click()
        await here.inside.get_by_role("option", name=name, exact=True).click()
        await here.inside.locator("#confirm-sidebar").click()
        await expect(here.inside.locator("html")).to_have_attribute("lang", language)
        await here.shown()
        await expect(here.mine).to_have_text(QUESTION)
        await expect(here.composer).to_have_attribute("aria-label", said(language, "bar.composer"))
        regenerate = here.inside.get_by_role("button", name=said(language, "actions.regenerate"), exact=True)
        await expect(regenerate).to_be_visible()


@pytest.mark.parametrize("where", ["body", "head"])
async def test_twice_on_a_page(operator: Do, shop: Shop, come: Come, where: str) -> None:
    """One bubble, also of two links, also where the scripts run before there is a body."""
    one, two = await published(operator, shop), await published(operator, shop)
    tags = (tag(one) * 2 + tag(two)).replace(" async", "")
    shop.tags, shop.head = ("", tags) if where == "head" else (tags, "")
    here = await come()
    await expect(here.bubble).to_have_count(1)
    await here.open()
    await here.ask(QUESTION)


async def test_a_script_that_is_run_again(operator: Do, shop: Shop, come: Come) -> None:
    """As some shops do where they swap the page: nothing more listens than before, and the chat stays open."""
    link = await published(operator, shop)
    here = await come(path="about:blank?//")
    await here.page.add_init_script("""{
      window.listening = 0;
      for (const target of [window, window.visualViewport]) {
        const add = target.addEventListener;
        target.addEventListener = function (...all) { window.listening += 1; return add.apply(target, all); };
      }
    }""")
    await here.page.goto(shop.url)
    await here.open()
    await here.ask(QUESTION)
    listening = await here.page.evaluate("listening")
    assert listening >= 3
    again = """(src) => new Promise((onload) => document.body.append(
      Object.assign(document.createElement("script"), { src, onload })))"""
    for _ in range(3):
        await here.page.evaluate(again, f"{link['url']}embed.js")
    assert await here.page.evaluate("listening") == listening
    await expect(here.bubble).to_have_count(1)
    await expect(here.panel).to_have_class("open")


async def test_a_page_that_swaps_its_body(operator: Do, shop: Shop, come: Come) -> None:
    """As some shops do instead of loading the next page: the chat stays, and stays open."""
    await published(operator, shop)
    here = await come()
    await here.open()
    await here.ask(QUESTION)
    await here.page.evaluate("document.body = document.createElement('body')")
    await expect(here.mine).to_have_text(QUESTION)
    await here.ask("Còn màu khác không?")
    await here.bubble.click()
    await expect(here.panel).to_have_class("closed")


async def test_with_the_keyboard(operator: Do, shop: Shop, come: Come) -> None:
    """Tab to the bubble, Enter, write, Enter, Escape: the focus goes into the chat and comes back; Escape elsewhere on
    the page is the shop's, and that of an input method is its own."""
    await published(operator, shop)
    here = await come()
    keyboard = here.page.keyboard
    await here.page.locator("#buy").focus()
    await keyboard.press("Tab")
    await expect(here.bubble).to_be_focused()
    await expect(here.bubble).to_have_attribute("aria-expanded", "false")
    await keyboard.press("Enter")
    await here.shown()
    await expect(here.bubble).to_have_attribute("aria-expanded", "true")
    await expect(here.bubble).to_have_accessible_name(here.say("embed.close"))
    await expect(here.composer).to_be_focused()
    await keyboard.type(QUESTION)
    await keyboard.press("Enter")
    await expect(here.theirs).to_have_count(2, timeout=20_000)
    await keyboard.type("Nửa câu")
    await here.composer.dispatch_event("keydown", {"key": "Escape", "keyCode": 229, "bubbles": True})
    await expect(here.panel).to_have_class("open")
    await keyboard.press("Escape")
    await expect(here.panel).to_have_class("closed")
    await expect(here.bubble).to_be_focused()
    await keyboard.press("Shift+Tab")
    await expect(here.page.locator("#buy")).to_be_focused()
    await keyboard.press("Tab")
    await keyboard.press("Space")
    await here.shown()
    await expect(here.composer).to_be_focused()
    await expect(here.composer).to_have_value("Nửa câu")
    await here.page.locator("#search").focus()
    await keyboard.press("Escape")
    await expect(here.panel).to_have_class("open")
    await here.bubble.focus()
    await keyboard.press("Escape")
    await expect(here.panel).to_have_class("closed")
    assert await here.events() == ["ready", "open", "close", "open", "close"]


async def test_on_a_phone(operator: Do, shop: Shop, come: Come) -> None:
    """The whole screen, a button that leads back, and letters that no phone magnifies."""
    await published(operator, shop)
    here = await come("vi", PHONE)
    await here.open()
    box = await here.panel.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 360, "height": 740}
    size = await here.composer.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
    assert size >= 16
    close = here.inside.get_by_role("button", name=here.say("embed.close"))
    overlap = await close.evaluate("""close => {
      const all = [close, ...document.querySelectorAll("#header button")];
      const [one, ...others] = all.map((button) => button.getBoundingClientRect());
      return others.filter((o) => o.width && o.right > one.left && o.left < one.right && o.top < one.bottom).length;
    }""")
    assert overlap == 0
    below = await close.evaluate("""close => {
      const banner = document.querySelector("#desk-banner");
      banner.hidden = false;
      return close.getBoundingClientRect().top - banner.getBoundingClientRect().bottom;
    }""")
    assert below == 0
    await here.picture("bubble-7-banner")
    await close.tap()
    await expect(here.panel).to_have_class("closed")
    await here.page.locator("#buy").tap()
    await expect(here.page.locator("#buy")).to_be_focused()


async def test_reduced_motion(operator: Do, shop: Shop, come: Come) -> None:
    """Nothing turns, grows or slides for whoever does not want it."""
    await published(operator, shop)
    moving = """() => {
      const shadow = document.querySelector("demo-desk-bubble").shadowRoot;
      const button = shadow.querySelector("button");
      button.setAttribute("aria-busy", true);
      return [getComputedStyle(button, "::after").animationName, getComputedStyle(button).transitionDuration,
        getComputedStyle(shadow.querySelector("#panel")).transitionDuration];
    }"""
    seen = {}
    for motion in ("reduce", "no-preference"):
        here = await come(reduced_motion=motion)
        await expect(here.bubble).to_be_visible()
        seen[motion] = await here.page.evaluate(moving)
    assert seen["reduce"] == ["none", "0s", "0s"] and "0s" not in seen["no-preference"]


@pytest.mark.parametrize(
    ("data", "scheme", "color", "ink", "side"),
    [
        ({}, "light", "rgb(155, 59, 90)", "rgb(255, 255, 255)", "right"),
        ({}, "dark", "rgb(231, 155, 180)", "rgb(16, 20, 20)", "right"),
        ({"color": "#ffd24d", "side": "left"}, "light", "rgb(255, 210, 77)", "rgb(16, 20, 20)", "left"),
        ({"color": "#00205b"}, "dark", "rgb(0, 32, 91)", "rgb(255, 255, 255)", "right"),
        ({"color": "red;}"}, "light", "rgb(155, 59, 90)", "rgb(255, 255, 255)", "right"),
    ],
    ids=["the demo's own", "on a dark page", "the shop's", "the shop's, dark", "no colour"],
)
async def test_colour_and_side(
    operator: Do, shop: Shop, come: Come, data: dict[str, str], scheme: str, color: str, ink: str, side: str
) -> None:
    """The shop's words in ``data-`` attributes go before the demo's; what is no colour is told in the console."""
    link = await operator(
        "publish", "boutique", "--origin", shop.url, "--color", "#9b3b5a", "--color-dark", "#e79bb4"
    )
    shop.tags = tag(link, **data)
    here = await come(color_scheme=scheme)
    await expect(here.bubble).to_have_css("background-color", color)
    await expect(here.bubble).to_have_css("color", ink)
    box = await here.bubble.bounding_box()
    assert box is not None and box["x"] == {"left": 20, "right": 1280 - 80}[side]
    assert any("data-color" in line for line in here.console) is (data.get("color") == "red;}")
    await here.open()
    box = await here.panel.bounding_box()
    assert box is not None and box["x"] == {"left": 20, "right": 1280 - 420}[side]


async def test_nothing_is_loaded_before_the_first_click(operator: Do, shop: Shop, come: Come) -> None:
    """The script and nothing else, whatever the customer does on the page."""
    link = await published(operator, shop)
    here = await come()
    await here.bubble.hover()
    await here.page.locator("#search").fill("áo")
    await here.page.mouse.wheel(0, 500)
    await here.page.wait_for_timeout(500)
    assert [url for url in here.requests if not url.startswith((shop.url, "data:"))] == [
        f"{link['url']}embed.js"
    ]
    assert [frame.url for frame in here.page.frames] == [f"{shop.url}/"]
    await here.open()
    assert f"{link['url']}?in=frame" in here.requests


SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => list.getEntries().forEach((entry) => shifts.push(entry.value)))
  .observe({ type: "layout-shift", buffered: true });"""


@both
async def test_nothing_moves_on_the_page(operator: Do, shop: Shop, come: Come, reader: Reader) -> None:
    """No shift of the layout, from the page's load to the chat's end; the page is as wide as before."""
    await published(operator, shop)
    here = await come(*reader)
    await here.page.add_init_script(SHIFTS)
    measure = "[document.scrollingElement.scrollWidth, document.scrollingElement.scrollHeight]"
    shop.tags, tags = "", shop.tags
    await here.page.goto(f"{shop.url}/bare")
    bare = await here.page.evaluate(measure)
    shop.tags = tags
    await here.page.goto(f"{shop.url}/next")
    await here.open()
    await here.ask(QUESTION)
    assert await here.page.evaluate(measure) == bare
    await here.inside.locator("#desk-close").click()
    await expect(here.panel).to_have_class("closed")
    assert await here.page.evaluate("shifts") == []


async def test_a_site_that_is_not_allowed(operator: Do, shop: Shop, come: Come) -> None:
    """No bubble; the console names the command that mends it, and that mends it. A frame made by hand stays empty."""
    link = await operator("publish", "boutique", "--origin", "https://elsewhere.example")
    shop.tags = f'{tag(link)}<iframe src="{link["url"]}?in=frame" style="display: block"></iframe>'
    here = await come()
    here.forgiven = True
    await here.page.wait_for_load_state()
    await expect(here.bubble).to_have_count(0)
    (warning,) = [line for line in here.console if line.startswith("warning: Demo Desk")]
    command = warning.splitlines()[-1]
    assert shop.url in warning and command.startswith(f"python -m demos extend {link['link']} ")
    assert "https://elsewhere.example" in command
    assert [frame.url for frame in here.page.frames[1:]] == ["chrome-error://chromewebdata/"]
    await operator(*command.removeprefix("python -m demos ").split())
    await there_is_news(link, shop.url)
    here = await come()
    await here.open()
    await here.ask(QUESTION)


#: Of one shop under several names: the pattern that a link names, by the name of the page, and whether it fits.
SITES = [
    ("http://shop.localhost:{port}", "shop.localhost", True),
    ("http://shop.localhost:{port}", "other.localhost", False),
    ("http://*.localhost:{port}", "shop.localhost", True),
    ("http://*.localhost:{port}", "a.shop.localhost", True),
    ("http://*.shop.localhost:{port}", "a.shop.localhost", True),
    ("http://*.shop.localhost:{port}", "shop.localhost", False),
    ("http://*.shop.localhost:{port}", "workshop.localhost", False),
    ("http://shop.localhost", "shop.localhost", False),
    ("http://shop.localhost:1", "shop.localhost", False),
    ("https://shop.localhost:{port}", "shop.localhost", False),
]


async def test_which_sites_are_allowed(operator: Do, shop: Shop, come: Come) -> None:
    """The script judges as the browser does: where there is a bubble the frame may stand, and nowhere else."""
    port = shop.url.rpartition(":")[2]
    here = await come()
    here.forgiven = True  # the browser says what it refused
    seen = []
    for pattern, name, _ in SITES:
        link = await operator("publish", "boutique", "--origin", pattern.format(port=port))
        shop.tags = f'{tag(link).replace(" async", "")}<iframe src="{link["url"]}?in=frame"></iframe>'
        await here.page.goto(shop.at(name))
        framed = [frame.url.startswith(link["url"]) for frame in here.page.frames[1:]]
        assert framed == [await here.bubble.count() == 1], (pattern, name)
        seen.append((pattern, name, framed[0]))
    assert seen == SITES


async def test_a_shop_in_a_frame_of_somebody_else(operator: Do, shop: Shop, come: Come) -> None:
    """Whoever frames the shop frames the chat, too, and must be allowed as well."""
    link = await published(operator, shop)
    bubble, shop.tags = tag(link), ""
    shop.pages["/framing"] = (
        f'<iframe src="{shop.url}/" style="display: block; width: 900px; height: 700px"></iframe>'
    )
    shop.pages["/"] = bubble
    here = await come(path=f"{shop.at('builder.localhost')}/framing")
    await here.page.wait_for_load_state()
    await eventually(lambda: [line for line in here.console if "builder.localhost" in line])
    inner = here.page.frame_locator("iframe")
    await expect(inner.locator("h1")).to_be_visible()
    await expect(inner.locator("demo-desk-bubble")).to_have_count(0)


async def test_a_link_that_may_not_be_framed(operator: Do, shop: Shop, come: Come) -> None:
    """Published with no site at all: it can be opened, and there is no bubble anywhere."""
    link = await operator("publish", "boutique")
    shop.tags = tag(link)
    here = await come()
    await eventually(lambda: [line for line in here.console if "Demo Desk" in line])
    await expect(here.bubble).to_have_count(0)


async def usable(here: Customer) -> None:
    """Nothing of ours lies over the shop's page, but the bubble in its corner."""
    covered = await here.page.evaluate("""() => {
      const found = new Set();
      for (let x = 5; x < innerWidth; x += 25) for (let y = 5; y < innerHeight; y += 25) {
        const own = document.elementFromPoint(x, y)?.shadowRoot?.elementFromPoint(x, y);
        if (own) found.add(own.closest("[id], button").id);
      }
      return [...found].filter(Boolean);
    }""")
    assert covered == []
    await here.page.locator("#search").fill("áo dài")


@both
async def test_our_server_is_away(
    operator: Do, shop: Shop, come: Come, line_home: Line, home: tuple[str, Path], reader: Reader
) -> None:
    """The shop's page stays as it was, and a few words say that the chat cannot be opened, with a way to it; once the
    server is back the next press opens it."""
    link = await published(operator, shop)
    shop.tags = tag({"url": link["url"].replace(home[0], line_home.url)})
    here = await come(*reader)
    here.forgiven = True
    await expect(here.bubble).to_be_visible()
    line_home.cut()
    await here.bubble.click()
    await usable(here)
    await expect(here.note).to_have_css("width", "320px")
    await expect(here.note).to_contain_text(here.say("embed.trouble"))
    way = here.note.get_by_role("link", name=here.say("embed.tab"))
    await expect(way).to_have_attribute("href", link["url"].replace(home[0], line_home.url))
    await here.picture("bubble-3-away")
    await expect(here.panel).not_to_have_class("open")
    await here.bubble.click()
    await expect(here.note).to_be_empty()
    await usable(here)
    line_home.mend()
    await here.open()
    await here.ask(QUESTION)


async def test_our_server_never_answers(operator: Do, shop: Shop, come: Come) -> None:
    """Nothing lies over the page while it is waited for; after a while the words come; should it answer after all, so
    does the chat."""
    await published(operator, shop)
    here = await come()
    held: list[Any] = []
    await here.page.route("**/?in=frame", lambda route: held.append(route))
    await here.page.clock.install()
    await here.bubble.click()
    await expect(here.bubble).to_have_attribute("aria-busy", "true")
    await usable(here)
    await here.page.clock.run_for(5000)
    await expect(here.note).to_have_text(here.say("embed.wait"))
    await here.page.clock.run_for(4000)
    await expect(here.note).to_contain_text(here.say("embed.trouble"))
    await expect(here.bubble).to_have_attribute("aria-busy", "false")
    await here.page.clock.resume()
    await held[0].continue_()
    await here.shown()
    await expect(here.note).to_be_empty()


SLOW_ANSWERS = """if (window === window.top) {
  const add = window.addEventListener.bind(window);
  const late = (listener) => (event) => setTimeout(listener, event.data?.event === "here" ? 4000 : 0, event);
  window.addEventListener = (kind, listener, ...more) =>
    add(kind, kind === "message" ? late(listener) : listener, ...more);
  HTMLIFrameElement.prototype.addEventListener = function (kind, listener) {
    EventTarget.prototype.addEventListener.call(this, kind, () => setTimeout(listener, 1000));
  };
}"""


async def test_an_answer_that_comes_late(operator: Do, shop: Shop, come: Come) -> None:
    """A busy machine may keep the frame's word back: what gave way to the words comes again."""
    await published(operator, shop, "--passcode", "4711")
    here = await come(path="about:blank?//")
    await here.page.add_init_script(SLOW_ANSWERS)
    await here.page.goto(shop.url)
    await here.bubble.click()
    here.forgiven = True  # the browser tells of each answer that is a refusal
    await expect(here.panel).to_have_class("open")
    await expect(here.note).to_contain_text(here.say("embed.trouble"))
    await expect(here.panel).to_have_class("open")
    await here.inside.get_by_label(said("vi", "walls.passcode_label")).fill("4711")
    await here.inside.get_by_role("button", name=said("vi", "walls.passcode_button")).click()
    await here.shown()


async def test_our_server_goes_while_the_chat_is_open(
    operator: Do, shop: Shop, come: Come, line_home: Line, home: tuple[str, Path]
) -> None:
    """A frame that loads itself anew and finds nobody gives the shop's page free again."""
    link = await published(operator, shop)
    shop.tags = tag({"url": link["url"].replace(home[0], line_home.url)})
    here = await come("vi", PHONE)
    here.forgiven = True
    await here.open()
    line_home.cut()
    (frame,) = [frame for frame in here.page.frames if "/d/" in frame.url]
    await frame.evaluate("void window.location.reload()")
    await expect(here.note).to_contain_text(here.say("embed.trouble"))
    await expect(here.panel).not_to_have_class("open")
    await here.bubble.tap()
    await usable(here)


async def test_a_shop_that_allows_no_frame(
    operator: Do, shop: Shop, come: Come, home: tuple[str, Path]
) -> None:
    """Its policy lets our script in and our frame not: words and a way to the chat, as where the server is away."""
    await published(operator, shop)
    shop.headers["Content-Security-Policy"] = f"script-src {home[0]}/; frame-src 'none'"
    here = await come()
    here.forgiven = True
    await here.bubble.click()
    await expect(here.note).to_contain_text(here.say("embed.trouble"))
    async with here.page.context.expect_page() as opening:
        await here.note.get_by_role("link").click()
    chat = await opening.value
    await expect(chat.locator('[data-step-type="assistant_message"]').first).to_be_visible(timeout=20_000)


async def test_what_the_shop_s_page_is_told(
    operator: Do, shop: Shop, come: Come, home: tuple[str, Path]
) -> None:
    """``ready``, ``open`` and ``close``, from our origin; nobody else can close the chat, and what the page says to the
    frame goes no further."""
    await published(operator, shop)
    here = await come()
    frames: list[str] = []
    here.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: frames.append(str(frame))))
    await here.open()
    forged = {"source": "demo-desk", "event": "close", "asked": True}
    await here.page.evaluate("forged => window.postMessage(forged, '*')", forged)
    await here.page.evaluate("window.heard.length = 0")
    await here.ask(QUESTION)
    await here.bubble.click()
    await here.bubble.click()
    await expect(here.panel).to_have_class("open")
    await eventually_events(here, ["close", "open"])
    assert {origin for origin, _ in await here.page.evaluate("heard")} == {home[0]}
    assert [frame for frame in frames if "window_message" in frame] == []


async def eventually_events(here: Customer, events: list[str]) -> None:
    """The shop's page has been told these."""
    with suppress(TimeoutError):
        async with asyncio.timeout(10):
            while await here.events() != events:
                await asyncio.sleep(0.05)
    assert await here.events() == events


@pytest.mark.parametrize("keeping", ["partitioned", "blocked"])
async def test_a_plain_frame(operator: Do, shop: Shop, come: Come, keeping: Keeping) -> None:
    """Without the script: the chat stands in the page, offers nothing to close it, and says when it is ready."""
    link = await operator("publish", "boutique", "--origin", shop.url)
    shop.tags = f'<iframe src="{link["url"]}" style="display: block; opacity: 1; width: 400px; height: 600px"></iframe>'
    here = await come(keeping=keeping)
    here.look_into("iframe")
    await expect(here.theirs.first).not_to_be_empty(timeout=20_000)
    await here.ask(QUESTION)
    await here.ask("Còn màu khác không?")
    await expect(here.inside.locator("#desk-close")).to_have_count(0)
    assert await here.events() == ["ready"]


@both
@pytest.mark.parametrize("keeping", ["partitioned", "blocked"])
async def test_a_passcode_in_the_bubble(
    operator: Do, shop: Shop, come: Come, keeping: Keeping, reader: Reader
) -> None:
    """The frame asks for it, says when it was wrong, and opens with the right one, also where it may keep nothing."""
    await published(operator, shop, "--passcode", "4711")
    here = await come(*reader, keeping=keeping)
    await here.bubble.click()
    await expect(here.panel).to_have_class("open")
    field = here.inside.get_by_label(said(reader[0], "walls.passcode_label"))
    if not here.touch:
        await expect(field).to_be_focused()
    await here.picture("bubble-4-passcode")
    here.forgiven = True  # the browser tells of each answer that is a refusal
    for code in ("0000", "4711"):
        await field.fill(code)
        await here.inside.get_by_role("button", name=said(reader[0], "walls.passcode_button")).click()
        if code == "0000":
            heading = said(reader[0], "walls.wrong_passcode_heading")
            await expect(here.inside.get_by_role("heading")).to_have_text(heading)
            await expect(here.inside.locator("#desk-close")).to_have_count(1)
    await here.shown()
    await here.ask(QUESTION)
    await here.ask("Còn màu khác không?")
    await expect(here.inside.locator("#desk-close")).to_be_visible()


@both
async def test_a_link_that_is_revoked(operator: Do, shop: Shop, come: Come, reader: Reader) -> None:
    """A page that was open before says so in the frame; the next one has no bubble, and says why in its console."""
    link = await published(operator, shop)
    here = await come(*reader)
    here.forgiven = True
    await expect(here.bubble).to_be_visible()
    await operator("revoke", link["link"])
    await here.bubble.click()
    await expect(here.panel).to_have_class("open")
    await expect(here.inside.get_by_role("heading")).to_have_text(said(reader[0], "walls.revoked_heading"))
    await here.picture("bubble-5-revoked")
    await here.inside.locator("#desk-close").click()
    await expect(here.panel).to_have_class("closed")
    await there_is_news(link, "revoked")
    later = await come(*reader)
    await eventually(lambda: [line for line in later.console if "revoked" in line])
    await expect(later.bubble).to_have_count(0)


async def test_an_unknown_link(operator: Do, shop: Shop, come: Come) -> None:
    """No bubble, one line in the console, and no error."""
    link = await published(operator, shop)
    shop.tags = tag({"url": f"{link['url'][:-9]}aaaaaaaa/"})
    here = await come()
    await eventually(lambda: here.console)
    await expect(here.bubble).to_have_count(0)
    assert [line.partition(":")[0] for line in here.console] == ["warning"]


async def test_a_browser_that_does_not_say_who_frames_it(operator: Do, shop: Shop, come: Come) -> None:
    """Where there is no ``ancestorOrigins`` the frame learns from the first word whom it speaks to."""

    rewritten = set()

    async def without(route: Route) -> None:
        answer = await route.fetch()
        text = await answer.text()
        if "ancestorOrigins" in text:
            rewritten.add(route.request.url)
        await route.fulfill(response=answer, body=text.replace("ancestorOrigins", "notThere"))

    link = await published(operator, shop)
    here = await come(path="about:blank?//")
    for address in (
        f"{link['url']}embed.js",
        f"{link['url']}?in=frame",
    ):  # the frame's script stands in its page
        await here.page.route(lambda url, wanted=address: url == wanted, without)
    await here.page.goto(shop.url)
    await here.open()
    assert rewritten == {f"{link['url']}embed.js", f"{link['url']}?in=frame"}
    await here.ask(QUESTION)
    await here.composer.press("Escape")
    await expect(here.panel).to_have_class("closed")
    await eventually_events(here, ["ready", "open", "close"])
