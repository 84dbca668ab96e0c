"""Colours, pictures and the style sheet: readable, complete, and from no other host."""

import colorsys
import json
import re
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest
from chainlit_files import ROOT, chainlit_folder

PUBLIC = ROOT / "public"
MODES = ("light", "dark")
TEXT_ON_GROUND = [  # (text, ground): WCAG AA asks 4.5
    ("foreground", "background"),
    ("foreground", "muted"),
    ("foreground", "desk-mine"),
    ("card-foreground", "card"),
    ("popover-foreground", "popover"),
    ("primary-foreground", "primary"),
    ("secondary-foreground", "secondary"),
    ("accent-foreground", "accent"),
    ("destructive-foreground", "destructive"),
    ("sidebar-foreground", "sidebar-background"),
    ("sidebar-accent-foreground", "sidebar-accent"),
    ("sidebar-primary-foreground", "sidebar-primary"),
    ("muted-foreground", "background"),
    ("muted-foreground", "card"),
    ("muted-foreground", "muted"),
    ("muted-foreground", "accent"),
    ("muted-foreground", "desk-mine"),
    ("primary", "background"),
    ("primary", "card"),
    ("primary", "desk-mine"),
    ("destructive", "background"),
]
EDGE_ON_GROUND = [("input", "background"), ("input", "card"), ("ring", "background"), ("ring", "card")]  # 3.0


def theme(mode: str) -> dict[str, str]:
    """Variables of one mode, without the leading dashes."""
    variables = json.loads((PUBLIC / "theme.json").read_text(encoding="utf-8"))["variables"][mode]
    return {name.removeprefix("--"): value for name, value in variables.items()}


def luminance(hsl: str) -> float:
    """Relative luminance (WCAG 2) of "hue saturation% lightness%"."""
    hue, saturation, lightness = (float(part.rstrip("%")) for part in hsl.split())
    channels = colorsys.hls_to_rgb(hue / 360, lightness / 100, saturation / 100)
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2), 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def style() -> str:
    """Of every page: what is there at once, then what stands on top of Chainlit's."""
    return "".join((PUBLIC / name).read_text(encoding="utf-8") for name in ("desk/page.css", "desk.css"))


def test_contrast_is_computed_as_wcag_does() -> None:
    """Black on white is 21 to 1, and #777777 on white just misses AA."""
    assert contrast("0 0% 0%", "0 0% 100%") == pytest.approx(21)
    assert contrast("0 0% 46.7%", "0 0% 100%") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_is_readable(mode: str, text: str, ground: str) -> None:
    """Every pair of text and ground reaches WCAG AA."""
    assert contrast(theme(mode)[text], theme(mode)[ground]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("edge", "ground"), EDGE_ON_GROUND)
def test_edges_are_seen(mode: str, edge: str, ground: str) -> None:
    """Field borders and focus rings stand out from what they lie on."""
    assert contrast(theme(mode)[edge], theme(mode)[ground]) >= 3


def test_the_rehearsal_banner_is_readable() -> None:
    """The banner's words reach WCAG AAA on their amber, in either mode."""
    amber = dict(re.findall(r"--(desk-amber(?:-foreground)?): ([^;]+);", style()))
    assert contrast(amber["desk-amber"], amber["desk-amber-foreground"]) >= 7


@pytest.mark.parametrize("mode", MODES)
def test_no_colour_of_chainlits_is_left(mode: str) -> None:
    """The theme names every colour that Chainlit's own style sheet defines."""
    (sheet,) = (chainlit_folder() / "frontend" / "dist" / "assets").glob("index-*.css")
    theirs = set(re.findall(r"--([\w-]+): ?[\d.]+ [\d.]+% [\d.]+%[;}]", sheet.read_text(encoding="utf-8")))
    assert len(theirs) > 25 and theirs - theme(mode).keys() == set()


def test_both_modes_name_the_same_variables() -> None:
    """A change of mode leaves no colour of the other mode behind."""
    assert theme("light").keys() == theme("dark").keys()


def test_first_paint_has_the_theme_s_colours() -> None:
    """Before Chainlit applies the theme, the style sheet shows the same colours, so nothing flashes."""
    blocks = re.findall(r"html:root(:not\(\.dark\)|\.dark|:not\(\.light\)) {\s*(--[^}]+)}", style())
    assert [selector for selector, _ in blocks] == [":not(.dark)", ".dark", ":not(.light)"]
    for selector, body in blocks:
        expected = theme("light" if selector == ":not(.dark)" else "dark")
        found = dict(re.findall(r"--([\w-]+): ([^;]+);", body))
        assert found == {name: expected[name] for name in found} and "background" in found, selector


def test_no_font_is_fetched() -> None:
    """An empty list of fonts is what keeps Chainlit from asking Google for one."""
    assert json.loads((PUBLIC / "theme.json").read_text(encoding="utf-8"))["custom_fonts"] == []


@pytest.mark.parametrize(
    "file", [*sorted(PUBLIC.rglob("*.svg")), *sorted(PUBLIC.rglob("*.css"))], ids=lambda f: f.name
)
def test_nothing_points_elsewhere(file: Path) -> None:
    """No picture or style names another host, or carries a script."""
    text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"//\w|@import|<script|\son\w+=", text)


@pytest.mark.parametrize("file", sorted(PUBLIC.rglob("*.svg")), ids=lambda f: f.name)
def test_pictures_are_well_formed(file: Path) -> None:
    """Every SVG parses and says how large it is drawn."""
    assert "viewBox" in ElementTree.parse(file).getroot().attrib


def test_the_social_preview_has_the_size_that_sites_expect() -> None:
    """The picture beside a shared link is a PNG of 1200 by 630."""
    head = (PUBLIC / "preview.png").read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", head[16:24]) == (1200, 630)
