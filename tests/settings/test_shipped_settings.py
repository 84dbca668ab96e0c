"""What is shipped: prices to the last digit, demos whole in both languages, and the check command."""

import json
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from holysheep.prices import Price
from settings import load_settings, parse_demo
from settings.__main__ import main as settings_command
from settings.faults import ROOT

DEMOS = sorted(ROOT.glob("settings/demos/*.toml"))
MODEL = 'default = "m"\n[[models]]\nid = "m"\nlabel = "M"\ncontext_window = 8000\n'


def test_price_list(env_file: Path) -> None:
    """The four models cost what the price list says, with DeepSeek V3.2 as the default."""
    settings = load_settings(ROOT / "settings", {}, env_file)
    assert {model.label: str(model.price.input) for model in settings.models if model.price} == {
        "DeepSeek V3.2": "0.42",
        "Gemini 2.5 Flash": "2.50",
        "GPT-4.1": "8",
        "Claude Sonnet 4.5": "15",
    }
    assert settings.default_model == "deepseek-v3.2"
    assert settings.exchange_rate and settings.exchange_rate.vnd_per_usd == Decimal(26300)


@pytest.mark.parametrize(
    ("text", "prices"),
    [
        ("price = 0.42", "0.42 0.42 0.42"),
        (
            "price = 0.1000000000000000055511151231257827",
            " ".join(["0.1000000000000000055511151231257827"] * 3),
        ),
        ("input = 2\ncached_input = 0.5\noutput = 8", "2 0.5 8"),
        ("input = 2\noutput = 8", "2 2 8"),
        ("input = 2", "2 2 2"),
        ("output = 8", "8 8 8"),
        ("price = 3\noutput = 8", "3 3 8"),
        ("price = 3\ncached_input = 0", "3 0 3"),
    ],
)
def test_prices_are_exact(text: str, prices: str, folder: Path, env_file: Path) -> None:
    """A price reaches the program digit for digit; one price alone stands for all tokens."""
    (folder / "models.toml").write_text(f"{MODEL}{text}\nvalid_from = 2026-01-01\n")
    (folder / "providers.toml").write_text("[holysheep]\n")
    fresh, cached, output = map(Decimal, prices.split())
    expected = Price(fresh, cached, output, date(2026, 1, 1))
    assert load_settings(folder, {}, env_file).models[0].price == expected


def test_model_without_price(folder: Path, env_file: Path) -> None:
    """A model without a price has none: its cost is unknown, not 0."""
    (folder / "models.toml").write_text(MODEL)
    (folder / "providers.toml").write_text("[holysheep]\n")
    assert load_settings(folder, {}, env_file).models[0].price is None


@pytest.mark.parametrize("path", DEMOS, ids=lambda path: path.stem)
def test_demo_is_whole_in_both_languages(path: Path) -> None:
    """A shipped demo greets and offers the same number of starters in both languages."""
    demo = parse_demo(path, version=3)
    assert (demo.name, demo.version) == (path.stem, 3)
    assert set(demo.greeting) == set(demo.starters) == {"vi", "en"}
    assert 3 <= len(demo.starters["vi"]) == len(demo.starters["en"]) <= 4


def test_three_demos_are_shipped() -> None:
    """A fashion, a cosmetics and an electronics shop."""
    assert [path.stem for path in DEMOS] == ["boutique", "cosmetics", "electronics"]


def test_demo_saved_on_windows(tmp_path: Path) -> None:
    """A byte order mark, CRLF and decomposed letters come out as plain NFC text."""
    path = tmp_path / "a.toml"
    path.write_bytes(
        '\ufefftitle = "A\u0301o"\r\npersona = """\r\nP\r\nQ"""\r\n[greeting]\r\nvi = "C"\r\n'.encode()
    )
    demo = parse_demo(path)
    assert (demo.title, demo.persona) == ("Áo", "P\nQ")


#: Blank wins over a developer's own .env.
BLANK = {
    **dict.fromkeys(("HOLYSHEEP_API_KEYS", "HOLYSHEEP_API_KEY", "OPENAI_API_KEYS", "OPENAI_API_KEY"), ""),
    **dict.fromkeys(("SETTINGS_DIR", "DEFAULT_DEMO", "PORT"), ""),
    "LC_ALL": "C",
}


@pytest.mark.slow
def test_check_command_with_good_settings() -> None:
    """``check`` names each file as ok, says that the key is set without showing it, and ends with 0."""
    done = subprocess.run(
        [sys.executable, "-m", "settings", "check"],
        cwd=ROOT,
        env={**os.environ, **BLANK, "HOLYSHEEP_API_KEY": "sk-secret123"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0
    assert "settings/models.toml: ok" in done.stdout and "settings/demos/boutique.toml: ok" in done.stdout
    assert "holysheep: HOLYSHEEP_API_KEY: set" in done.stdout
    assert "secret123" not in done.stdout + done.stderr


def test_check_command_with_bad_settings(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``check`` tells the faults, as lines for people or as one object, and ends with 1."""
    (folder / "models.toml").write_text("default = 1\n")
    for name, value in {**BLANK, "SETTINGS_DIR": str(folder), "PORT": "x"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["settings", "check"])
    assert settings_command() == 1
    people = capsys.readouterr().out
    assert 'environment: PORT: found "x"' in people and "models.toml:1: default: found 1" in people
    monkeypatch.setenv("PORT", "")
    monkeypatch.setattr(sys, "argv", ["settings", "check", "--json"])
    assert settings_command() == 1
    told = json.loads(capsys.readouterr().out)
    models = next(file for file in told["files"] if file["file"].endswith("models.toml"))
    assert told["ok"] is models["ok"] is False
    assert {"line": 1, "key": "default", "found": "1", "expected": 'text in " "'} in models["faults"]
    assert told["keys"] == {"HOLYSHEEP_API_KEY": "not set", "OPENAI_API_KEY": "not set"}
