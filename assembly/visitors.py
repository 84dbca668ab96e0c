"""The visitors' door: what a link shows, who gets in with a passcode, and what everybody else reads."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import ceil
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Scope

import chat
import web
from assembly.bubbles import Bubbles
from demos import SCOPE_KEY, Demo, Guest, Language, Link, Links, Shelf, UnknownDemo, branded
from demos.passwords import matches
from ledger import clear_passcode_failures, count_passcode_failure
from ledger.database import Database
from settings.faults import ROOT

#: Wrong passcodes in a row, after which a link is locked for so long: some 500 tries a day at four digits.
TRIES, LOCKED_FOR = 5, timedelta(minutes=15)
#: No passcode is longer.
LONGEST_FORM = 2048
#: What a picture of a demo may do: be looked at. An SVG is a document of its own.
_PICTURE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cache-Control": "private, max-age=60",
    "X-Content-Type-Options": "nosniff",
}


class Visitors:
    """What ``web.LinkDoor`` asks, and the addresses that only visitors' pages have."""

    def __init__(
        self, database: Database, links: Links, shelf: Shelf, retention_days: int, public_url: str
    ) -> None:
        self._database = database
        self._links = links
        self._shelf = shelf
        self._retention_days = retention_days
        self._public_url = public_url
        self._bubbles = Bubbles(links.keys, self.demo, public_url)

    def demo(self, link: Link) -> Demo | None:
        """What a link shows; None where its demo is gone."""
        try:
            return branded(self._shelf.current(link.demo), link)
        except UnknownDemo:
            return None

    def notice(self, language: Language, demo: Demo) -> str:
        """Whom a visitor talks to, who reads along, and how long it is kept."""
        days = demo.retention_days or self._retention_days
        return chat.say(language, "notice.visitor_day" if days == 1 else "notice.visitor", days=days)

    def routes(self) -> list[Route]:
        """Addresses below a link's."""
        return [
            Route("/logo", self._logo, methods=["GET"], include_in_schema=False),
            Route("/avatar", self._avatar, methods=["GET"], include_in_schema=False),
            Route("/preview", self._preview, methods=["GET"], include_in_schema=False),
            Route(web.EMBED_PATH, self._bubbles.show, methods=["GET"], include_in_schema=False),
        ]

    def refuse(self, scope: Scope, reason: str, link: Link | None) -> Response:
        """What whoever is not let in reads: a page, or a line where no page was asked for."""
        address = web.take_apart(scope["path"])
        if address.path == web.EMBED_PATH:
            return self._bubbles.refuse(scope, reason, link)
        refusal = self._refusal(scope, reason, link)
        if address.path not in ("/", "/passcode"):
            return web.refusal_line(refusal)
        if reason in ("passcode", "wrong_passcode"):
            framed = "?in=frame" if web.in_frame(scope) else ""
            refusal = replace(refusal, action=f"{address.link}/passcode{framed}")
        return web.refusal_page(refusal)

    def turn_away(self, scope: Scope, reason: str, wait_s: int) -> Response:
        """What whoever comes while there is no room reads, whatever their address; nothing is looked up for it.

        Any site's frame may show it: there is nothing to press.
        """
        refusal = replace(self._refusal(scope, reason, None), retry_after_s=wait_s, frames="*")
        page = web.take_apart(scope["path"]).path in ("", "/")
        return web.refusal_page(refusal) if page else web.refusal_line(refusal)

    async def unlock(self, request: Request, link: Link) -> Response:
        """A passcode was given. It counts as a wrong one until it was found right, so that none slips through."""
        code = await _code(request)
        now = datetime.now(UTC)
        if link.locked_until is not None and link.locked_until > now:
            return self.refuse(request.scope, "locked", link)
        locked = await count_passcode_failure(
            self._database, link.id, now=now, most=TRIES + 1, lock_for=LOCKED_FOR
        )
        if locked is not None:
            return self.refuse(request.scope, "locked", replace(link, locked_until=locked))
        if not code or not await asyncio.to_thread(matches, code, link.passcode or ""):
            return self.refuse(request.scope, "wrong_passcode", link)
        await clear_passcode_failures(self._database, link.id)
        given = web.pass_of(self._links, link)
        where = web.opened(request.scope, given)
        response = RedirectResponse(where, 303, {"Cache-Control": "no-store"})
        cookie = web.browser_cookie(
            web.PASS_COOKIE,
            given,
            f"{web.take_apart(request.scope['path']).link}/",
            secure=web.is_secure(request, self._public_url),
        )
        response.headers["Set-Cookie"] = cookie
        return response

    def _refusal(self, scope: Scope, reason: str, link: Link | None) -> web.Refusal:
        headers = Headers(scope=scope)
        cookies = cookie_parser(headers.get("cookie", ""))
        language = chat.chosen_language(cookies, headers.get("accept-language", ""))
        demo = self.demo(link) if link is not None else None
        minutes = 0
        if link is not None and link.locked_until is not None:
            minutes = max(1, ceil((link.locked_until - datetime.now(UTC)).total_seconds() / 60))
        keys = {"heading": f"{reason}_heading", "words": reason}
        keys |= {"label": "passcode_label", "button": "passcode_button"}
        texts: Mapping[str, str] = {
            name: chat.say(language, f"walls.{key}", minutes=minutes) for name, key in keys.items()
        }
        return web.Refusal(
            reason,
            language,
            demo.title if demo else "Demo Desk",
            texts,
            demo.branding.color if demo else "",
            demo.branding.color_dark if demo else "",
            retry_after_s=minutes * 60 if reason == "locked" else None,
            frames=" ".join(link.origins) if link else "",
            framed=web.in_frame(scope),
        )

    async def _logo(self, request: Request) -> Response:
        demo = self._shown(request)
        if demo and demo.branding.logo:
            return _picture(demo.branding.logo)
        return FileResponse(ROOT / "public" / f"logo_{'dark' if _dark(request) else 'light'}.svg")

    async def _avatar(self, request: Request) -> Response:
        demo = self._shown(request)
        return _picture(demo.branding.avatar) if demo else PlainTextResponse("not found\n", 404)

    async def _preview(self, request: Request) -> Response:
        demo = self._shown(request)
        where = preview_of(demo) if demo else ""
        return _picture(where) if where else FileResponse(ROOT / "public" / "preview.png")

    def _shown(self, request: Request) -> Demo | None:
        guest = request.scope.get(SCOPE_KEY)
        return self.demo(guest.link) if isinstance(guest, Guest) and guest.link else None


def preview_of(demo: Demo) -> str:
    """What messengers show of a link: the prospect's logo, if there is one that they draw, else the demo's picture."""
    looks = demo.branding
    drawn = looks.logo if looks.logo and "svg" not in looks.logo else ""
    return looks.preview if looks.preview and not drawn.startswith("data:") else drawn


def _dark(request: Request) -> bool:
    return request.query_params.get("theme") == "dark"


def _picture(where: str) -> Response:
    """A picture of a demo, as the settings have checked it: an address of ours, or the picture itself."""
    if where.startswith("/public/"):
        file = ROOT / where.removeprefix("/")
        return (
            FileResponse(file, headers=_PICTURE) if file.is_file() else PlainTextResponse("not found\n", 404)
        )
    if not where.startswith("data:"):
        return PlainTextResponse("not found\n", 404)
    kind, _, data = where.removeprefix("data:").partition(";base64,")
    return Response(base64.b64decode(data), media_type=kind, headers=_PICTURE)


async def _code(request: Request) -> str:
    """The passcode of the form; '' where there is none."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            return ""
    return parse_qs(body.decode("utf-8", "replace")).get("code", [""])[0].strip()
