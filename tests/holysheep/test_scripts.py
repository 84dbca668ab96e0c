"""The one call for scripts and notebooks."""

from pathlib import Path

import pytest
from asking import KEY, QUESTION, TOKENS

import emulator
import holysheep
from holysheep.errors import NoKey, UnknownModel

SPELLINGS = ("HOLYSHEEP_API_KEYS", "HOLYSHEEP_API_KEYS_FILE", "HOLYSHEEP_API_KEY", "HOLYSHEEP_API_KEY_FILE")
VARIABLES = (*SPELLINGS, "HOLYSHEEP_BASE_URL")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own with nothing in it, and nothing in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


async def test_key_and_address_of_the_environment(
    emu: emulator.Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script needs a key in the environment, and nothing else."""
    monkeypatch.setenv("HOLYSHEEP_API_KEY", KEY)
    monkeypatch.setenv("HOLYSHEEP_BASE_URL", emu.base_url)
    reply = await holysheep.complete(QUESTION, model="gpt-4.1", temperature=0.2, max_tokens=9)
    seen = emu.requests[0]
    assert reply.text
    assert (seen.model, seen.temperature, seen.max_tokens) == ("gpt-4.1", 0.2, 9)
    assert (reply.receipt.completion_tokens, reply.receipt.finish_reason) == (9, "length")
    assert (reply.receipt.cost_usd, reply.receipt.cost_bound) == (None, "unknown")


async def test_key_and_address_of_the_file(
    emu: emulator.Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """.env counts where the environment says nothing; where both speak, the environment wins."""
    (folder / ".env").write_text(f"HOLYSHEEP_API_KEY={KEY}\nHOLYSHEEP_BASE_URL=http://127.0.0.1:1/v1\n")
    monkeypatch.setenv("HOLYSHEEP_BASE_URL", emu.base_url)
    reply = await holysheep.complete(QUESTION)
    assert (reply.receipt.completion_tokens, emu.requests[0].model) == (TOKENS, "deepseek-v3.2")


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_each_spelling_of_the_key(
    emu: emulator.Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    """A ring's first key counts; a file may hold either."""
    text = f"{KEY},another-key" if "KEYS" in spelling else KEY
    (folder / "key").write_text(f"{text}\n")
    monkeypatch.setenv(spelling, "key" if spelling.endswith("_FILE") else text)
    monkeypatch.setenv("HOLYSHEEP_BASE_URL", emu.base_url)
    assert (await holysheep.complete(QUESTION)).text


async def test_a_file_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named; what was found in it is not, for it may be the key itself."""
    monkeypatch.setenv("HOLYSHEEP_API_KEY_FILE", KEY)
    with pytest.raises(NoKey, match=r"HOLYSHEEP_API_KEY: its \.\.\._FILE") as said:
        await holysheep.complete(QUESTION)
    assert KEY not in str(said.value)


async def test_key_and_address_by_hand(emu: emulator.Emulator) -> None:
    """What is given in the call needs no environment."""
    assert (await holysheep.complete(QUESTION, api_key=KEY, base_url=emu.base_url)).text


async def test_no_key(folder: Path) -> None:
    """Without a key the reader is told which variable to set, and where; blanks are no key."""
    with pytest.raises(NoKey, match=r"HOLYSHEEP_API_KEY.*\.env"):
        await holysheep.complete(QUESTION)
    (folder / ".env").write_text("HOLYSHEEP_API_KEY=' '\n")
    with pytest.raises(NoKey):
        await holysheep.complete(QUESTION)


async def test_a_refusal_is_raised(emu: emulator.Emulator) -> None:
    """A script gets the error by its name."""
    with pytest.raises(UnknownModel):
        await holysheep.complete(QUESTION, model="gpt-9", api_key=KEY, base_url=emu.base_url)
