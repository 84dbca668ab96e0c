"""What our configuration and style sheet take for granted in Chainlit's page.

When one of these fails after an upgrade, its name says which rule of public/desk.css or which key of
.chainlit/config.toml to look at.
"""

import tomllib
from functools import cache

import pytest
from chainlit import config as chainlit_config
from chainlit_files import ROOT, chainlit_folder
from pydantic import BaseModel

IN_THE_BUNDLE = {
    "header": 'id:"header"',
    "header: brand beside the new-chat button": "new-chat-button",
    "header: place kept for the gear": "chat-settings-header-button",
    "header: theme toggle": "theme-toggle",
    "header: user menu hidden": "user-nav-button",
    "frame: wrapper's height": "min-h-svh",
    "frame: page's height": "h-screen w-screen flex",
    "column: messages": "flex flex-col mx-auto w-full flex-grow p-4",
    "column: composer": "flex flex-col mx-auto w-full p-4 pt-0",
    "column: arrow to the end": "absolute bottom-4 left-0 right-0 flex justify-center",
    "message: kind of step": "data-step-type",
    "message: reply": "ai-message flex gap-4 w-full",
    "message: reply's text column": "min-w-[150px]",
    "message: content": "message-content",
    "message: own bubble": "max-w-[70%] flex-grow-0",
    "message: pencil": "edit-message ml-auto invisible group-hover:visible",
    "message: waiting dot": "inline-block loading-cursor",
    "receipt: its line": "step-${",
    "receipt: its body": "border-l-2 border-primary",
    "composer": "message-composer",
    "composer: field": "chat-input",
    "composer: send": "chat-submit",
    "composer: note below": "watermark",
    "welcome screen": "welcome-screen",
    "theme: variables are set on the root": "style.setProperty(",
}


@cache
def bundle() -> str:
    (script,) = (chainlit_folder() / "frontend" / "dist" / "assets").glob("index-*.js")
    return script.read_text(encoding="utf-8")


@pytest.mark.parametrize("needle", IN_THE_BUNDLE.values(), ids=IN_THE_BUNDLE.keys())
def test_the_page_still_has(needle: str) -> None:
    """Each id and class that desk.css names is still in Chainlit's page."""
    assert needle in bundle()


def test_every_key_is_known_to_chainlit() -> None:
    """Chainlit drops unknown keys silently, so each of ours is held against its models."""
    theirs: dict[str, type[BaseModel]] = {
        "project": chainlit_config.ProjectSettings,
        "UI": chainlit_config.UISettings,
        "features": chainlit_config.FeaturesSettings,
        "spontaneous_file_upload": chainlit_config.SpontaneousFileUploadFeature,
        "mcp": chainlit_config.McpFeature,
    }
    known = {name: list(model.model_fields) for name, model in theirs.items()}
    config = tomllib.loads((ROOT / ".chainlit" / "config.toml").read_text(encoding="utf-8"))
    tables = config | config["features"]
    assert [(name, key) for name, keys in known.items() for key in tables[name] if key not in keys] == []


def test_files_that_the_configuration_names_exist() -> None:
    """A path in config.toml that leads nowhere would be a silent 404."""
    ui = tomllib.loads((ROOT / ".chainlit" / "config.toml").read_text(encoding="utf-8"))["UI"]
    named = [value for value in ui.values() if isinstance(value, str) and value.startswith("/public/")]
    assert len(named) == 3 and [path for path in named if not (ROOT / path.lstrip("/")).is_file()] == []
