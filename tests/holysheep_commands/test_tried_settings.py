"""SETTINGS_DIR: a whole set of providers, rings and models tried from a folder of its own."""

from pathlib import Path

import pytest
from terminal import Terminal, fingerprint

import emulator

pytestmark = pytest.mark.slow  # each command is a program of its own

KEYS = ("sk-ring-a-0123456789", "sk-ring-b-0123456789", "sk-ring-c-0123456789")  # not a secret

MODELS = """
default = "small"
[[models]]
id = "small"
label = "Small"
provider = "first"
price = 1
valid_from = 2026-01-01
context_window = 8000
fallbacks = ["second/large"]
[[models]]
id = "large"
label = "Large"
provider = "second"
price = 10
valid_from = 2026-01-01
context_window = 8000
"""


@pytest.fixture
def tried(bare: Terminal, ours: emulator.Emulator, theirs: emulator.Emulator, tmp_path: Path) -> Terminal:
    """Two providers of other names; the first has a ring whose keys are good for one reply each."""
    folder = tmp_path / "tried"
    folder.mkdir()
    ours.models, theirs.models = ("the-small-one",), ("large",)
    (folder / "models.toml").write_text(MODELS)
    (folder / "providers.toml").write_text(
        f"""
        [first]
        base_url = "{ours.base_url}"
        key_variable = "FIRST_KEY"
        key_tokens = 20
        [first.model_names]
        small = "the-small-one"
        [first.headers]
        X-Project = "desk"
        [second]
        base_url = "{theirs.base_url}"
        """
    )
    return bare.with_(SETTINGS_DIR=str(folder), FIRST_KEYS=",".join(KEYS))


async def test_a_ring_goes_round(tried: Terminal, ours: emulator.Emulator) -> None:
    """What a key has used is known to the next program, which goes on to the next key."""
    for _ in range(4):
        done = await tried.run("ask", "--json", "Xin chào")
        assert (done.code, done.receipt["provider"], done.receipt["model"]) == (0, "first", "small")
    used = [request.key_fingerprint for request in ours.requests]
    assert used == [fingerprint(key) for key in (*KEYS, KEYS[0])]


async def test_another_model_elsewhere(tried: Terminal, ours: emulator.Emulator) -> None:
    """Where the first provider is down the model's fallback answers, named and priced as what it is."""
    ours.set_fault("overloaded")
    done = await tried.run("ask", "--json", "Xin chào")
    receipt = done.receipt
    assert (done.code, receipt["provider"], receipt["model"], receipt["served_model"]) == (
        *(0, "second", "small"),
        "large",
    )
    assert receipt["price_version"] == "large@2026-01-01" and receipt["attempts"] == 2
    assert "stand_in" in done.err


async def test_its_own_mistakes(tried: Terminal) -> None:
    """A mistake in that folder is told with its file and line."""
    folder = Path(tried.environ["SETTINGS_DIR"])
    (folder / "models.toml").write_text(MODELS.replace("second/large", "secnd/large"))
    done = await tried.run("ask", "--json", "Xin chào")
    assert done.code == 1 and "models.toml:10: models[1].fallbacks: found “secnd/large”" in done.err
