"""The operators' passwords: where they come from, what is wrong with them, and that none is shown."""

from pathlib import Path

import pytest

from demos.passwords import nobodys_hash
from settings import SettingsError, load_settings
from settings.load import read_settings

ONE, MANY = "OPERATOR_PASSWORD", "OPERATOR_PASSWORDS"
HASH = nobodys_hash()


def passwords(folder: Path, env_file: Path, environ: dict[str, str], dotenv: str = "") -> dict[str, str]:
    env_file.write_text(dotenv, encoding="utf-8")
    return dict(load_settings(folder, environ, env_file).environment.operator_passwords)


@pytest.mark.parametrize(
    ("environ", "dotenv", "expected"),
    [
        ({}, "", {}),
        ({ONE: "  "}, f"{ONE}=from the file", {}),
        ({ONE: " mật khẩu: một, hai "}, "", {"operator": "mật khẩu: một, hai"}),
        ({ONE: HASH}, "", {"operator": HASH}),
        ({}, f"{ONE}={HASH}", {"operator": HASH}),
        ({ONE: "of the environment"}, f"{ONE}=of the file", {"operator": "of the environment"}),
        (
            {MANY: f" lan : password:1 ,\n minh:{HASH},, "},
            "",
            {"lan": "password:1", "minh": HASH},
        ),
        (
            {ONE: "password one"},
            f"{MANY}=lan:password two",
            {"operator": "password one", "lan": "password two"},
        ),
    ],
    ids=["none", "blank wins", "one", "hash", "hash in .env", "environment wins", "several", "both"],
)
def test_passwords(
    environ: dict[str, str], dotenv: str, expected: dict[str, str], folder: Path, env_file: Path
) -> None:
    """One for "operator", several by name, plain or hashed; the environment wins over ``.env`` for each variable."""
    assert passwords(folder, env_file, environ, dotenv) == expected


def test_passwords_in_files(folder: Path, env_file: Path, tmp_path: Path) -> None:
    """``..._FILE`` names a file; several may stand one a line."""
    (tmp_path / "one").write_text("\ufeffpassword one\r\n", encoding="utf-8")
    (tmp_path / "many").write_text("lan:password two\r\nminh:password three\n", encoding="utf-8")
    environ = {f"{ONE}_FILE": str(tmp_path / "one"), f"{MANY}_FILE": str(tmp_path / "many")}
    assert passwords(folder, env_file, environ) == {
        "operator": "password one",
        "lan": "password two",
        "minh": "password three",
    }


FAULTS = [
    ({ONE: "secret1"}, ONE, "7 characters in the password", "at least 8 characters"),
    ({ONE: "scrypt$secret12"}, ONE, "a hash that cannot be read", "as `python -m web password` prints it"),
    ({ONE: HASH[:-1]}, ONE, "a hash that cannot be read", "as `python -m web password` prints it"),
    ({MANY: "lan:password1,secret12"}, MANY, "entry 2 that is no name:password", "name:password"),
    ({MANY: "secret Lan:password1"}, MANY, "entry 1 that is no name:password", "the name of a-z"),
    ({MANY: "Lan:secret12"}, MANY, "entry 1 that is no name:password", "the name of a-z"),
    ({MANY: "lan:secret1"}, MANY, "7 characters in entry 1", "at least 8 characters"),
    ({MANY: "lan:"}, MANY, "0 characters in entry 1", "at least 8 characters"),
    ({MANY: "lan:password1,lan:secret12"}, MANY, "a name in entry 2 that has a password", "only once"),
    (
        {ONE: "password1", MANY: "operator:secret12"},
        MANY,
        "a name in entry 1 that has a password",
        "only once",
    ),
    (
        {f"{ONE}_FILE": "secret12"},
        f"{ONE}_FILE",
        "cannot be read",
        "a file that holds the key, password or address",
    ),
]


@pytest.mark.parametrize(("environ", "key", "found", "expected"), FAULTS, ids=[case[2] for case in FAULTS])
def test_a_wrong_password_variable(
    environ: dict[str, str], key: str, found: str, expected: str, folder: Path, env_file: Path
) -> None:
    """The fault names variable and place, in both languages, and shows nothing that may be a password."""
    reading = read_settings(folder, environ, env_file)
    (fault,) = reading.faults
    assert fault.key == key and found in fault.found.en and expected in fault.expected.en
    assert fault.text("vi") != fault.text("en")
    assert "secret" not in f"{reading!r} {fault.text('vi')} {fault.text('en')} {SettingsError([fault])}"


def test_good_passwords_are_in_no_repr(folder: Path, env_file: Path) -> None:
    """Nor is the variable's raw value."""
    environ = {ONE: "the secret one", MANY: "lan:the secret two"}
    reading = read_settings(folder, environ, env_file)
    assert reading.settings is not None and reading.settings.environment.operator_passwords
    assert "the secret" not in repr(reading)


def test_a_misspelt_variable(folder: Path, env_file: Path) -> None:
    """A password under a name that nobody reads would leave the desk without one, in silence."""
    env_file.write_text("OPERATOR_PASWORD=the secret\n", encoding="utf-8")
    (fault,) = read_settings(folder, {}, env_file).faults
    assert fault.key == "OPERATOR_PASWORD" and "OPERATOR_PASSWORD" in fault.expected.en
    assert "the secret" not in fault.text("en")
