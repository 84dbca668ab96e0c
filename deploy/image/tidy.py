"""Takes out of an environment what is never read at run time: ``tidy.py VENV``.

Maps for debuggers of browsers, sources of compiled modules, packages' own tests. Licences and what names a package and
its version stay.
"""

import gzip
import shutil
import sys
from pathlib import Path

SUFFIXES = {".map", ".c", ".cpp", ".h", ".pyx", ".pxd", ".pxi", ".pyi", ".a"}
TESTS = {"test", "tests"}


def tidy(packages: Path) -> None:
    """Take it out of a folder of packages."""
    for path in sorted(packages.rglob("*")):
        if path.is_dir() and path.name in TESTS and path.parent != packages:
            shutil.rmtree(path)
        elif path.is_file() and path.suffix in SUFFIXES:
            path.unlink()
    shutil.rmtree(packages / "tests", ignore_errors=True)


def compress_scripts(assets: Path) -> None:
    """What the server would compress at each start is compressed here (``web.Assets``)."""
    for path in assets.glob("index-*"):
        if path.suffix in (".js", ".css"):
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


if __name__ == "__main__":
    (packages,) = Path(sys.argv[1]).glob("lib/python3*/site-packages")
    tidy(packages)
    compress_scripts(packages / "chainlit" / "frontend" / "dist" / "assets")
