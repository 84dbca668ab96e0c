"""The ways to a link from elsewhere."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree

import segno

from demos.embedding import embed_tag, iframe_tag, qr_code

URL = "https://demo.example/d/abcdefghijklmnopqrstuvwxyz234567abcd/"


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    """The elements of a piece of HTML."""
    found: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Reader().feed(html)
    return found


def test_the_tag_to_paste() -> None:
    """One script, that holds nothing up."""
    assert tags(embed_tag(URL)) == [("script", {"src": f"{URL}embed.js", "async": None})]


def test_the_plain_frame() -> None:
    """A title of quotes and brackets stays a title; nothing in it that a strict policy refuses."""
    ((tag, attributes),) = tags(iframe_tag(URL, 'Bơ "&" <b>Sữa</b>'))
    assert (tag, attributes["src"]) == ("iframe", f"{URL}?in=frame")
    assert attributes["title"] == 'Bơ "&" <b>Sữa</b>'
    assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_the_code_for_a_camera() -> None:
    """An SVG as large as wanted, with a margin of four modules, whose dark modules are those of the address."""
    kind, _, data = qr_code(URL).partition(",")
    assert kind.startswith("data:image/svg+xml") and not re.search(r"[\"<>\s]", data)
    svg = ElementTree.fromstring(unquote(data))
    code = segno.make(URL, error="m", micro=False)
    side = code.symbol_size(border=4)[0]
    assert svg.attrib["viewBox"] == f"0 0 {side} {side}" and "width" not in svg.attrib
    line = svg.findall("{http://www.w3.org/2000/svg}path")[-1].attrib["d"]
    drawn = sum(int(length) for length in re.findall(r"h(\d+)", line))
    assert drawn == sum(row.count(1) for row in code.matrix)
