"""The installation's own secret, where none is given."""

import os
import secrets
from pathlib import Path

from settings.environment import Environment

FILE = "auth-secret"


def installation_secret(environment: Environment) -> str:
    """The secret that was given, or the one that is kept. Raises OSError where it cannot be kept."""
    return environment.chainlit_auth_secret or kept_secret(environment.data_dir)


def kept_secret(data_dir: Path) -> str:
    """The secret that signs identities, made once and kept where only its owner can read it.

    Raises OSError where the folder cannot be written to.
    """
    file = data_dir / FILE
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        # Two programs that start at once must end up with one secret.
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if kept := file.read_text(encoding="ascii").strip():
            return kept
        handle = os.open(file, os.O_WRONLY | os.O_TRUNC)
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        opened.write(made := secrets.token_urlsafe(48))
    return made
