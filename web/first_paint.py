"""What a visitor's page is before Chainlit's script is there: whole, small and by itself; the rest comes behind it.

On a phone's line Chainlit's 1.3 MB take many seconds. The parts in the page (``public/desk/first.*``) paint greeting
and conversation, take what is written, and hand both over when Chainlit has woken.
"""

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parents[1] / "public" / "desk"

#: In the page's head, in this order; what stands at its end needs its elements.
HEAD: Final = ("storage.js", "wire.js", "theme.js")
END: Final = ("markdown.js", "first.js", "behind.js")
STYLES: Final = ("page.css", "first.css")
#: Loaded behind the page, before Chainlit's own script.
BEHIND: Final = ("composer.js", "strips.js", "names.js", "reading.js")

_MODULE = re.compile(r'<script type="module"[^>]*? src="([^"]+)"></script>')
_SHEET = re.compile(r'<link rel="stylesheet"[^>]*? href="([^"]+)"[^>]*>')
_REMARK = re.compile(r"^\s*//.*\n|^\s+|/\*.*?\*/", re.MULTILINE | re.DOTALL)
_SCRIPT_REMARK = re.compile(r"^\s*//.*\n|^\s+", re.MULTILINE)


def set_aside(page: str) -> tuple[str, str]:
    """The page without Chainlit's script and style sheets, and a note for ``behind.js`` of what to load."""
    (module,) = _MODULE.findall(page)
    later = {
        "styles": _SHEET.findall(page),
        "scripts": [f"/public/desk/{name}" for name in BEHIND],
        "module": module,
    }
    note = f'<script type="application/json" id="desk-behind">{json.dumps(later)}</script>'
    return _SHEET.sub("", _MODULE.sub("", page)), note


def style(avatar: str) -> str:
    """The style sheets, in the page. avatar: the address of the assistant's picture."""
    face = f'html:root{{--desk-face:url("{avatar}")}}'
    return f"<style>{''.join(map(read, STYLES))}{face}</style>"


def scripts(names: Sequence[str], nonce: str) -> str:
    """Scripts, in the page."""
    return "".join(f'<script nonce="{nonce}">{read(name)}</script>' for name in names)


def shell(
    title: str, logo: bool, greeting: str, starters: Iterable[tuple[str, str]], say: Mapping[str, str]
) -> str:
    """Header, greeting with its starters, and a text box; Chainlit's own place lies behind it, out of reach.

    logo: whether the name is a picture. starters: label and message of each. say: the strips' texts, escaped.
    """
    buttons = "".join(
        f'<button type="button" class="desk-starter" data-message="{html.escape(message)}">'
        f"{html.escape(label)}</button>"
        for label, message in starters
    )
    name = html.escape(title)
    named = f'<span id="desk-first-name" role="img" aria-label="{name}"></span>'
    return f"""<div id="desk-frame"><main id="desk-first">
      <header id="desk-first-header">{named if logo else f'<span id="desk-first-name">{name}</span>'}</header>
      <div id="desk-first-page" tabindex="-1">
        <div id="desk-first-log" role="log" aria-live="off"><div class="desk-said desk-theirs"><div class="desk-text">{
        html.escape(greeting.strip())
    }</div><div class="desk-starters">{buttons}</div></div></div>
        <div id="desk-first-waiting" role="list"></div>
        <div id="desk-first-room"></div>
      </div>
      <div id="desk-first-foot">
        <p id="desk-first-status" class="desk-line" role="status"></p>
        <p id="desk-first-word" class="desk-line" role="alert"></p>
        <p id="desk-first-closed" class="desk-line" role="alert"></p>
        <form id="desk-first-composer">
          <textarea id="desk-first-input" rows="1" autocomplete="off" enterkeyhint="enter" placeholder="{
        say["composer"]
    }…" aria-label="{say["composer"]}"></textarea>
          <button type="button" id="desk-first-stop" hidden title="{say["stop"]}" aria-label="{
        say["stop"]
    }"></button>
          <button id="desk-first-send" disabled title="{say["send"]}" aria-label="{
        say["send"]
    }"><svg width="16" height="16"
            viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"
            stroke-linejoin="round" aria-hidden="true"><path d="M12 19V5M5 12l7-7 7 7"/></svg></button>
        </form>
      </div>
    </main><div id="root" inert></div></div>"""


@cache
def read(name: str) -> str:
    """A file without what only its readers need; the page is sent to each visitor anew."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return (_SCRIPT_REMARK if name.endswith(".js") else _REMARK).sub("", text)
