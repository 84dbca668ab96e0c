"""``rollout``: shown, and moved by hand, in the state that the running program reads."""

import json
from pathlib import Path

import pytest
from terminal import Terminal

pytestmark = pytest.mark.slow  # each command is a program of its own

ROOT = Path(__file__).parents[2]


@pytest.fixture
def rolling(bare: Terminal, tmp_path: Path) -> Terminal:
    """Settings with a rollout that has begun."""
    folder = tmp_path / "settings"
    folder.mkdir()
    for name in ("models.toml", "providers.toml"):
        (folder / name).write_text((ROOT / "settings" / name).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "rollout.toml").write_text("enabled = true\nstarts_on = 2026-01-01\n")
    return bare.with_(SETTINGS_DIR=str(folder))


async def test_shipped(bare: Terminal, tmp_path: Path) -> None:
    """It is off; nothing can be set, nothing is said to be done, and nothing is kept."""
    shown = await bare.run("rollout", "--json")
    assert (shown.code, shown.data["enabled"], shown.data["share"]) == (0, False, None)
    done = await bare.run("rollout", "set", "50", "--reason", "try", "--json")
    assert (done.code, done.data["changed"]) == (1, False)
    assert not (tmp_path / "data" / "engine").exists()


async def test_by_hand(rolling: Terminal, tmp_path: Path) -> None:
    """Set, held, let go, begun anew: each is in the history with whose hand and why."""
    done = await rolling.run("rollout", "set", "30", "--reason", "two customers wait", "--json")
    assert (done.code, done.data["changed"], done.data["share"]) == (0, True, 30)
    for step in ("pause", "resume", "restart"):
        assert (await rolling.run("rollout", step, "--reason", f"a {step}")).code == 0
    told = (await rolling.run("rollout", "history", "--json")).data["history"]
    assert [(entry["what"], entry["before"], entry["after"]) for entry in told] == [
        ("set", 0, 30),
        ("paused", 30, 30),
        ("resumed", 30, 30),
        ("restarted", 30, 0),
    ]
    assert told[0]["figures"] == {"note": "two customers wait"} and told[0]["by"]
    kept = json.loads((tmp_path / "data" / "engine" / "rollout.json").read_text(encoding="utf-8"))
    assert kept["history"] == told


async def test_for_people(rolling: Terminal) -> None:
    """In the reader's language: where it stands, what is next, what happened."""
    assert (await rolling.run("rollout", "set", "10", "--reason", "thử")).code == 0
    vietnamese = await rolling.with_(LC_ALL="vi_VN.UTF-8").run("rollout")
    english = await rolling.run("rollout", "history")
    assert "10 %" in vietnamese.out and "thử" in vietnamese.out and "10 %" in english.out
    assert vietnamese.out != english.out


@pytest.mark.parametrize("percent", ["101", "-1", "half"])
async def test_no_share(percent: str, rolling: Terminal, tmp_path: Path) -> None:
    """What is no share is a wrong command, and changes nothing."""
    done = await rolling.run("rollout", "set", percent, "--reason", "x")
    assert done.code == 2 and done.err
    assert (await rolling.run("rollout", "--json")).data["history"] == []


async def test_a_share_needs_a_reason(rolling: Terminal) -> None:
    """Whoever reads the history later wants to know."""
    assert (await rolling.run("rollout", "set", "50")).code == 2
