"""The folder that Chainlit writes into as soon as it is imported."""

from pathlib import Path
from tempfile import TemporaryFile


class NotWritable(Exception):
    """Chainlit's folder cannot be written to; ``str()`` is one line, Vietnamese / English."""


def make_files_folder(root: Path) -> None:
    """Make ``.files`` in Chainlit's application folder, as Chainlit would. Raises NotWritable."""
    folder = root / ".files"
    try:
        folder.mkdir(exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise NotWritable(
            f"không ghi được vào {folder} ({error.strerror}): hãy cho phép ghi thư mục này. / "
            f"cannot write to {folder} ({error.strerror}): make that folder writable."
        ) from error
