"""Where our files and those of the installed Chainlit lie."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def chainlit_folder() -> Path:
    """Where Chainlit is installed, found without importing it (an import writes files)."""
    spec = importlib.util.find_spec("chainlit")
    assert spec is not None and spec.origin is not None, "Chainlit is not installed"
    return Path(spec.origin).parent
