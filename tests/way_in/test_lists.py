"""The lists a newcomer meets: pins and commands."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = (
    "run",
    "install",
    "test",
    "quick",
    "newest",
    "lint",
    "pins",
    "image",
    "image-test",
    "bench",
    "faults",
    "pictures",
    "clean",
)
PINNED = re.compile(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; .+?)?( --hash=sha256:[0-9a-f]{64})+")


def entries(name: str) -> list[str]:
    """The entries of a list, without comments, each on one line."""
    text = (ROOT / name).read_text()
    lines = re.sub(r" \\\n\s+", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    return [line for line in lines if line.strip()]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "deploy/build.txt"])
def test_every_requirement_is_an_exact_version(name: str) -> None:
    """No range, no address, no option, and the hash of each file: a fresh install gives the same everywhere."""
    assert [line for line in entries(name) if not PINNED.fullmatch(line)] == []


def test_every_range_has_a_pin() -> None:
    """What stands in a list of ranges stands in its pins: `make pins` was run."""
    wanted = {re.split(r"[\[<>=;\s]", line)[0] for line in entries("requirements.in")}
    assert wanted <= {line.split("==")[0] for line in entries("requirements.txt")}


def test_tests_run_on_what_is_served() -> None:
    """The development pins hold each pin of the product unchanged."""
    assert set(entries("requirements.txt")) <= set(entries("requirements-dev.txt"))


def test_uvloop_only_where_it_exists() -> None:
    """Windows installs the list too."""
    (line,) = [line for line in entries("requirements.txt") if line.startswith("uvloop")]
    assert " ; sys_platform != 'win32' --hash" in line


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_make_alone_lists_the_commands() -> None:
    """A newcomer types `make` and sees every command with a sentence."""
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for command in COMMANDS:
        assert re.search(rf"^  make {command} +\w", listed, re.MULTILINE), command


def test_every_place_that_contributing_names_is_there() -> None:
    """CONTRIBUTING.md sends nobody to a file that moved."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w./-]+/|[\w./-]+\.(?:toml|txt|in|py|example))`", text)
    assert len(named) > 5
    assert [name for name in named if not (ROOT / name).exists()] == []
