"""The secret scan finds keys before git does, and never repeats them."""

import subprocess
import sys
from pathlib import Path

import pytest

SCAN = Path(__file__).parents[2] / "scripts" / "secret_scan.py"

# Put together here, so that this file holds none.
RANDOM = "q7Zp2LxV9" + "mT4cRb8Ks3Wn6Yd"
FOUND = {
    "gateway key": f"client = Client('hs-{RANDOM}')",
    "openai key": f"OPENAI_API_KEY=sk-proj-{RANDOM}",
    "aws": "id: AKIA" + "IOSFODNN7EXAMPLE",
    "github": f"https://ghp_{RANDOM}{RANDOM}@example.com",
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "env file": f"CHAINLIT_AUTH_SECRET={RANDOM}",
    "toml": f'operator_password = "{RANDOM}"',
    "json": f'"access_token": "{RANDOM}"',
}
HARMLESS = {
    "blank": "HOLYSHEEP_API_KEY=",
    "name of a variable": "api_key = settings.holysheep_api_key_of_the_first_ring",
    "call": "secret = derive_secret_of_installation_2(path)",
    "placeholder": "HOLYSHEEP_API_KEY=your-key-from-the-dashboard",
    "repeated": "KEY=aaaaaaaaaaaaaaaa1111111111111111",
    "inside a word": "class='task-list-of-1000-visitors-and-more'",
    "marked": f"TOKEN={RANDOM}  # not a secret",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def scan(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCAN)], cwd=checkout, capture_output=True, text=True)


@pytest.mark.parametrize("line", FOUND.values(), ids=FOUND.keys())
def test_a_secret_is_named_by_place_and_not_repeated(checkout: Path, line: str) -> None:
    """A file with a secret fails the scan, which says where and shows four characters."""
    (checkout / "notes.txt").write_text(f"first line\n{line}\n", encoding="utf-8")
    result = scan(checkout)
    assert result.returncode == 1
    assert result.stdout.startswith("notes.txt:2: ")
    assert RANDOM not in result.stdout


@pytest.mark.parametrize("line", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_is_no_secret_passes(checkout: Path, line: str) -> None:
    """Names, placeholders and lines that are marked do not fail the scan."""
    (checkout / "notes.txt").write_text(line, encoding="utf-8")
    assert scan(checkout).returncode == 0


def test_ignored_files_are_not_read(checkout: Path) -> None:
    """`.env` may hold a key: git never takes it."""
    (checkout / ".gitignore").write_text(".env\n")
    (checkout / ".env").write_text(FOUND["env file"])
    assert scan(checkout).returncode == 0


def test_a_picture_is_not_read(checkout: Path) -> None:
    """A file that is not text is passed over."""
    (checkout / "logo.png").write_bytes(b"\x89PNG\xff" + FOUND["aws"].encode())
    assert scan(checkout).returncode == 0
