"""The environment over ``.env``, keys, and their secrecy."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from settings import Environment, Settings, SettingsError, load_settings
from settings.environment import VARIABLES
from settings.faults import ROOT
from settings.load import read_settings

RING = "HOLYSHEEP_API_KEYS"
KEY = "HOLYSHEEP_API_KEY"


def load(folder: Path, env_file: Path, environ: dict[str, str], dotenv: str = "") -> Settings:
    env_file.write_text(dotenv, encoding="utf-8")
    return load_settings(folder, environ, env_file)


@pytest.mark.parametrize(
    ("environ", "dotenv", "key", "variable"),
    [
        ({KEY: "e"}, f"{KEY}=d", "e", KEY),
        ({}, f"{KEY}=d", "d", KEY),
        ({}, f'export {KEY}="d"  # mine', "d", KEY),
        ({}, f"\ufeff{KEY}=d\r\n", "d", KEY),
        ({KEY: "one", RING: "two, three"}, "", "two", RING),
        ({KEY: "one", RING: " , sk-..."}, "", "one", KEY),
        ({KEY: "e"}, f"{RING}=d1,d2", "e", KEY),
        ({KEY: "pa$$w${x}rd"}, "", "pa$$w${x}rd", KEY),
        ({}, f"{KEY}=pa$w${{HOME}}", "pa$w${HOME}", KEY),
    ],
)
def test_key_that_wins(
    environ: dict[str, str], dotenv: str, key: str, variable: str, folder: Path, env_file: Path
) -> None:
    """The environment wins over ``.env``, and the ring over the single key; the variable is remembered."""
    holysheep = load(folder, env_file, environ, dotenv).providers["holysheep"]
    assert (holysheep.api_keys[0], holysheep.key_variable) == (key, variable)


def test_broken_default_demo_is_told_once(folder: Path, env_file: Path) -> None:
    """A default demo whose file is broken is not also called unknown."""
    (folder / "demos" / "boutique.toml").write_text("title = ")
    reading = read_settings(folder, {"DEFAULT_DEMO": "boutique"}, env_file)
    assert [Path(fault.file).name for fault in reading.faults] == ["boutique.toml"]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "  ",
        "sk-...",
        "...",
        "your-key-here",
        "YOUR_API_KEY",
        "<key>",
        "sk-xxxx",
        "sk-your-key",
        "sk-FAKE-OPENAI-API-KEY",  # what Chainlit puts there with --ci
        "changeme",
    ],
)
def test_placeholder_is_no_key(value: str, folder: Path, env_file: Path) -> None:
    """What people leave in place of a key means rehearsal, even over a real key in ``.env``."""
    settings = load(folder, env_file, {KEY: value}, f"{KEY}=sk-real")
    assert settings.rehearsing
    assert list(settings.providers) == ["rehearsal"]


def test_key_from_a_file(folder: Path, env_file: Path, tmp_path: Path) -> None:
    """``..._FILE`` names a file whose text, blank taken off, is the key; a ring may be one a line."""
    (tmp_path / "one").write_text("\ufeffsk-one \n", encoding="utf-8")
    (tmp_path / "many").write_text("sk-a\r\nsk-b\n")
    one = load(folder, env_file, {f"{KEY}_FILE": str(tmp_path / "one")}).providers["holysheep"]
    assert (one.api_keys[0], one.key_variable) == ("sk-one", f"{KEY}_FILE")
    assert (
        load(folder, env_file, {f"{RING}_FILE": str(tmp_path / "many")}).providers["holysheep"].api_keys[0]
        == "sk-a"
    )


SECRETS = [
    ("DATABASE_URL", "database_url", "postgresql://desk:secret123@db/desk"),
    ("CHAINLIT_AUTH_SECRET", "chainlit_auth_secret", "secret123" * 4),
]


@pytest.mark.parametrize(("name", "field", "value"), SECRETS, ids=[name for name, _, _ in SECRETS])
def test_secret_from_a_file(
    name: str, field: str, value: str, folder: Path, env_file: Path, tmp_path: Path
) -> None:
    """What stands in the file is read without the blank around it; a value beside it wins, and a blank one in the
    environment means none, whatever ``.env`` names."""
    file = tmp_path / "secret"
    file.write_text(f"{value}\n", encoding="utf-8")
    named = {f"{name}_FILE": str(file)}
    assert getattr(load(folder, env_file, named).environment, field) == value
    assert getattr(load(folder, env_file, {name: f"{value}2", **named}).environment, field) == f"{value}2"
    dotenv = f"{name}_FILE={file}"
    assert getattr(load(folder, env_file, {}, dotenv).environment, field) == value
    assert getattr(load(folder, env_file, {name: ""}, dotenv).environment, field) == ""


@pytest.mark.parametrize("name", [name for name, _, _ in SECRETS])
@pytest.mark.parametrize("text", [None, "secret123"], ids=["no such file", "unusable"])
def test_secret_file_that_does_not_do(
    name: str, text: str | None, folder: Path, env_file: Path, tmp_path: Path
) -> None:
    """The fault names the variable of the file, and neither the file's name nor what stands in it."""
    file = tmp_path / "secret123"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    (fault,) = read_settings(folder, {f"{name}_FILE": str(file)}, env_file).faults
    assert fault.key == f"{name}_FILE" and "secret123" not in fault.text("en")


