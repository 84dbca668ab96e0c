"""What the build does beside installing: which pins it needs, what it lists, what it takes out."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from build_context import ROOT

STATUS = """\
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u10
Description: GNU C Library
 Version: of the description

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1
"""


def program(name: str) -> ModuleType:
    """A program of the build; they are no package."""
    spec = importlib.util.spec_from_file_location(f"image_{name}", ROOT / "deploy" / "image" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


needed, sbom, tidy = program("needed"), program("sbom"), program("tidy")
PINS = (ROOT / "requirements.txt").read_text(encoding="utf-8")
LEFT_OUT = (ROOT / "deploy" / "image" / "left-out.txt").read_text(encoding="utf-8")


def test_left_out_is_taken_out_with_its_hashes() -> None:
    """An entry goes with its hashes, by its name or by the beginning of it; nothing else does."""
    stays = "b==2 ; os_name == 'nt' \\\n    --hash=sha256:bb"
    pins = f"# made\na==1 \\\n    --hash=sha256:aa\n    # via b\n{stays}\nc-d==3\n"
    assert needed.needed(pins, "# why\nc-*\na # unused\n") == [stays]


def test_what_is_left_out_is_pinned() -> None:
    """No entry of the list names what is no longer there."""
    names = {entry.split("==")[0] for entry in needed.entries(PINS)}
    gone = needed.names(LEFT_OUT)
    assert [
        one
        for one in gone
        if not any(name == one or (one.endswith("*") and name.startswith(one[:-1])) for name in names)
    ] == []


def test_the_base_is_listed() -> None:
    """The system, its installed packages with their versions, and nothing that was taken off again."""
    release = sbom.os_release('ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n')
    assert sbom.system(release)["version"] == "12"
    (only,) = sbom.packages(STATUS, release)
    assert only["purl"] == "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=debian-12"
    assert only["version"] == "2.36-9+deb12u10"


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    for name in (
        "a/x.py",
        "a/x.js.map",
        "a/fast.pyx",
        "a/tests/test_x.py",
        "a-1.dist-info/licenses/LICENSE",
        "tests/b.py",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x" * 100)
    return tmp_path


def test_tidied(packages: Path) -> None:
    """Maps, sources of compiled modules and packages' own tests go; code and licences stay."""
    tidy.tidy(packages)
    left = sorted(path.relative_to(packages).as_posix() for path in packages.rglob("*") if path.is_file())
    assert left == ["a-1.dist-info/licenses/LICENSE", "a/x.py"]


def test_scripts_are_compressed_once(packages: Path) -> None:
    """The page's script lies beside its compressed self, as ``web.Assets`` looks for it."""
    (packages / "index-ab.js").write_text("let a;" * 100)
    tidy.compress_scripts(packages)
    assert (packages / "index-ab.js.gz").stat().st_size < 100
