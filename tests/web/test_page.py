"""The page: Chainlit's own, with nothing of third parties, and with what is ours."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any, cast

import pytest
from asgi import ask, scope_of
from chainlit import server as chainlit_server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute, Match, Mount

from chat import desk_texts, texts
from web import Face, PageRoute, page_route
from web.desk_page import TOOLS
from web.page import CONTENT_SECURITY_POLICY, SCRIPTS, render

WORDS = {key.partition(".")[2]: text for key, text in texts("vi").items() if key.startswith("bar.")}
PREVIEW = "http://localhost:8000/public/preview.png"
FACE = Face(
    "vi",
    'Mây & "Gió" <Boutique>',
    "Chào <bạn>",
    "http://localhost:8000",
    True,
    WORDS,
    picture=PREVIEW,
    cookie="desk_browser",
)
LINKED = replace(
    FACE,
    url="http://localhost:8000/d/token",
    root="/d/token",
    notice="Bạn đang trò chuyện với <AI>.",
    footer="Giờ mở cửa",
    color="#7a1f3d",
    color_dark="#f0a0c0",
    theme="dark",
    cookie="desk_visitor",
    cookie_path="/d/token",
)
OPERATORS = replace(FACE, desk=desk_texts("vi"))
template = cast(Callable[[str], str], chainlit_server.get_html_template)


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def named(self, tag: str) -> list[dict[str, str]]:
        """The attributes of all tags of a name."""
        return [attributes for name, attributes in self.found if name == tag]

    def with_id(self, id: str) -> dict[str, str]:
        """The attributes of the one tag with that id."""
        (tag,) = [attributes for _, attributes in self.found if attributes.get("id") == id]
        return tag


@pytest.fixture(scope="module")
def page() -> Tags:
    """The page that the installed Chainlit would serve, as we serve it."""
    return Tags(render(template(""), FACE))


def test_nothing_is_asked_of_others(page: Tags) -> None:
    """No address of any other host is left: not a font, a style sheet, a preview."""
    assert "https://" in template("")
    urls = [value for _, attributes in page.found for value in attributes.values() if "//" in value]
    assert [url for url in urls if not url.startswith("http://localhost:8000/")] == []
    assert "chainlit.io" not in render(template(""), FACE) and "githubusercontent" not in render(
        template(""), FACE
    )


def test_chainlit_s_own_files_are_still_loaded(page: Tags) -> None:
    """Its script, its style sheet and the mount point are where they were, our scripts before them."""
    scripts = [tag["src"] for tag in page.named("script") if "src" in tag]
    assert scripts[: len(SCRIPTS)] == [f"/public/desk/{name}" for name in SCRIPTS]
    assert [src for src in scripts if re.fullmatch(r"/assets/index-\w+\.js", src)]
    assert [tag for tag in page.named("link") if re.fullmatch(r"/assets/index-[\w-]+\.css", tag["href"])]
    assert page.with_id("root") == {"id": "root"}


def test_there_is_one_of_each(page: Tags) -> None:
    """One title, one description, one viewport and one preview: ours, escaped."""
    metas = page.named("meta")
    names = [tag.get("name") or tag.get("property") or "charset" for tag in metas]
    assert len(names) == len(set(names)) and len(page.named("title")) == 1
    said = {tag.get("name") or tag.get("property"): tag.get("content") for tag in metas}
    assert said["og:title"] == FACE.title and said["description"] == "Chào <bạn>"
    assert said["og:image"] == PREVIEW
    assert "interactive-widget=resizes-content" in (said["viewport"] or "")


def test_the_strips_carry_their_words(page: Tags) -> None:
    """Scripts read their texts from the bar; its names are those of the language files."""
    bar = page.with_id("desk-bar")
    assert {f"data-{key.replace('_', '-')}": text for key, text in WORDS.items()}.items() <= bar.items()
    assert page.with_id("desk-totals")["aria-label"] == WORDS["totals_label"]
    assert page.with_id("desk-live")["aria-live"] == "polite"


@pytest.mark.parametrize(("rehearsal", "hidden"), [(True, False), (False, True)])
def test_the_rehearsal_is_told_at_once(rehearsal: bool, hidden: bool) -> None:
    """The banner stands in the page itself, before any script runs."""
    face = Face("vi", "t", "d", "http://localhost", rehearsal, WORDS)
    assert ("hidden" in Tags(render(template(""), face)).with_id("desk-banner")) == hidden


@pytest.mark.parametrize(("language", "tag"), [("vi", "vi-VN"), ("en", "en-US")])
def test_the_language_is_told_to_all(language: str, tag: str) -> None:
    """To screen readers and to Chainlit alike."""
    page = render(template(""), Face(language, "t", "d", "http://localhost", False, WORDS))
    assert f'<html lang="{language}">' in page and f'get: () => "{tag}"' in page


def chainlit_all() -> list[BaseRoute]:
    """The routes that Chainlit has, its sockets' mount among them."""
    mounts = [route for route in chainlit_server.app.routes if isinstance(route, Mount)]
    return [*chainlit_server.router.routes, *mounts]