def test_addresses(folder: Path, env_file: Path) -> None:
    """An address loses its last slash, replaces the shipped one, and brings the local server into play."""
    shipped = load(folder, env_file, {KEY: "k"}).providers
    assert shipped["holysheep"].base_url == "https://api.holysheep.ai/v1"
    assert "local" not in shipped
    changed = load(
        folder,
        env_file,
        {KEY: "k", "HOLYSHEEP_BASE_URL": "http://127.0.0.1:9900/v1/", "LOCAL_BASE_URL": "http://h/v1"},
    ).providers
    assert (changed["holysheep"].base_url, changed["local"].base_url) == (
        "http://127.0.0.1:9900/v1",
        "http://h/v1",
    )
    assert changed["local"].free


def test_knobs(folder: Path, env_file: Path) -> None:
    """Every knob is typed; the public address follows the port unless it is given."""
    default = load(folder, env_file, {}).environment
    assert (default.host, default.port, default.public_url) == ("127.0.0.1", 8000, "http://localhost:8000")
    assert default.data_dir == ROOT / "data"
    knobs = load(
        folder, env_file, {"LOG_LEVEL": "DEBUG", "DATA_DIR": "/tmp/d"}, "PORT=9000\nDEFAULT_DEMO=electronics"
    )
    assert knobs.environment.public_url == "http://localhost:9000"
    assert (knobs.environment.log_level, knobs.environment.data_dir) == ("debug", Path("/tmp/d"))
    assert knobs.default_demo == "electronics"


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("", ""),
        ("sqlite:///data/desk.db", f"sqlite:///{(ROOT / 'data' / 'desk.db').as_posix()}"),
        ("sqlite:////var/lib/desk.db", "sqlite:////var/lib/desk.db"),
        ("postgres://desk:a%40b@db.example.com/desk", "postgres://desk:a%40b@db.example.com/desk"),
        (
            "postgresql://desk@[::1]:5433/desk?sslmode=require",
            "postgresql://desk@[::1]:5433/desk?sslmode=require",
        ),
    ],
)
def test_database_address(written: str, address: str, folder: Path, env_file: Path) -> None:
    """A server's address stands as written; a file's path begins at the project's folder."""
    assert load(folder, env_file, {"DATABASE_URL": written}).environment.database_url == address


@pytest.mark.parametrize(
    "address",
    [
        "mysql://desk@db/desk",
        "postgresql://desk:a#b@db/desk",
        "postgresql://desk:a/b@db/desk",
        "sqlite://data/desk.db",
        "sqlite:///:memory:",
        "data/desk.db",
    ],
)
def test_no_database_address(address: str, folder: Path, env_file: Path) -> None:
    """What names no file and no server's database is refused, with both forms shown."""
    (fault,) = read_settings(folder, {"DATABASE_URL": address}, env_file).faults
    assert (
        fault.key == "DATABASE_URL" and "sqlite:///" in fault.expected.en and address not in fault.text("en")
    )


