"""The program does without what the image leaves out."""

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from build_context import ROOT
from started_desk import served, variables

from scripts.image_test.chatting import talk

pytestmark = pytest.mark.slow

PASSWORD = "of-this-test-alone"  # not a secret
#: Python imports a module of this name before any other.
BARRED = """
import sys

class Barred:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}} in the image", name=name)

sys.meta_path.insert(0, Barred())
"""
COMMANDS = (
    ("ledger", "check"),
    ("ledger", "report", "--audience", "rehearsal", "--format", "json"),
    ("demos", "list"),
    ("settings", "check"),
    ("holysheep", "status"),
    ("emulator", "--list"),
    ("web", "--help"),
)


def left_out_modules() -> list[str]:
    """Top-level modules of the packages on the list that nothing else brings."""
    text = (ROOT / "deploy" / "image" / "left-out.txt").read_text(encoding="utf-8")
    names = {line.split("#")[0].strip() for line in text.splitlines()} - {""}

    def gone(name: str) -> bool:
        plain = name.lower().replace("_", "-").replace(".", "-")
        return any(plain == one or (one.endswith("*") and plain.startswith(one[:-1])) for one in names)

    brought = metadata.packages_distributions()
    return sorted(module for module, by in brought.items() if all(gone(name) for name in by))


@pytest.fixture
def barred(tmp_path: Path) -> dict[str, str]:
    """An environment in which none of it can be imported."""
    modules = left_out_modules()
    assert {"traceloop", "grpc", "mcp", "cryptography"} <= set(modules)
    (tmp_path / "sitecustomize.py").write_text(BARRED.format(names=modules))
    return {"PYTHONPATH": str(tmp_path), "OPERATOR_PASSWORD": PASSWORD}


async def test_it_chats(barred: dict[str, str], tmp_path: Path) -> None:
    """A server starts, and answers an operator."""
    async with served(tmp_path, barred) as url:
        told = await talk(url, PASSWORD)
    assert told.rehearsal and told.reply and told.receipt["error"] is None


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_its_commands_run(command: tuple[str, ...], barred: dict[str, str], tmp_path: Path) -> None:
    """Each room's command does its work."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=variables(tmp_path, 8000, barred),
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr and "in the image" not in done.stderr, done.stderr


def test_kits_can_be_imported_afterwards(tmp_path: Path) -> None:
    """Whoever has OpenTelemetry finds it as it is, whatever Chainlit was spared."""
    code = """
import json, sys
from assembly.unused import import_chainlit
import_chainlit()
import chainlit.server
loaded = [name for name in sys.modules if name.startswith(("traceloop", "opentelemetry.sdk", "mcp"))]
import mcp.types, opentelemetry.sdk.trace
print(json.dumps([loaded, all(module.__file__ for module in (mcp, opentelemetry.sdk.trace))]))
"""
    environment = {**os.environ, "CHAINLIT_APP_ROOT": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [[], True]
