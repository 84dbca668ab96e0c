"""Who sits at the terminal."""

import getpass
from contextlib import suppress


def whoever() -> str:
    """Their name at this machine, for what is put on record of what they do."""
    with suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return "terminal"
