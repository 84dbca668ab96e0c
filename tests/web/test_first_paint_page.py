"""A visitor's page before Chainlit's script is there: whole, small, and with nothing that it would have to wait for."""

import gzip
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import cast

import pytest
from asgi import ask, scope_of
from chainlit import server as chainlit_server
from starlette.applications import Starlette

from chat import texts
from web import Face, page_route
from web.first_paint import BEHIND, END, FOLDER, HEAD
from web.page import render

#: What a phone's line brings in the time that the page has.
MOST_BYTES = 30 * 1024
WORDS = {key.partition(".")[2]: text for key, text in texts("vi").items() if key.startswith("bar.")}
FACE = Face(
    "vi",
    "Shop <ABC>",
    "Chào bạn",
    "http://localhost:8000/d/token",
    False,
    WORDS,
    root="/d/token",
    notice="Bạn đang trò chuyện với AI.",
    color="#7a1f3d",
    cookie="desk_visitor",
    cookie_path="/d/token",
    greeting="Chào anh/chị, em là **Mây** & <b>Gió</b>.",
    starters=(("Giá?", 'Áo "Hạ An" <giá> bao nhiêu?'), ("Giao hàng", "Giao đến Đà Nẵng?")),
    avatar="/d/token/avatar",
)
template = cast(Callable[[str], str], chainlit_server.get_html_template)


class Page(HTMLParser):
    """Tags in order, and the text inside each element with an id."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def named(self, tag: str) -> list[dict[str, str]]:
        """The attributes of all tags of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


PAGE = render(template(""), FACE, "the-secret-of-a-browser")


async def served(encoding: str) -> tuple[dict[str, str], bytes]:
    """Headers and body of the page, as a browser gets it."""
    app = Starlette(routes=[page_route(lambda: template(""), lambda request: FACE)])
    answer = await ask(app, scope_of(headers={"accept-encoding": encoding}))
    assert answer.headers["vary"] == "Accept-Encoding"
    return answer.headers, answer.body


async def test_it_is_small() -> None:
    """On the line; unpacked it is the same page that others get as it is."""
    headers, body = await served("gzip, br")
    assert headers["content-encoding"] == "gzip" and len(body) <= MOST_BYTES
    plain_headers, plain = await served("identity")
    assert "content-encoding" not in plain_headers
    secret = re.compile(rb'(desk-visitor" content="|nonce=")[^"]+')
    assert secret.sub(rb"\1", gzip.decompress(body)) == secret.sub(rb"\1", plain)


def test_nothing_keeps_it_waiting() -> None:
    """No script and no style sheet has to be fetched before it is painted; scripts of ours are all in it."""
    page = Page(PAGE)
    assert [tag for tag in page.named("script") if "src" in tag] == []
    assert [tag for tag in page.named("link") if tag["rel"] == "stylesheet"] == []
    for name in (*HEAD, *END):
        lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
        last = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("//")][-2]
        assert f"{last}\n" in PAGE, name


def test_the_rest_is_named() -> None:
    """Chainlit's script and style sheets, and our own scripts for its page, are left to be loaded behind."""
    (note,) = re.findall(r'<script type="application/json" id="desk-behind">(.*?)</script>', PAGE)
    later = json.loads(note)
    assert re.fullmatch(r"/assets/index-\w+\.js", later["module"])
    assert later["styles"][0] == "/public/desk.css" and later["styles"][1].startswith("/assets/index-")
    assert later["scripts"] == [f"/public/desk/{name}" for name in BEHIND]


def test_it_greets_and_can_be_typed_in() -> None:
    """Name, greeting, starters and text box stand in it, each as text; Chainlit's place is out of reach."""
    page = Page(PAGE)
    assert "Shop &lt;ABC&gt;</span>" in PAGE and "**Mây** &amp; &lt;b&gt;Gió&lt;/b&gt;." in PAGE
    messages = [tag["data-message"] for tag in page.named("button") if tag.get("class") == "desk-starter"]
    assert messages == [message for _, message in FACE.starters]
    (box,) = page.named("textarea")
    assert box["id"] == "desk-first-input" and box["aria-label"] == WORDS["composer"]
    assert {"id": "root", "inert": ""} in page.named("div")


@pytest.mark.parametrize("name", [*HEAD, *END])
def test_a_script_in_the_page_ends_with_it(name: str) -> None:
    """Nothing in it ends the script, and no remark stands where it would not be taken out."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert "</" not in text and "<!--" not in text and "/*" not in text


def test_the_desk_has_no_such_page() -> None:
    """An operator's page is Chainlit's from the start."""
    page = render(template(""), Face("vi", "t", "d", "http://localhost", False, WORDS))
    assert "desk-first" not in page and "inert" not in page and "desk-behind" not in page
