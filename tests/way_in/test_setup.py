"""The set-up says in one line what is missing and how to mend it, and does nothing twice."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOBODY = 65534

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="on Windows pip is the way in")


def build(folder: Path) -> Path:
    """A checkout with nothing but the set-up, empty lists and an empty folder of programs."""
    (folder / "scripts").mkdir()
    (folder / "programs").mkdir()
    shutil.copy(ROOT / "scripts" / "setup.sh", folder / "scripts")
    for name in ("requirements.txt", "requirements-dev.txt"):
        (folder / name).write_text("")
    return folder


def program(house: Path, name: str, text: str) -> None:
    path = house / "programs" / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def set_up(
    house: Path,
    wanted: str = "run",
    language: str = "en_US.UTF-8",
    system: bool = False,
    user: int | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the set-up with the house's programs alone, or with the system's too."""
    return subprocess.run(
        ["/bin/sh", "scripts/setup.sh", wanted],
        cwd=house,
        env={
            "PATH": f"{house / 'programs'}:{os.defpath if system else ''}",
            "LC_ALL": language,
            "HOME": "/nowhere",
        },
        user=user,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def only_line(result: subprocess.CompletedProcess[str]) -> str:
    """The one line of a set-up that stopped."""
    assert result.returncode == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    return line


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return build(tmp_path)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house whose Python works, behind a shim that does not; already set up for running."""
    house = build(tmp_path_factory.mktemp("furnished"))
    program(house, "python3.13", "exit 127")
    program(house, "python3.12", f'exec "{sys.executable}" "$@"')
    result = set_up(house, system=True)
    assert result.returncode == 0, result.stderr
    return house


@pytest.fixture
def ready(furnished: Path) -> Path:
    """The furnished house, its lists empty and installed."""
    (furnished / "requirements.txt").write_text("")
    set_up(furnished, system=True)
    return furnished


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en_US.UTF-8", "is needed. To mend:"),
        ("vi_VN.UTF-8", "hoặc 3.13. Cách sửa:"),
        ("C", "is needed. To mend:"),
    ],
)
def test_no_python(house: Path, language: str, words: str) -> None:
    """Without any Python one line says which is needed and how to get it, in the terminal's language."""
    assert words in only_line(set_up(house, language=language))
    assert not (house / ".venv").exists()


@pytest.mark.parametrize("version", ["3.9", "3.14"])
def test_unfit_python(house: Path, version: str) -> None:
    """A Python too old or too new is named."""
    program(house, "python3", f'case $2 in *exit*) exit 1;; *) echo "{version}";; esac')
    assert f"(found {version})" in only_line(set_up(house))


def test_python_without_venv(house: Path) -> None:
    """Debian's bare python3 lacks venv: the line says so."""
    program(house, "python3", 'case $2 in *ensurepip*) exit 1;; *print*) echo "3.11";; esac')
    assert "Python 3.11 lacks venv" in only_line(set_up(house))


def test_a_folder_that_cannot_be_written_to() -> None:
    """The line names the folder; nothing else is tried."""
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to nobody
        house = build(Path(folder))
        house.chmod(0o555)
        user = NOBODY if os.geteuid() == 0 else None
        line = only_line(set_up(house, system=True, user=user))
        house.chmod(0o755)
    assert f"{os.path.realpath(folder)} cannot be written to. To mend:" in line


@pytest.mark.slow
def test_a_shim_that_points_nowhere_is_passed_over(furnished: Path) -> None:
    """The set-up takes a Python that runs, not the first name it finds."""
    assert (furnished / ".venv" / "bin" / "python").exists()


@pytest.mark.slow
def test_second_time_at_once_anew_when_the_list_changed(ready: Path) -> None:
    """Nothing is done when nothing changed; a changed list is installed."""
    assert set_up(ready, system=True).stderr == ""
    (ready / "requirements.txt").write_text("# changed\n")
    assert "Done." in set_up(ready, system=True).stderr


@pytest.mark.slow
def test_development_holds_running(ready: Path) -> None:
    """The set-up for development holds the one for running, not the other way round."""
    assert "Done." in set_up(ready, "dev", system=True).stderr
    assert set_up(ready, system=True).stderr == ""


@pytest.mark.slow
def test_what_cannot_be_installed_is_named(ready: Path) -> None:
    """The last line has pip's reason; the next try starts over."""
    (ready / "requirements.txt").write_text("./missing.whl\n")
    for _ in range(2):
        result = set_up(ready, system=True)
        assert result.returncode == 1
        assert "missing.whl" in result.stderr.splitlines()[-1]


@pytest.mark.slow
def test_env_file_is_made_once_for_its_owner_only(ready: Path) -> None:
    """`.env` comes from `.env.example`, readable by nobody else, and is never overwritten."""
    (ready / ".env.example").write_text("HOLYSHEEP_API_KEY=\n")
    set_up(ready, system=True)
    env = ready / ".env"
    assert env.stat().st_mode & 0o077 == 0
    env.write_text("PORT=8001\n")
    set_up(ready, system=True)
    assert env.read_text() == "PORT=8001\n"