def test_what_is_kept_and_spent(folder: Path, env_file: Path) -> None:
    """Texts are kept for 90 days as typed and nothing is limited, until the operator says otherwise."""
    default = load(folder, env_file, {}).environment
    assert (default.retention_days, default.mask_secrets) == (90, False)
    assert (default.budget_usd, default.budget_usd_per_day) == (None, None)
    dotenv = "RETENTION_DAYS=30\nMASK_SECRETS=On\nBUDGET_USD=25\nBUDGET_USD_PER_DAY=0.10"
    changed = load(folder, env_file, {}, dotenv).environment
    assert (changed.retention_days, changed.mask_secrets) == (30, True)
    assert (changed.budget_usd, changed.budget_usd_per_day) == (Decimal(25), Decimal("0.10"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("RETENTION_DAYS", value) for value in ("0", "-1", "90d", "forever")),
        *(("MASK_SECRETS", value) for value in ("maybe", "2")),
        *(("DRAIN_SECONDS", value) for value in ("-1", "20s", "601")),
        *(
            ("METRICS_ADDR", value)
            for value in (
                "9464",
                ":9464",
                "::1:9464",
                "[h]:9464",
                "h:0",
                "h:65536",
                "h:٣",
                "http://h:1",
                "h:1/x",
            )
        ),
        *(("BUDGET_USD", value) for value in ("-1", "$5", "1,50", "1e3", "NaN", "1000001", "٣")),
    ],
)
def test_wrong_knob(name: str, value: str, folder: Path, env_file: Path) -> None:
    """A value that could be read two ways is refused, not guessed."""
    (fault,) = read_settings(folder, {name: value}, env_file).faults
    assert fault.key == name


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("0.0.0.0:9464", ("0.0.0.0", 9464)),
        ("localhost:1", ("localhost", 1)),
        ("[::1]:65535", ("::1", 65535)),
        ("", None),
        ("  ", None),
        ("OFF", None),
    ],
)
def test_where_the_figures_are_read(
    written: str, address: tuple[str, int] | None, folder: Path, env_file: Path
) -> None:
    """A host and a port; what is blank is off, also over a line of ``.env``."""
    environment = load(folder, env_file, {"METRICS_ADDR": written}, "METRICS_ADDR=127.0.0.1:1").environment
    assert environment.metrics_addr == address


def test_leaving(folder: Path, env_file: Path) -> None:
    """Some seconds for the replies under way, or none; the figures are read at this machine."""
    default = load(folder, env_file, {}).environment
    assert (default.drain_seconds, default.metrics_addr) == (20, ("127.0.0.1", 9464))
    assert load(folder, env_file, {}, "DRAIN_SECONDS=0").environment.drain_seconds == 0


def test_settings_dir(folder: Path, env_file: Path) -> None:
    """SETTINGS_DIR moves all files that an operator edits."""
    settings = load_settings(environ={"SETTINGS_DIR": str(folder)}, env_file=env_file)
    assert list(settings.demos) == ["boutique", "electronics"]
    assert settings.demos_folder == folder / "demos"


@pytest.mark.parametrize(
    "environ",
    [
        {KEY: "sk-secret123"},
        {KEY: "sk-secret123 x"},
        {"HOLYSHEEP_BASE_URL": "sk-secret123"},
        {"HOLYSHEEP_BASE_URL": "secret123"},
        {"PORT": "sk-secret123"},
        {f"{KEY}_FILE": "sk-secret123"},
        {"HOLYSHEEP_BASE_URL": "http://user:secret123@h/chat/completions"},
        {"DATABASE_URL": "postgresql://desk:secret123@db/desk"},
        {"DATABASE_URL": "postgresql://desk:secret123/@db/desk"},
        {"DATABASE_URL": "desk:secret123@db"},
        {"BUDGET_USD": "sk-secret123"},
    ],
)
def test_no_key_is_ever_shown(environ: dict[str, str], folder: Path, env_file: Path) -> None:
    """A key, also one in the wrong variable, is in no repr and in no fault."""
    reading = read_settings(folder, environ, env_file)
    assert "secret123" not in f"{reading!r} {SettingsError(reading.faults)}"


def test_example_lists_every_variable_with_its_default(folder: Path, env_file: Path) -> None:
    """``.env.example`` names exactly what the code reads, and what it shows as defaults are the defaults."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    shown = re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", text, re.MULTILINE)
    providers = (ROOT / "settings" / "providers.toml").read_text(encoding="utf-8")
    addresses = re.findall(r'^base_url_variable = "(\w+)"', providers, re.MULTILINE)
    keys = re.findall(r'^key_variable = "(\w+)"', providers, re.MULTILINE)
    spellings = [f"{key}{ending}" for key in keys for ending in ("", "S", "_FILE", "S_FILE")]
    assert sorted(name for name, _ in shown) == sorted([*VARIABLES, *addresses, *spellings])
    # A file's name is an example: without it there is none.
    knobs = {name: value for name, value in shown if name in VARIABLES and not name.endswith("_FILE")}
    assert load_settings(environ=knobs, env_file=env_file).environment == Environment()
