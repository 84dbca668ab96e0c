"""A clock that is set, memory that runs out, and a token that was made before either."""

import logging
from pathlib import Path
from typing import Any

import pytest

from assembly.machine import Machine, memory_of

MB = 1 << 20


class Hands:
    """Turns the clocks."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_000_000.0, 0.0
        self.memory: tuple[int, int] | None = (100 * MB, 500 * MB)

    def machine(self) -> Machine:
        """Under these hands."""
        return Machine(lambda: self.wall, lambda: self.steady, lambda: self.memory)

    def pass_s(self, seconds: float, jump: float = 0.0) -> None:
        """Time goes on, and the clock on the wall is set."""
        self.steady += seconds
        self.wall += seconds + jump


@pytest.mark.parametrize(
    ("jump", "said"), [(300.0, "forward by 300 s"), (-300.0, "back by 300 s"), (0.4, "")]
)
def test_a_clock_that_is_set(jump: float, said: str, caplog: pytest.LogCaptureFixture) -> None:
    """It is said once, with how far; what keeps a clock right is not."""
    hands = Hands()
    machine = hands.machine()
    with caplog.at_level(logging.WARNING):
        for set_by in (0.0, jump, 0.0):
            hands.pass_s(10, set_by)
            machine.look()
    assert [said in line for line in caplog.messages] == ([True] if said else [])


def test_memory_that_runs_out(caplog: pytest.LogCaptureFixture) -> None:
    """It is said with both figures, and again only after there was room."""
    hands = Hands()
    machine = hands.machine()
    with caplog.at_level(logging.WARNING):
        for used in (100, 450, 460, 430, 451, 300, 470):
            hands.memory = (used * MB, 500 * MB)
            machine.look()
        hands.memory = None
        machine.look()
    assert [line.split(";")[0] for line in caplog.messages] == [
        f"memory is running out: {used} of 500 MB are used" for used in (450, 470)
    ]


def test_what_a_container_may_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own limit, without the files that are only kept at hand; where it has none, the machine's."""
    files: dict[str, Any] = {
        "limit": "524288000\n",
        "used": "419430400\n",
        "stat": "inactive_file 104857600\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "machine").write_text("MemTotal:  4096000 kB\nMemAvailable:  1024000 kB\n")
    monkeypatch.setattr("assembly.machine._LIMITS", (tmp_path / "nowhere", tmp_path / "limit"))
    monkeypatch.setattr("assembly.machine._USED", (tmp_path / "used",))
    monkeypatch.setattr("assembly.machine._STATISTICS", (tmp_path / "stat",))
    monkeypatch.setattr("assembly.machine._MACHINE", tmp_path / "machine")
    assert memory_of() == (300 * MB, 500 * MB)
    (tmp_path / "limit").write_text("max\n")
    assert memory_of() == (3000 * MB, 4000 * MB)
    (tmp_path / "machine").unlink()
    assert memory_of() is None


def test_a_token_from_later_than_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chainlit refuses it: where the clock was set back there is a new one, and each holds for an hour."""
    from assembly import routes  # it brings in Chainlit

    made = iter(range(9))
    monkeypatch.setattr(routes, "create_jwt", lambda user: f"token {next(made)}")
    now = 1_000_000.0
    tokens = routes.Tokens(lambda: now)
    seen = []
    for step in (0.0, 60.0, -300.0, 10.0, 3600.0):
        now += step
        seen.append(tokens({}))
    assert seen == ["token 0", "token 0", "token 1", "token 1", "token 2"]
