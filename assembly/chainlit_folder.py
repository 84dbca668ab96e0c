"""The folder that Chainlit reads its files from, and writes into as soon as it is imported."""

import shutil
from pathlib import Path
from tempfile import TemporaryFile

#: In DATA_DIR: the stand-in for a program folder that is read-only.
STAND_IN = "chainlit"


class NotWritable(Exception):
    """Chainlit's folder cannot be written to; ``str()`` is one line, Vietnamese / English."""


def application_folder(program: Path, data_dir: Path, given: str = "") -> Path:
    """The program's own folder, or one in ``data_dir`` that stands in for it where it is read-only, as in a container.

    given: CHAINLIT_APP_ROOT, which wins over both. Each holds a ``.files`` that can be written to. Raises NotWritable.
    """
    if given:
        make_files_folder(Path(given))
        return Path(given)
    try:
        make_files_folder(program)
        return program
    except NotWritable:
        folder = data_dir / STAND_IN
        try:
            _stand_in(program, folder)
        except OSError as error:
            raise _not_writable(folder, error) from error
        make_files_folder(folder)
        return folder


def make_files_folder(root: Path) -> None:
    """Make ``.files`` in Chainlit's application folder, as Chainlit would. Raises NotWritable."""
    folder = root / ".files"
    try:
        folder.mkdir(exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _not_writable(folder, error) from error


def _stand_in(program: Path, folder: Path) -> None:
    """Chainlit's configuration is copied, for Chainlit adds translations to it; the rest is linked to."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in (program / ".chainlit").rglob("*"):
        if path.is_file():
            copy = folder / path.relative_to(program)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    for path in (program / "public", *program.glob("chainlit*.md")):
        link = folder / path.name
        link.unlink(missing_ok=True)
        link.symlink_to(path)


def _not_writable(folder: Path, error: OSError) -> NotWritable:
    return NotWritable(
        f"không ghi được vào {folder} ({error.strerror}): hãy cho phép ghi thư mục này. / "
        f"cannot write to {folder} ({error.strerror}): make that folder writable."
    )
