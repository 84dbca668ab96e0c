"""What only an operator's page has: the desk's tools, their words, and leave to run custom elements."""

import html
import json
from collections.abc import Mapping

#: Each opens a view in the side panel, or the stage; they are commands' words, too.
TOOLS = ("new", "preflight", "stage", "publish", "links", "watch", "versions", "status")
#: kit.js is what the views of public/elements/ share.
SCRIPTS = ("tools.js", "panel.js", "asking.js", "kit.js", "stages.js", "fix.js")


def head() -> str:
    """Style sheet and scripts of the tools."""
    scripts = "".join(f'<script src="/public/desk/{name}"></script>' for name in SCRIPTS)
    return f'<link rel="stylesheet" href="/public/desk/tools.css">\n    {scripts}'


def tools(words: Mapping[str, str]) -> str:
    """The tools, there with the page itself, and all their words for the scripts."""
    say = {key: html.escape(text) for key, text in words.items()}
    buttons = "".join(
        f'<button type="button" data-desk-tool="{tool}" title="{say[f"tools.{tool}_tip"]}" disabled>'
        f"{say[f'tools.{tool}']}</button>"
        for tool in TOOLS
    )
    # Inside a script only "<" could end it.
    data = json.dumps(dict(words), ensure_ascii=False).replace("<", "\\u003c")
    return (
        f'<script type="application/json" id="desk-tool-words">{data}</script>\n    '
        f'<nav id="desk-tools" aria-label="{say["tools.label"]}">{buttons}</nav>'
    )


def with_elements(policy: str) -> str:
    """A page's policy that lets Chainlit run ``public/elements/*.jsx``, which it makes into code in the page."""
    return policy.replace("script-src 'self'", "script-src 'self' 'unsafe-eval'", 1)
