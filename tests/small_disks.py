"""A disk that is soon full."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk_of(size: str, folder: Path) -> Iterator[Path]:
    """One of that size (of mount: 1m, 600k), mounted in the folder; the test is skipped where it may not be."""
    disk = folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "desk", disk], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("may not mount a disk here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
