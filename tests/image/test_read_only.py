"""The program as it lies in the image: a folder that nothing may be written to, nothing beside it, secrets in files."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from build_context import copy_program
from started_desk import served

from scripts.image_test.chatting import talk

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="such folders are of another kind there"),
]

PASSWORD = "of-this-test-alone"  # not a secret
#: Root writes anywhere, unless it gives that up.
AS_ANYBODY = () if os.geteuid() else ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Path]:
    """The program's folder, read-only."""
    if AS_ANYBODY and not shutil.which(AS_ANYBODY[0]):
        pytest.skip("root may write anywhere, and there is no setpriv")
    folder = copy_program(tmp_path / "app")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield folder
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)


async def test_it_starts_and_chats(program: Path, tmp_path: Path) -> None:
    """It rehearses, and what it has to write stands in DATA_DIR; started again, it finds it there."""
    data, secret = tmp_path / "data", tmp_path / "password"
    data.mkdir()
    secret.write_text(f"{PASSWORD}\n")
    environment = {"OPERATOR_PASSWORD_FILE": str(secret), "CHAINLIT_APP_ROOT": ""}
    command = (*AS_ANYBODY, sys.executable, str(program / "app.py"))
    for _ in range(2):
        async with served(data, environment, command) as url:
            told = await talk(url, PASSWORD)
        assert told.rehearsal and told.reply and told.receipt["error"] is None
    assert (data / "ledger.db").exists() and (data / "chainlit" / "public").resolve() == program / "public"
    assert not list(program.rglob("*.pyc")) and not (program / ".files").exists()
