"""The page: Chainlit's own, without third parties, with our strips and scripts around it."""

import colorsys
import gzip
import html
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

from ledger.wording import Language
from web import desk_page, first_paint
from web.cookies import browser_cookie, is_secure
from web.embed import frame_script
from web.encoding import takes_gzip
from web.plain_page import ink_on

#: Of the desk's own page, in this order.
SCRIPTS = (*first_paint.HEAD, *first_paint.BEHIND)

_THIRD_PARTY = re.compile(r'<link\b[^>]*?href="https?://[^>]*?>', re.DOTALL)
_META = re.compile(
    r"<title>.*?</title>|<meta\s+(?:name=\"description\"|property=\"og:[a-z_:]+\")[^>]*>", re.DOTALL
)
_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>')
#: The keyboard of a phone shrinks the page rather than covering the composer; notches are ours to fill.
VIEWPORT = (
    '<meta name="viewport" content="width=device-width, initial-scale=1.0, viewport-fit=cover, '
    'interactive-widget=resizes-content">'
)

#: Nothing from any other host, also not a picture inside a reply. A chart's figure stands in its address (``data:``).
#: A script in the page runs with the nonce that each page gets anew: what a text might smuggle in has none.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors "
)


@dataclass(frozen=True)
class Face:
    """What one page says.

    url: the address people open, no slash at its end. texts: those of the strips and scripts, by key (``bar.*``).
    root: the part of the address before Chainlit's own, such as ``/d/<token>``; blank on the desk itself. notice: whom
    a visitor talks to, and who reads along; footer: the demo's own line. picture: for previews, a whole address.
    logo: whether the demo has one. color, color_dark: the accent, ``#rrggbb``. theme: ``auto``, ``light`` or ``dark``.
    cookie: holds the browser's secret; cookie_path: where it is sent, no slash at its end. frames: who may frame the
    page, as a policy names them; framed: whether it was asked for by a frame.
    staff: the demo's name where one of ours is at a visitor's page, which then is the stage. desk: the words of an
    operator's tools.
    greeting, starters (label and message) and avatar (an address): what a visitor's page shows before its conversation
    is there.
    """

    language: str
    title: str
    description: str
    url: str
    rehearsal: bool
    texts: Mapping[str, str]
    root: str = ""
    notice: str = ""
    footer: str = ""
    picture: str = ""
    logo: bool = False
    color: str = ""
    color_dark: str = ""
    theme: str = "auto"
    cookie: str = ""
    cookie_path: str = ""
    frames: str = "'self'"
    framed: bool = False
    staff: str = ""
    desk: Mapping[str, str] = field(default_factory=dict)
    greeting: str = ""
    starters: tuple[tuple[str, str], ...] = ()
    avatar: str = ""


def render(template: str, face: Face, secret: str = "", nonce: str = "") -> str:
    """Chainlit's page as ours.

    template: what Chainlit would serve. Everything that asks another host goes; title, preview,
    strips and scripts come in. secret: the one that a new browser is given. A visitor's page knows it,
    for their browser may keep no cookie. nonce: lets the page's own scripts run.
    """
    page = template.replace("<script>", f'<script nonce="{nonce}">')  # before anything of a demo's is in it
    page = _META.sub("", _THIRD_PARTY.sub("", page))
    page, behind = first_paint.set_aside(page) if face.root else (page, "")
    guest = " data-desk-guest data-desk-first" if face.root else ""
    guest += f' data-desk-staff="{html.escape(face.staff)}"' if face.staff else ""
    page = page.replace('<html lang="en">', f'<html lang="{face.language}"{guest}>', 1)
    page = page.replace("<head>", f"<head>{_head(face, secret, nonce)}", 1)
    page = _VIEWPORT.sub(VIEWPORT, page, 1)
    return page.replace('<div id="root"></div>', _body(face, behind, nonce), 1)


