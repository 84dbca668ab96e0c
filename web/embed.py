"""The script that puts a link's bubble on a shop's page, with what it has to know of the link."""

import gzip
import html
import json
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from ledger.wording import LANGUAGES, Language, read_texts
from web.encoding import takes_gzip
from web.plain_page import COLOR, COLOR_DARK

#: Below a link's address.
EMBED_PATH = "/embed.js"
#: A link that is closed leaves shops' pages within this time.
MAX_AGE_S = 60

_SOURCE = Path(__file__).resolve().parents[1] / "public" / "embed.js"
_LANGUAGE = Path(__file__).parent / "language"
#: What the bubble says; the rest of the section is for the console.
_SPOKEN = ("open", "close", "frame", "wait", "trouble", "tab", "stranger")


@dataclass(frozen=True)
class Bubble:
    """link: its public id. address: the page's, no slash at its end. origins: the sites that may frame it.

    color, color_dark: the accent, ``#rrggbb``; blank: the theme's.
    """

    link: str
    address: str
    title: str
    origins: tuple[str, ...] = ()
    color: str = ""
    color_dark: str = ""


def bubble_script(bubble: Bubble) -> str:
    """The script of an open link."""
    light = bubble.color or COLOR
    known = {
        "link": bubble.link,
        "address": bubble.address,
        "origins": bubble.origins,
        "color": light,
        "color_dark": bubble.color_dark or bubble.color or COLOR_DARK,
        "texts": {language: _texts(language, bubble.title) for language in LANGUAGES},
    }
    return f"{_source()}({_literal(known)});\n"


def warning_script(reason: str, link: str = "") -> str:
    """The script of a link that does not open: one line in the console, and nothing on the page.

    reason: ``unknown``, ``away`` or a wall. link: its public id.
    """
    key = f"embed.{reason}" if reason in ("unknown", "away") else "embed.closed"
    said = [read_texts(_LANGUAGE, language)[key].format(link=link, reason=reason) for language in LANGUAGES]
    return f"console.warn({_literal('Demo Desk: ' + ' / '.join(said))});\n"


def embed_response(scope: Scope, script: str, *, kept: bool = True) -> Response:
    """The script as a shop's page gets it: always with status 200, for a browser runs no other.

    kept: whether browsers may keep it for a while.
    """
    headers = {
        # Pages of any site load it; whether they may frame the chat is judged at its document.
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": f"public, max-age={MAX_AGE_S}" if kept else "no-store",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    body = script.encode()
    if takes_gzip(Headers(scope=scope)):
        headers["Content-Encoding"] = "gzip"
        body = _packed(script)
    return Response(body, headers=headers, media_type="text/javascript")


def frame_script(language: Language, inside: str = "", nonce: str = "") -> str:
    """The tag of the script that a page in a frame needs: it speaks with the page around it. inside: the script
    itself, for a page that may not wait for another file, with the nonce that lets it run."""
    close = html.escape(read_texts(_LANGUAGE, language)["embed.close"])
    where = f' nonce="{nonce}"' if inside else ' src="/public/desk/frame.js"'
    return f'<script{where} data-close="{close}">{inside}</script>'


def _texts(language: Language, title: str) -> dict[str, str]:
    say = read_texts(_LANGUAGE, language)
    return {key: say[f"embed.{key}"].replace("{title}", title) for key in _SPOKEN}


def _literal(value: object) -> str:
    """JSON that is also JavaScript, and safe inside a page, too: nothing in it ends a script or begins a tag."""
    text = json.dumps(value, ensure_ascii=False)
    return text.translate({ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})


@cache
def _source() -> str:
    """Our file without its comments, which are a fifth of it."""
    lines = _SOURCE.read_text(encoding="utf-8").rstrip().rstrip(";").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("//"))


@lru_cache(maxsize=256)
def _packed(script: str) -> bytes:
    return gzip.compress(script.encode(), 9, mtime=0)
