"""The script that puts a link's bubble on a shop's page."""

import gzip
import json
from dataclasses import replace
from typing import Any

import pytest
from asgi import Answer, ask, scope_of
from starlette.responses import Response

from ledger.wording import LANGUAGES, read_texts
from web import EMBED_PATH, Bubble, Refusal, bubble_script, embed_response, refusal_page, warning_script
from web.embed import _LANGUAGE, _SOURCE, frame_script

BUBBLE = Bubble(
    "abcdefghij",
    "https://desk.example/d/abcdefghijklmnopqrstuvwxyz234567abcd",
    "Mây Boutique",
    ("https://shop.example", "https://*.shop.example"),
    "#9b3b5a",
    "#e79bb4",
)
#: Each would end a script, begin a tag, end a string or end a line somewhere.
HOSTILE = "</script><!--<script>\"'`${alert(1)}\\\n\u2028\u2029&amp;"


def known(script: str) -> dict[str, Any]:
    """What a script was told of its link."""
    head, _, told = script.rpartition("\n})(")
    assert head.lstrip().startswith("((link) => {") and told.endswith(");\n")
    found: dict[str, Any] = json.loads(told.removesuffix(");\n"))
    return found


async def answer(script: str, **headers: str) -> Answer:
    """What a browser gets."""
    scope = scope_of("/d/token" + EMBED_PATH, headers=headers)
    response: Response = embed_response(scope, script)
    return await ask(response, scope)


def test_it_is_told_what_it_has_to_know() -> None:
    """The link, where it is, who may frame it, its colours, and the words in both languages."""
    found = known(bubble_script(BUBBLE))
    assert (found["link"], found["address"], found["origins"]) == (
        BUBBLE.link,
        BUBBLE.address,
        list(BUBBLE.origins),
    )
    assert (found["color"], found["color_dark"]) == (BUBBLE.color, BUBBLE.color_dark)
    assert found["texts"]["vi"]["open"] == "Mở chat với Mây Boutique"
    assert found["texts"]["en"]["frame"] == "Chat with Mây Boutique"


def test_without_colours_of_its_own() -> None:
    """A demo's one colour holds on dark pages, too; without any the theme's do."""
    assert known(bubble_script(replace(BUBBLE, color_dark="")))["color_dark"] == BUBBLE.color
    plain = known(bubble_script(replace(BUBBLE, color="", color_dark="")))
    assert (plain["color"], plain["color_dark"]) == ("#116961", "#59c5b1")


def test_what_it_is_told_stays_a_value() -> None:
    """A title can end neither string nor script nor line, and comes out as it was."""
    script = bubble_script(replace(BUBBLE, title=HOSTILE))
    told = script.rpartition("\n})(")[2]
    assert not set("<>&\u2028\u2029") & set(told) and told.count("\n") == 1
    assert known(script)["texts"]["en"]["open"] == f"Open the chat with {HOSTILE}"


async def test_it_is_small() -> None:
    """Under 8 KB as it travels, with a long name and many sites."""
    origins = tuple(f"https://shop-{number}.example" for number in range(20))
    script = bubble_script(replace(BUBBLE, title="Tiệm áo dài " * 10, origins=origins))
    packed = await answer(script, **{"accept-encoding": "gzip, br"})
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < 8000
    assert gzip.decompress(packed.body).decode() == script
    assert (await answer(script)).body.decode() == script


async def test_how_it_is_sent() -> None:
    """As a script, to pages of any site, for a minute, and with no cookie."""
    headers = (await answer(bubble_script(BUBBLE))).headers
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["cache-control"] == "public, max-age=60" and headers["vary"] == "Accept-Encoding"
    assert "set-cookie" not in headers and headers["x-content-type-options"] == "nosniff"
    later = embed_response(scope_of(), "", kept=False)
    assert later.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("reason", ["unknown", "away", "revoked", "expired", "not_started", "paused"])
async def test_a_link_that_does_not_open(reason: str) -> None:
    """One line in the console, and nothing else; with status 200, or no browser would run it."""
    script = warning_script(reason, "abcdefghij")
    told = script.removeprefix("console.warn(").removesuffix(");\n")
    said = json.loads(told)
    assert said.startswith("Demo Desk: ") and "không có nút chat" in said and "no bubble" in said
    assert (reason in said and "abcdefghij" in said) is (reason not in ("unknown", "away"))
    assert (await answer(script)).status == 200


def test_the_file_is_one_expression() -> None:
    """Asked for by itself it does nothing; its comments stay at home."""
    source = _SOURCE.read_text(encoding="utf-8")
    assert source.startswith("//") and source.rstrip().endswith("})")
    assert "\n//" not in bubble_script(BUBBLE) and "    // " not in bubble_script(BUBBLE)


def test_a_name_stands_wherever_a_text_wants_it() -> None:
    """In both languages, and nowhere else a blank to fill."""
    for language in LANGUAGES:
        spoken = known(bubble_script(BUBBLE))["texts"][language]
        texts = read_texts(_LANGUAGE, language)
        assert all(spoken[key] == texts[f"embed.{key}"].replace("{title}", BUBBLE.title) for key in spoken)
        assert [key for key, text in spoken.items() if "{" in text] == ["stranger"]


@pytest.mark.parametrize("framed", [True, False])
def test_a_refusal_in_a_frame(framed: bool) -> None:
    """Sites that may frame the chat may frame the page that says why not; there it speaks with the page around it."""
    texts = {"heading": "Đóng", "words": "Đã đóng."}
    refusal = Refusal("revoked", "vi", "Shop", texts, frames="https://shop.example", framed=framed)
    page = refusal_page(refusal)
    policy = page.headers["content-security-policy"]
    assert policy.endswith("frame-ancestors https://shop.example")
    assert ("script-src 'self'; " in policy) is framed
    assert (frame_script("vi").encode() in bytes(page.body)) is framed