def _head(face: Face, secret: str, nonce: str) -> str:
    title, description, url = (html.escape(text) for text in (face.title, face.description, face.url))
    picture = html.escape(face.picture)
    tag = "vi-VN" if face.language == "vi" else "en-US"
    visitor = f'<meta name="desk-visitor" content="{secret}">' if secret and face.root else ""
    if face.root:
        own = first_paint.style(face.avatar) + first_paint.scripts(first_paint.HEAD, nonce)
        own += first_paint.scripts(["stage.js"], nonce) if face.staff else ""
    else:
        own = '<link rel="stylesheet" href="/public/desk/page.css">'
        own += "".join(f'<script src="/public/desk/{name}"></script>' for name in SCRIPTS)
        own += desk_page.head() if face.desk else ""
    if face.framed:  # before all others: the page above may speak at any time
        spoken: Language = "vi" if face.language == "vi" else "en"
        own = frame_script(spoken, first_paint.read("frame.js"), nonce) + own
    # Chainlit asks navigator.language for its texts; the settings may say otherwise.
    return f"""
    <title>{title}</title>
    <meta name="description" content="{description}">
    <meta name="color-scheme" content="light dark">
    <meta property="og:type" content="website">
    <meta property="og:title" content="{title}">
    <meta property="og:description" content="{description}">
    <meta name="robots" content="noindex">
    <meta property="og:image" content="{picture}">
    <meta property="og:url" content="{url}/">
    <meta property="og:root_path" content="{html.escape(face.root)}">
    {visitor}
    <script nonce="{nonce}">Object.defineProperty(navigator, "language", {{get: () => "{tag}"}});</script>
    {own}"""


def _body(face: Face, behind: str, nonce: str) -> str:
    say = {key: html.escape(text) for key, text in face.texts.items()}
    data = " ".join(f'data-{key.replace("_", "-")}="{text}"' for key, text in say.items())
    hidden = "" if face.rehearsal else " hidden"
    footer = f'<span id="desk-footer">{html.escape(face.footer)}</span>' if face.footer else ""
    notice = f'<p id="desk-notice" role="note">{footer}{html.escape(face.notice)}</p>' if face.notice else ""
    root, storage, end = '<div id="root"></div>', "", ""
    if face.root:
        root = first_paint.shell(face.title, face.logo, face.greeting, face.starters, say)
        storage = '<p id="desk-storage" role="status"></p>'
        end = behind + first_paint.scripts(first_paint.END, nonce)
    return f"""{_looks(face, nonce)}<noscript><p role="alert">{say["javascript"]}</p></noscript>
    <div id="desk-banner" role="status"{hidden}>{say["rehearsal"]}</div>
    {desk_page.tools(face.desk) if face.desk else ""}
    {root}
    <div id="desk-bar" role="contentinfo" {data}>
      <span id="desk-totals" role="note" tabindex="0" aria-label="{say["totals_label"]}"></span>
      <button id="desk-clear" type="button" disabled>{say["clear"]}</button>
    </div>
    {storage}{notice}
    <div id="desk-live" role="status" aria-live="polite" class="desk-hidden"></div>{end}"""


def _looks(face: Face, nonce: str) -> str:
    """The demo's own colours over the theme's, before Chainlit's script reads those; light or dark to begin with."""
    accents = {"light": face.color, "dark": face.color_dark or face.color}
    own = {mode: _variables(color, mode) for mode, color in accents.items() if color}
    lines = [
        f"Object.assign(window.theme[{json.dumps(mode)}] ??= {{}}, {json.dumps(own[mode])});" for mode in own
    ]
    if face.theme != "auto":
        lines.append(f"demoDesk.beginWithTheme({json.dumps(face.theme)});")
    if face.root:
        lines.append("demoDesk.showTheme();")
    script = f'<script nonce="{nonce}">window.theme ??= {{}};{"".join(lines)}</script>' if lines else ""
    return script + (f"<style>{_sign(face)}</style>" if face.root else "")


