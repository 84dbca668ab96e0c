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


def init(folder: Path) -> Path:
    """An empty checkout."""
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return init(tmp_path)


def scan(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCAN)], cwd=checkout, capture_output=True, text=True)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """One scan of all lines, each the second one of a file with the name of its case."""
    folder = init(tmp_path_factory.mktemp("checkout"))
    for case, line in {**FOUND, **HARMLESS}.items():
        (folder / f"{case}.txt").write_text(f"first line\n{line}\n", encoding="utf-8")
    return scan(folder)


@pytest.mark.parametrize("case", FOUND)
def test_a_secret_is_named_by_place_and_not_repeated(
    scanned: subprocess.CompletedProcess[str], case: str
) -> None:
    """A file with a secret fails the scan, which says where and shows four characters."""
    assert scanned.returncode == 1
    assert any(line.startswith(f"{case}.txt:2: ") for line in scanned.stdout.splitlines())
    assert RANDOM not in scanned.stdout


@pytest.mark.parametrize("case", HARMLESS)
def test_what_is_no_secret_passes(scanned: subprocess.CompletedProcess[str], case: str) -> None:
    """Names, placeholders and lines that are marked are not told of."""
    assert f"{case}.txt" not in scanned.stdout


def test_ignored_files_are_not_read(checkout: Path) -> None:
    """`.env` may hold a key: git never takes it."""
    (checkout / ".gitignore").write_text(".env\n")
    (checkout / ".env").write_text(FOUND["env file"])
    assert scan(checkout).returncode == 0


def test_a_picture_is_not_read(checkout: Path) -> None:
    """A file that is not text is passed over."""
    (checkout / "logo.png").write_bytes(b"\x89PNG\xff" + FOUND["aws"].encode())
    assert scan(checkout).returncode == 0