def route() -> PageRoute:
    """The page's route, with a template that is quick to make."""
    blank = "<html><head></head><body></body></html>"
    return page_route(lambda: blank, lambda request: FACE, chainlit_all())


def chainlit_routes() -> list[tuple[str, str]]:
    """Method and path of every address that Chainlit answers, without its catch-all."""
    own: list[Any] = [r for r in chainlit_server.router.routes if not getattr(r, "path", "").startswith("/{")]
    return sorted((method, r.path) for r in own for method in r.methods)


@pytest.mark.parametrize(("method", "path"), chainlit_routes(), ids=str)
def test_chainlit_s_addresses_stay_its_own(method: str, path: str) -> None:
    """The page takes none of them."""
    address = re.sub(r"{[^}]*}", "x", path)
    assert route().matches(scope_of(address, method=method))[0] is not Match.FULL


def test_sockets_stay_chainlit_s() -> None:
    """Nor does it take what comes to the sockets' address over plain HTTP."""
    assert route().matches(scope_of("/ws/socket.io/"))[0] is Match.NONE


def test_chainlit_has_addresses() -> None:
    """The table above is not empty."""
    assert {("GET", "/project/settings"), ("POST", "/project/action"), ("GET", "/health")} <= set(
        chainlit_routes()
    )


@pytest.mark.parametrize(
    "path",
    ["/", "/thread/3f0a", "/login", "/project/x", "/user/x", "/docs", "/redoc", "/openapi.json", "/d/token/"],
)
async def test_every_other_address_is_the_page(path: str) -> None:
    """With headers that keep it from caches, other hosts and sniffing."""
    answer = await ask(Starlette(routes=[route()]), scope_of(path))
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/html")
    assert nonce_in(answer.headers["content-security-policy"])
    assert (
        answer.headers["cache-control"] == "no-store" and answer.headers["referrer-policy"] == "no-referrer"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["*", "", "x"])
async def test_an_odd_path_breaks_nothing(path: str) -> None:
    """A target that is no path, such as that of OPTIONS *, is answered like any unknown one."""
    assert (await ask(Starlette(routes=[route()]), scope_of(path, method="OPTIONS"))).status in (
        307,
        404,
        405,
    )


def test_the_tools_are_an_operator_s() -> None:
    """Seven of them in words, all their texts, and leave to run the views; a visitor's page has none of it."""
    page = render(template(""), OPERATORS)
    buttons = [tag["data-desk-tool"] for tag in Tags(page).named("button") if "data-desk-tool" in tag]
    assert tuple(buttons) == TOOLS
    words = page.partition('id="desk-tool-words">')[2].partition("</script>")[0]
    assert json.loads(words) == desk_texts("vi")
    for face in (LINKED, replace(LINKED, staff="boutique")):
        visitors = render(template(""), face)
        assert (
            "desk-tools" not in visitors and "tools.js" not in visitors and "desk-tool-words" not in visitors
        )
        assert (
            ('data-desk-staff="boutique"' in visitors) == ("demo-desk-stage" in visitors) == bool(face.staff)
        )


@pytest.mark.parametrize("face", [FACE, OPERATORS, LINKED], ids=["bare", "operator", "visitor"])
async def test_only_an_operator_s_page_may_evaluate(face: Face) -> None:
    """Custom elements are made into code in the page; a visitor's page can make none."""
    app = Starlette(routes=[page_route(lambda: template(""), lambda request: face)])
    policy = (await ask(app, scope_of())).headers["content-security-policy"]
    assert ("'unsafe-eval'" in policy) == (face is OPERATORS)
    assert nonce_in(policy.replace(" 'unsafe-eval'", ""))


def nonce_in(policy: str) -> str:
    """The nonce of a policy, which is the usual one."""
    before, after = (CONTENT_SECURITY_POLICY + "'self'").split("{nonce}")
    assert policy.startswith(before) and policy.endswith(after)
    nonce = policy[len(before) : -len(after)]
    assert re.fullmatch(r"[\w-]{22}", nonce)
    return nonce


