"""What whoever comes to a link reads when it does not open: a page in their language, with the shop's own looks."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from web.embed import frame_script
from web.plain_page import POLICY_BUT_FRAMES, plain_page

#: By reason. No 401: a page of Chainlit's that gets one shows its operators' sign-in.
STATUS: Mapping[str, int] = {
    "unknown": 404,
    "expired": 410,
    "revoked": 410,
    "not_started": 403,
    "paused": 403,
    "passcode": 403,
    "wrong_passcode": 403,
    "locked": 429,
    "away": 503,
    "full": 503,
    "hurried": 429,
}
#: A page that says one of these tries again by itself.
AGAIN = ("full", "hurried")


@dataclass(frozen=True)
class Refusal:
    """reason: a key of ``STATUS``. texts: heading, words, and the form's label and button, in the reader's language.

    action: where the form of a passcode goes. retry_after_s: when it may be worth another try. frames: the sites whose
    frames may show it, as a policy names them, blank for none; framed: whether one has asked for it.
    """

    reason: str
    language: str
    title: str
    texts: Mapping[str, str] = field(default_factory=dict)
    color: str = ""
    color_dark: str = ""
    action: str = ""
    retry_after_s: int | None = None
    frames: str = ""
    framed: bool = False


def refusal_page(refusal: Refusal) -> Response:
    """The page."""
    say = {key: html.escape(text) for key, text in refusal.texts.items()}
    body = f"<h1>{say['heading']}</h1><p>{say['words']}</p>"
    if refusal.action:
        body += (
            f'<form method="post" action="{html.escape(refusal.action)}"><label for="code">{say["label"]}</label>'
            '<input id="code" name="code" type="text" inputmode="text" autocomplete="one-time-code" maxlength="64" '
            f'required autofocus><button type="submit">{say["button"]}</button></form>'
        )
    if refusal.framed:
        body = frame_script("vi" if refusal.language == "vi" else "en") + body
    page = plain_page(
        refusal.language, refusal.title, body, color=refusal.color, color_dark=refusal.color_dark
    )
    return _with_headers(HTMLResponse(page, STATUS[refusal.reason]), refusal)


def refusal_line(refusal: Refusal) -> Response:
    """The same in a line, for whatever is no page."""
    return _with_headers(PlainTextResponse(refusal.texts["words"] + "\n", STATUS[refusal.reason]), refusal)


def _with_headers(response: Response, refusal: Refusal) -> Response:
    script = "script-src 'self'; " if refusal.framed else ""
    response.headers["Content-Security-Policy"] = script + POLICY_BUT_FRAMES + (refusal.frames or "'none'")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "same-origin"  # no-referrer would send the form's Origin as "null"
    if refusal.retry_after_s is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_s)
        if refusal.reason in AGAIN:
            response.headers["Refresh"] = str(refusal.retry_after_s)
    return response
