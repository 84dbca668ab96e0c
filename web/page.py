"""The page: Chainlit's own, without third parties, with our strips and scripts around it."""

import html
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from secrets import token_urlsafe

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

SCRIPTS = ("wire.js", "composer.js", "strips.js", "names.js", "reading.js")
YEAR_S = 365 * 24 * 3600

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
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


@dataclass(frozen=True)
class Face:
    """What one page says. texts: those of the strips and scripts, by key (``bar.*``)."""

    language: str
    title: str
    description: str
    public_url: str
    rehearsal: bool
    texts: Mapping[str, str]


def render(template: str, face: Face) -> str:
    """Chainlit's page as ours.

    template: what Chainlit would serve. Everything that asks another host goes; title, preview,
    strips and scripts come in.
    """
    page = _META.sub("", _THIRD_PARTY.sub("", template))
    page = page.replace('<html lang="en">', f'<html lang="{face.language}">', 1)
    page = page.replace("<head>", f"<head>{_head(face)}", 1)
    page = _VIEWPORT.sub(VIEWPORT, page, 1)
    return page.replace('<div id="root"></div>', _body(face), 1)


def _head(face: Face) -> str:
    title, description, url = (html.escape(text) for text in (face.title, face.description, face.public_url))
    tag = "vi-VN" if face.language == "vi" else "en-US"
    scripts = "".join(f'<script src="/public/desk/{name}"></script>' for name in SCRIPTS)
    # Chainlit asks navigator.language for its texts; the settings may say otherwise.
    return f"""
    <title>{title}</title>
    <meta name="description" content="{description}">
    <meta name="color-scheme" content="light dark">
    <meta property="og:type" content="website">
    <meta property="og:title" content="{title}">
    <meta property="og:description" content="{description}">
    <meta property="og:image" content="{url}/public/preview.png">
    <meta property="og:url" content="{url}/">
    <meta property="og:root_path" content="">
    <script>Object.defineProperty(navigator, "language", {{get: () => "{tag}"}});</script>
    {scripts}"""


def _body(face: Face) -> str:
    say = {key: html.escape(text) for key, text in face.texts.items()}
    data = " ".join(f'data-{key.replace("_", "-")}="{text}"' for key, text in say.items())
    hidden = "" if face.rehearsal else " hidden"
    return f"""<noscript><p role="alert">{say["javascript"]}</p></noscript>
    <div id="desk-banner" role="status"{hidden}>{say["rehearsal"]}</div>
    <div id="root"></div>
    <div id="desk-bar" role="contentinfo" {data}>
      <span id="desk-totals" role="note" tabindex="0" aria-label="{say["totals_label"]}"></span>
      <button id="desk-clear" type="button" disabled>{say["clear"]}</button>
    </div>
    <div id="desk-live" role="status" aria-live="polite" class="desk-hidden"></div>"""


class PageRoute(Route):
    """Every GET that is none of ``taken``, the addresses that Chainlit answers itself."""

    def __init__(self, show: Callable[[Request], Awaitable[Response]], taken: Iterable[BaseRoute]) -> None:
        super().__init__("/{path:path}", show, methods=["GET"], include_in_schema=False)
        self._taken = tuple(taken)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if any(route.matches(scope)[0] is Match.FULL for route in self._taken):
            return Match.NONE, {}
        return super().matches(scope)


def page_route(
    template: Callable[[], str],
    face: Callable[[Request], Face],
    cookie: str,
    chainlit: Iterable[BaseRoute] = (),
) -> PageRoute:
    """The route of the page, which stands before all others.

    cookie: the name of the one that holds the browser's secret. chainlit: its routes, of which the
    catch-all is left out: it would serve the page as Chainlit has it, third parties and all.
    """

    async def show(request: Request) -> Response:
        response = HTMLResponse(render(template(), face(request)))
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        if cookie not in request.cookies:
            response.headers["Set-Cookie"] = _browser_cookie(cookie, request.url.scheme == "https")
        return response

    return PageRoute(show, [route for route in chainlit if not getattr(route, "path", "").startswith("/{")])


def _browser_cookie(name: str, secure: bool) -> str:
    jar: SimpleCookie = SimpleCookie({name: token_urlsafe(24)})
    attributes = {"path": "/", "max-age": YEAR_S, "httponly": True, "samesite": "Lax", "secure": secure}
    for attribute, value in attributes.items():
        jar[name][attribute] = value
    return jar[name].OutputString()
