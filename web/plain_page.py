"""A small page of our own: no script, no other host, light and dark, any width."""

import html

#: Nothing but its own style and pictures of ours; its form comes to us.
POLICY_BUT_FRAMES = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors "
)
PLAIN_POLICY = POLICY_BUT_FRAMES + "'none'"
#: The theme's own, where a demo has none.
COLOR, COLOR_DARK = "#116961", "#59c5b1"

_STYLE = """
:root { color-scheme: light dark; --page: #fbfaf8; --ink: #1a2023; --quiet: #5f5b53; --line: #ddd8cf;
  --accent: %(color)s; --on-accent: %(on_color)s; --drawn: %(drawn)s }
@media (prefers-color-scheme: dark) { :root { --page: #161818; --ink: #ece9e3; --quiet: #b0aca3; --line: #3a3d3d;
  --accent: %(color_dark)s; --on-accent: %(on_color_dark)s; --drawn: %(drawn_dark)s } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; place-items: center; padding: 24px;
  background: var(--page); color: var(--ink); font: 17px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
main { width: 100%%; max-width: 26rem }
.name { margin: 0 0 1.5rem; font-weight: 600; color: var(--drawn); overflow-wrap: anywhere }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; text-wrap: balance }
p { margin: 0 0 1rem; color: var(--quiet) }
form { display: grid; gap: .5rem; margin-top: 1.5rem }
label { font-weight: 500 }
input, button { font: inherit; min-height: 48px; border-radius: 10px; padding: .5rem .9rem }
input { border: 1px solid var(--line); background: transparent; color: inherit; width: 100%% }
button { border: 0; margin-top: .5rem; background: var(--accent); color: var(--on-accent);
  font-weight: 600; cursor: pointer }
:focus-visible { outline: 3px solid var(--drawn); outline-offset: 2px }
[role=alert] { color: var(--ink); border-left: 3px solid var(--accent); padding-left: .75rem }
"""


def plain_page(language: str, title: str, body: str, *, color: str = "", color_dark: str = "") -> str:
    """The page as HTML. body: HTML, its texts escaped. color, color_dark: the accent, ``#rrggbb``."""
    light, dark = color or COLOR, color_dark or color or COLOR_DARK
    style = _STYLE % {
        "color": light,
        "on_color": ink_on(light),
        "color_dark": dark,
        "on_color_dark": ink_on(dark),
        "drawn": _readable(light, "#fbfaf8"),
        "drawn_dark": _readable(dark, "#161818"),
    }
    name = html.escape(title)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{name}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<link rel="icon" href="/favicon"><style>{style}</style></head>'
        f'<body><main><p class="name">{name}</p>{body}</main></body></html>'
    )


def ink_on(color: str) -> str:
    """White or near black, whichever reads better on a colour ``#rrggbb`` (WCAG 2.2, relative luminance)."""
    return "#ffffff" if 1.05 / (luminance(color) + 0.05) >= (luminance(color) + 0.05) / 0.056 else "#101414"


def _readable(color: str, page: str) -> str:
    """The accent, or the page's ink where a word in the accent could not be read (WCAG 2.2: 4.5 to 1)."""
    low, high = sorted((luminance(color), luminance(page)))
    return color if (high + 0.05) / (low + 0.05) >= 4.5 else "var(--ink)"


def luminance(color: str) -> float:
    """The relative luminance of ``#rrggbb``, 0 to 1 (WCAG 2.2)."""
    parts = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
