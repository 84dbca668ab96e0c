"""What the recipe of the image says, read without an engine; ``make image-test`` sees what comes of it."""

import json
import re
import tomllib

import pytest
from build_context import ROOT, let_through

TEXT = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
#: Each instruction on one line, comments gone.
LINES = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", TEXT, flags=re.MULTILINE)).splitlines()
LAST = LINES[max(number for number, line in enumerate(LINES) if line.startswith("FROM")) :]


def said(instruction: str, lines: list[str] = LAST) -> list[str]:
    """What stands behind an instruction, each time it is given."""
    return [line.partition(" ")[2].strip() for line in lines if line.startswith(f"{instruction} ")]


def test_the_base_is_the_builder_s_choice() -> None:
    """The base is a build argument, and a small official Python by default."""
    assert said("ARG", LINES)[0] == "BASE=docker.io/library/python:3.12-slim"
    assert said("FROM")[0] == "${BASE}"


@pytest.mark.parametrize("line", [*said("CMD"), said("HEALTHCHECK")[0].partition("CMD ")[2]])
def test_no_shell_stands_between(line: str) -> None:
    """Commands are in exec form, so that signals come to the program."""
    assert json.loads(line)[0] == "python"


def test_nobody_special_runs_it() -> None:
    """The user is a number, so that Kubernetes can see that it is not root."""
    assert said("USER") == ["1000:1000"]
    assert "ENTRYPOINT" not in TEXT


def test_the_environment_of_a_container() -> None:
    """What differs in a container stands in the image, and nothing secret does."""
    (line,) = said("ENV")
    told = dict(pair.split("=", 1) for pair in line.split())
    expected = {"HOST": "0.0.0.0", "DATA_DIR": "/data", "LOG_FORMAT": "json", "METRICS_ADDR": "0.0.0.0:9464"}
    assert expected.items() <= told.items()
    assert not [name for name in told if re.search("KEY|SECRET|PASSWORD|TOKEN|URL", name)]


def test_it_is_built_in_stages() -> None:
    """What builds stays behind: the last stage copies from it, and runs no installer."""
    assert len(said("FROM", LINES)) > 1
    assert all(line.startswith("--from=build ") for line in said("COPY"))
    assert not [line for line in said("RUN") if re.search(r"\b(apt-get|apk|pip install)\b", line)]


def test_what_is_installed_is_pinned_with_hashes() -> None:
    """Each installation wants the hash of each file."""
    commands = re.findall(r"\binstall -q (.*?)(?= &&|$)", " ".join(said("RUN", LINES[: -len(LAST)])))
    assert len(commands) == 2 and all("--require-hashes" in command for command in commands)


def test_every_room_is_let_through() -> None:
    """The image holds each room but the measurements, and what Chainlit reads; no .env and no data."""
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
    patterns = let_through()
    assert {*packages} - {"bench"} <= set(patterns)
    assert {"app.py", "public", ".chainlit/config.toml", "chainlit*.md", "requirements.txt"} <= set(patterns)
    assert not [pattern for pattern in patterns if re.match(r"\.env|data|tests|\*", pattern)]


def test_what_is_copied_is_there() -> None:
    """No instruction copies what has moved."""
    sources = [word for line in said("COPY", LINES) if "--from" not in line for word in line.split()[:-1]]
    assert sources and [source for source in sources if not (ROOT / source).exists()] == []