def _sign(face: Face) -> str:
    """What stands at the left of the header, ours and then Chainlit's: the shop's picture, or its name."""
    place = "html #header > div:first-child::after"
    if face.logo:
        picture = f'background-image: url("{face.root}/logo")'
        first = f"#desk-first #desk-first-name {{ width: 137px; height: 24px; {picture}; background-size: auto 100%;"
        return f"{place}, .dark {place[5:]} {{ {picture} }} {first} background-repeat: no-repeat }}"
    # In a style a text ends at its quote, and a sheet at "<".
    name = face.title.translate({ord(c): f"\\{ord(c):x} " for c in '\\"<\n\r'})
    words = "width: auto; background: none; font-weight: 600; overflow: hidden; text-overflow: ellipsis"
    return f'{place}, .dark {place[5:]} {{ {words}; white-space: nowrap; content: "{name}" }}'


#: Saturation and lightness of a visitor's own messages, whatever the accent's: their words stay readable.
_MINE = {"light": "34% 90%", "dark": "24% 20%"}


def _variables(color: str, mode: str) -> dict[str, str]:
    """The theme's variables for an accent, as Chainlit writes colours: ``173 72% 24%``. mode: light or dark."""
    accent, ink = _hsl(color), _hsl(ink_on(color))
    return {
        "--desk-mine": f"{accent.split()[0]} {_MINE[mode]}",
        "--primary": accent,
        "--primary-foreground": ink,
        "--ring": accent,
        "--sidebar-primary": accent,
        "--sidebar-primary-foreground": ink,
    }


def _hsl(color: str) -> str:
    red, green, blue = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    return f"{hue * 360:.0f} {saturation:.0%} {light:.0%}"


def _small(request: Request, page: str) -> Response:
    """The page, compressed for whoever takes it so. Nothing that a reader sends stands in it beside its secret."""
    if not takes_gzip(request.headers):
        return HTMLResponse(page, headers={"Vary": "Accept-Encoding"})
    headers = {"Vary": "Accept-Encoding", "Content-Encoding": "gzip"}
    return HTMLResponse(gzip.compress(page.encode(), 6), headers=headers)


class PageRoute(Route):
    """Every GET that is none of ``taken``, the addresses that Chainlit answers itself."""

    def __init__(self, show: Callable[[Request], Awaitable[Response]], taken: Iterable[BaseRoute]) -> None:
        super().__init__("/{path:path}", show, methods=["GET"], include_in_schema=False)
        self._taken = tuple(taken)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        # Chainlit's know no HEAD: where it has an answer to a GET, that question is its own, too.
        asked = [scope, {**scope, "method": "GET"}] if scope.get("method") == "HEAD" else [scope]
        if any(route.matches(one)[0] is Match.FULL for one in asked for route in self._taken):
            return Match.NONE, {}
        return super().matches(scope)


def page_route(
    template: Callable[[], str],
    face: Callable[[Request], Face],
    chainlit: Iterable[BaseRoute] = (),
) -> PageRoute:
    """The route of the page, which stands before all others.

    chainlit: its routes, of which the
    catch-all is left out: it would serve the page as Chainlit has it, third parties and all.
    """

    async def show(request: Request) -> Response:
        shown = face(request)
        secret = token_urlsafe(24) if shown.cookie and shown.cookie not in request.cookies else ""
        nonce = token_urlsafe(16)
        response = _small(request, render(template(), shown, secret, nonce))
        policy = CONTENT_SECURITY_POLICY.format(nonce=nonce) + shown.frames
        response.headers["Content-Security-Policy"] = (
            desk_page.with_elements(policy) if shown.desk else policy
        )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Robots-Tag"] = "noindex"
        if secret:
            response.headers["Set-Cookie"] = browser_cookie(
                shown.cookie, secret, f"{shown.cookie_path}/", secure=is_secure(request, shown.url)
            )
        return response

    return PageRoute(show, [route for route in chainlit if not getattr(route, "path", "").startswith("/{")])
