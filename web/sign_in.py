"""Operators sign in and out: ``/sign-in``, ``/sign-out``."""

from collections.abc import Callable
from math import ceil
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from demos import Language
from web.attempts import Attempts
from web.cookies import is_secure
from web.operators import COOKIE, OPERATOR, SESSION_S, OneTimeToken, Operators
from web.plain_page import PLAIN_POLICY, POLICY_BUT_FRAMES
from web.sign_in_page import password_form, tab_page, token_form

HEADERS = {
    "Content-Security-Policy": PLAIN_POLICY,
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    # Not "no-referrer": with that a browser sends the form with the Origin "null", which is nobody's.
    "Referrer-Policy": "same-origin",
}
#: In a frame there is only a link to ourselves, so anybody may frame it.
FRAMED = {"Content-Security-Policy": POLICY_BUT_FRAMES + "*"}
#: A link's preview may be fetched; nothing else is for crawlers.
ROBOTS = "User-agent: *\nAllow: /d/\nAllow: /public/\nDisallow: /\n"
#: A form that is longer holds no password.
LONGEST_FORM = 4096

_HOME = "/"


class SignIn:
    """The pages of signing in and out. Whoever comes in goes to ``/``, whatever an address asks for.

    token: for a desk without passwords. language: the reader's. public_url: where it is https, so is the cookie, though
    the proxy before us may speak plain HTTP with us. attempts: how often passwords may be tried.
    """

    def __init__(
        self,
        operators: Operators,
        token: OneTimeToken,
        language: Callable[[Request], Language],
        public_url: str = "",
        attempts: Attempts | None = None,
    ) -> None:
        self._operators = operators
        self._token = token
        self._language = language
        self._public_url = public_url
        self._attempts = attempts or Attempts()

    def routes(self) -> list[Route]:
        """Their routes, which stand before the page's."""
        return [
            Route("/sign-in", self._show, methods=["GET"], include_in_schema=False),
            Route("/sign-in", self._enter, methods=["POST"], include_in_schema=False),
            Route("/sign-out", self._leave, methods=["POST"], include_in_schema=False),
            Route("/robots.txt", _robots, methods=["GET"], include_in_schema=False),
        ]

    async def _show(self, request: Request) -> Response:
        language = self._language(request)
        # Some platforms show what they run in a frame of theirs, where a browser sends no cookie of ours.
        if request.headers.get("sec-fetch-dest") == "iframe":
            return _shown(tab_page(language), more=FRAMED)
        if self._operators.whose(request.cookies.get(COOKIE, "")) is not None:
            return _go(_HOME)
        if not self._operators.by_token:
            return _shown(password_form(language, named=self._operators.named, name=self._usual_name))
        token = request.query_params.get("token", "")
        if token and not self._token.good(token):
            return _shown(token_form(language, trouble="spent"), 403)
        return _shown(token_form(language, token=token))

    async def _enter(self, request: Request) -> Response:
        form = await _form(request)
        if form is None:
            return PlainTextResponse("too long\n", 413)
        if self._operators.by_token:
            return self._enter_once(request, form.get("token", "").strip())
        return await self._enter_by_password(request, form)

    def _enter_once(self, request: Request, token: str) -> Response:
        if not self._token.spend(token):
            return _shown(token_form(self._language(request), trouble="spent"), 403)
        return self._entered(request, OPERATOR)

    async def _enter_by_password(self, request: Request, form: dict[str, str]) -> Response:
        name = form.get("name", "").strip().lower() or self._usual_name
        language, named = self._language(request), self._operators.named
        address = request.client.host if request.client else ""
        if wait_s := self._attempts.wait_s(address):
            minutes = ceil(wait_s / 60)
            page = password_form(language, named=named, name=name, trouble="too_many", minutes=minutes)
            return _shown(page, 429, {"Retry-After": str(wait_s)})
        if not await self._operators.knows(name, form.get("password", "").strip()):
            trouble = "wrong" if named else "wrong_password"
            return _shown(password_form(language, named=named, name=name, trouble=trouble), 403)
        self._attempts.forget_last(address)
        return self._entered(request, name)

    def _entered(self, request: Request, name: str) -> Response:
        response = _go(_HOME)
        response.set_cookie(
            COOKIE,
            self._operators.session(name),
            max_age=SESSION_S,
            path="/",
            secure=is_secure(request, self._public_url),
            httponly=True,
            samesite="lax",
        )
        return response

    async def _leave(self, request: Request) -> Response:
        self._operators.end(request.cookies.get(COOKIE, ""))
        response = _go("/sign-in")
        secure = is_secure(request, self._public_url)
        response.delete_cookie(COOKIE, path="/", secure=secure, httponly=True, samesite="lax")
        return response

    @property
    def _usual_name(self) -> str:
        return "" if self._operators.named else OPERATOR


async def _robots(request: Request) -> Response:
    return PlainTextResponse(ROBOTS)


async def _form(request: Request) -> dict[str, str] | None:
    """The fields of an urlencoded form; None for one that is too long. Bytes that are no text are no password."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            return None
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=10))
    except ValueError:
        return {}


def _shown(page: str, status: int = 200, more: dict[str, str] | None = None) -> Response:
    return HTMLResponse(page, status, HEADERS | (more or {}))


def _go(where: str) -> Response:
    return RedirectResponse(where, 303, HEADERS)
