"""Whether whoever starts the program sits at its screen."""

import os
import sys
from collections.abc import Mapping


def has_desktop(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Whether a browser would open before their eyes: not over SSH, and on Linux only where there is a display."""
    if environ.get("SSH_CONNECTION") or environ.get("CI"):
        return False
    screen = environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    return platform in ("darwin", "win32") or bool(screen)
