"""What our configuration takes for granted in Chainlit's page; docs/chainlit-seams.toml has the rest."""

import tomllib

from chainlit import config as chainlit_config
from chainlit_files import ROOT
from pydantic import BaseModel


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
