"""``verify``: every provider, key and model asked for real, told in a table and in an exit code."""

import pytest
from terminal import MODEL, OURS, THEIRS, Terminal, fingerprint

import emulator

pytestmark = pytest.mark.slow  # each command is a program of its own

SECOND = "sk-second-0123456789"  # not a secret
MODELS = ["deepseek-v3.2", "gemini-2.5-flash", "gpt-4.1", "claude-sonnet-4.5"]


async def test_all_is_well(both: Terminal, ours: emulator.Emulator, theirs: emulator.Emulator) -> None:
    """Each provider by each of its keys for each model that it has, and 0."""
    done = await both.with_(HOLYSHEEP_API_KEYS=f"{OURS},{SECOND}").run("verify", "--json")
    assert (done.code, done.data["ok"]) == (0, True)
    asked = [(probe["provider"], probe["key_fingerprint"], probe["model"]) for probe in done.data["probes"]]
    keys = (fingerprint(OURS), fingerprint(SECOND))
    assert asked == [
        *(("holysheep", key, model) for key in keys for model in MODELS),
        ("openai", fingerprint(THEIRS), "gpt-4.1"),
    ]
    for probe in done.data["probes"]:
        names = ("reachable", "key_accepted", "model_present", "streams", "reports_usage", "price_known")
        assert all(probe[name] for name in names) and probe["ttft_ms"] > 0 and probe["error"] is None
    assert (len(ours.requests), len(theirs.requests)) == (8, 1)


async def test_for_people(alone: Terminal) -> None:
    """A table in the reader's language, keys as fingerprints, and who has no key beneath."""
    english, vietnamese = (
        await alone.run("verify"),
        await alone.with_(LC_ALL="vi_VN.UTF-8").run("verify"),
    )
    assert english.code == vietnamese.code == 0
    head, _, *rows = english.out.splitlines()
    assert head.split()[:3] == ["provider", "key", "model"] and "price known" in head
    assert rows[0].split()[:3] == ["holysheep", fingerprint(OURS), MODEL]
    assert "4 of 4 routes are well" in english.out and "openai has no key: set OPENAI_API_KEY" in english.out
    assert "4 trên 4" in vietnamese.out and "nhà cung cấp" in vietnamese.out


@pytest.mark.parametrize(
    ("fault", "kind", "facts"),
    [
        ("bad_key", "bad_key", {"reachable": True, "key_accepted": False}),
        ("unknown_model", "unknown_model", {"reachable": True, "key_accepted": True, "model_present": False}),
        ("cut", "cut", {"key_accepted": True, "model_present": True, "streams": None}),
        ("json_200", None, {"reachable": True, "streams": False}),
        ("no_usage", None, {"reachable": True, "streams": True, "reports_usage": False}),
    ],
)
async def test_what_is_wrong(
    fault: str, kind: str | None, facts: dict[str, bool | None], alone: Terminal, ours: emulator.Emulator
) -> None:
    """What a route lacks stands in its own column, and the exit code is 1."""
    ours.set_fault(fault)
    done = await alone.run("verify", "--model", MODEL, "--json")
    (probe,) = done.data["probes"]
    assert (done.code, probe["error"], probe["ok"]) == (1, kind, False)
    assert {name: probe[name] for name in facts} == facts
    assert "NO" in (await alone.run("verify", "--model", MODEL)).err


async def test_nobody_answers(alone: Terminal) -> None:
    """A host that refuses is not reachable, and nothing else is claimed of it."""
    done = await alone.with_(HOLYSHEEP_BASE_URL="http://127.0.0.1:9/v1").run(
        "verify", "--model", MODEL, "--json"
    )
    (probe,) = done.data["probes"]
    assert (done.code, probe["reachable"], probe["key_accepted"], probe["error"]) == (
        1,
        False,
        None,
        "unreachable",
    )


async def test_time_is_up(alone: Terminal, ours: emulator.Emulator) -> None:
    """A question that takes too long is given up."""
    ours.set_fault("no_headers")
    done = await alone.run("verify", "--model", MODEL, "--timeout", "0.3", "--json")
    (probe,) = done.data["probes"]
    assert (done.code, probe["error"]) == (1, "silent") and "0.3 s" in probe["detail"]


async def test_one_of_the_keys(alone: Terminal, ours: emulator.Emulator) -> None:
    """A key that is refused does not hide behind one that works."""
    ours.set_fault("bad_key", key=fingerprint(SECOND))
    done = await alone.with_(HOLYSHEEP_API_KEYS=f"{OURS},{SECOND}").run("verify", "--model", MODEL, "--json")
    assert done.code == 1 and [probe["ok"] for probe in done.data["probes"]] == [True, False]


async def test_no_key_at_all(bare: Terminal) -> None:
    """There is nobody to ask, and that is not well."""
    done = await bare.run("verify", "--json")
    assert (done.code, done.data) == (1, {"ok": False, "error": "no_key", "probes": []})
    assert "set HOLYSHEEP_API_KEY" in (await bare.run("verify")).err
    assert (await bare.run("verify", "--provider", "openai", "--json")).data["error"] == "no_key"
    assert (await bare.run("verify", "--provider", "nobody")).code == 2