@pytest.mark.parametrize("face", [FACE, OPERATORS, LINKED], ids=["bare", "operator", "visitor"])
async def test_only_scripts_of_ours_run(face: Face) -> None:
    """Each in the page has the page's nonce, which no other page has; no tag has a script of its own."""
    shown = replace(face, framed=bool(face.root), staff="boutique" if face.root else "")
    app = Starlette(routes=[page_route(lambda: template(""), lambda request: shown)])
    nonces = set()
    for _ in range(2):
        answer = await ask(app, scope_of())
        page = Tags(answer.body.decode())
        inside = [tag for tag in page.named("script") if "src" not in tag and "type" not in tag]
        nonces.add(nonce_in(answer.headers["content-security-policy"].replace(" 'unsafe-eval'", "")))
        assert len(inside) >= 3 and {tag["nonce"] for tag in inside} <= nonces
        assert [name for _, tag in page.found for name in tag if name.startswith("on")] == []
    assert len(nonces) == 2


def test_the_policy_names_no_host() -> None:
    """Nothing but ourselves, data and blobs; no eval, no plug-ins, no foreign frames."""
    policy = {
        rule.split()[0]: rule.split()[1:] for rule in (CONTENT_SECURITY_POLICY + FACE.frames).split("; ")
    }
    sources = {source for sources in policy.values() for source in sources}
    assert sources == {"'self'", "'nonce-{nonce}'", "'unsafe-inline'", "'none'", "data:", "blob:"}
    assert policy["script-src"] == ["'self'", "'nonce-{nonce}'"]
    assert policy["default-src"] == ["'self'"] and policy["object-src"] == ["'none'"]
    assert policy["connect-src"] == ["'self'", "data:"]  # the figures of charts


@pytest.mark.parametrize(("scheme", "secure"), [("http", False), ("https", True)])
async def test_a_new_browser_gets_a_secret(scheme: str, secure: bool) -> None:
    """A cookie that scripts cannot read, for a year, and over HTTPS only where there is HTTPS."""
    app = Starlette(routes=[route()])
    secrets = set()
    for _ in range(2):
        cookie = SimpleCookie((await ask(app, scope_of(scheme=scheme))).headers["set-cookie"])["desk_browser"]
        assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/", True, "Lax")
        assert (cookie["max-age"], bool(cookie["secure"])) == (str(365 * 24 * 3600), secure)
        secrets.add(cookie.value)
    assert len(secrets) == 2 and min(map(len, secrets)) >= 32


async def test_a_known_browser_keeps_its_secret() -> None:
    """The cookie is set once."""
    answer = await ask(Starlette(routes=[route()]), scope_of(headers={"cookie": "desk_browser=secret"}))
    assert "set-cookie" not in answer.headers


async def test_the_face_is_asked_for_each_request() -> None:
    """What the page says may differ from visitor to visitor."""

    def face(request: Request) -> Face:
        return Face("en", request.headers["x-name"], "d", "http://localhost", False, WORDS)

    app = Starlette(routes=[page_route(lambda: template(""), face)])
    body = (await ask(app, scope_of(headers={"x-name": "An"}))).body
    assert b"<title>An</title>" in body


async def test_the_page_of_a_link() -> None:
    """Its own root, cookie and colours; a word of whom one talks to; nothing of a shop's name becomes code."""
    text = render(template(""), replace(LINKED, title='</style><script>alert("1")</script>'))
    page = Tags(text)
    assert {"property": "og:root_path", "content": "/d/token"} in page.named("meta")
    assert page.with_id("desk-notice") and "&lt;AI&gt;" in text and page.with_id("desk-footer")
    assert '"--primary": "340 59% 30%"' in text and 'beginWithTheme("dark")' in text
    assert "alert" in text and "<script>alert" not in text and text.count("</style>") == 2
    assert "data-desk-guest" in text and "data-desk-guest" not in render(template(""), FACE)


async def test_a_visitor_s_secret_is_the_links_alone() -> None:
    """No other link is ever sent it."""
    app = Starlette(routes=[page_route(lambda: template(""), lambda request: LINKED)])
    cookie = SimpleCookie((await ask(app, scope_of())).headers["set-cookie"])["desk_visitor"]
    assert (cookie["path"], cookie["httponly"]) == ("/d/token/", True)


async def test_a_visitor_s_page_knows_a_new_secret() -> None:
    """Its browser may keep no cookie. One that was kept is not told to scripts, nor is an operator's."""

    async def secrets(face: Face, cookie: str = "") -> tuple[str, list[str]]:
        app = Starlette(routes=[page_route(lambda: template(""), lambda request: face)])
        answer = await ask(app, scope_of(headers={"cookie": cookie}))
        tags = Tags(answer.body.decode()).named("meta")
        told = [tag["content"] for tag in tags if tag.get("name") == "desk-visitor"]
        return answer.headers.get("set-cookie", ""), told

    cookie, told = await secrets(replace(LINKED, root="/d/token/k/given"))
    assert [SimpleCookie(cookie)["desk_visitor"].value] == told and "Path=/d/token/;" in cookie
    assert await secrets(LINKED, "desk_visitor=mine") == ("", [])
    assert (await secrets(FACE))[1] == []
