"""docs/deploy.md: its commands can be run, and speak of what is there."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from ledger.command_line import make_parser
from settings.faults import ROOT

PAGE = (ROOT / "docs" / "deploy.md").read_text()
README = (ROOT / "README.md").read_text().partition("\n## Deploy\n")[2].partition("\n## ")[0]
BLOCKS = re.findall(r"^ *```sh\n(.*?)^ *```$", PAGE + README, re.M | re.S)
#: Everything that a reader may copy into a terminal.
COMMANDS = "\n".join([*BLOCKS, *re.findall(r"`([a-z]+ [^`]+)`", PAGE)])


@pytest.mark.parametrize("block", BLOCKS)
def test_shells_read_it(block: str) -> None:
    """Each block is a script without a mistake."""
    subprocess.run(["bash", "-n"], input=block, text=True, check=True)


def test_our_own_commands_are_there() -> None:
    """Each command of the program that the page names is one that the program takes."""
    named = re.findall(r"python -m ledger ([a-z]+ \S+?)['\s`]", COMMANDS + "\n")
    assert {words.split()[0] for words in named} == {"backup", "restore"}
    for words in named:
        make_parser().parse_args(words.split())


def test_services_are_those_of_the_compose_file() -> None:
    """Whatever is done to one part of it names a part that is there."""
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]
    done = re.findall(r"compose\.yaml (?:exec|run --rm|stop)((?: -T)?(?: desk\d)+)", COMMANDS)
    assert {name for words in done for name in words.split() if name != "-T"} <= services.keys()
    assert len(done) >= 5
    assert re.findall(r"for desk in (.*); do", COMMANDS) == [
        " ".join(n for n in services if n.startswith("desk"))
    ]


def test_files_are_there() -> None:
    """Files and links that the page names exist."""
    for name in re.findall(r"\]\(\.\./([\w./-]+)\)", PAGE):
        assert (ROOT / name).exists(), name
    for name in set(re.findall(r"deploy/[\w./-]*\w", PAGE)) - {"deploy/.env"}:
        assert (ROOT / name).exists(), name
    headings = {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-")
        for heading in re.findall(r"^## (.*)$", PAGE, re.M)
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= headings


def test_kubernetes_objects_are_those_of_the_manifest() -> None:
    """kubectl is told of what the manifest makes."""
    manifest = (ROOT / "deploy" / "kubernetes.yaml").read_text()
    kinds = {(one["kind"].lower(), one["metadata"]["name"]) for one in yaml.safe_load_all(manifest)}
    assert set(re.findall(r"\b(deployment|statefulset)/([\w-]+)", COMMANDS)) <= kinds
    for host in re.findall(r"s/(\S+?)/|\bs\|(\S+?)\|", COMMANDS):
        assert "".join(host) in manifest


def test_page_of_the_house() -> None:
    """The way in from the README."""
    assert "(docs/deploy.md)" in README and Path(ROOT / "docs" / "deploy.md").exists()
