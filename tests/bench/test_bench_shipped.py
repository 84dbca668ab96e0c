"""What a deployment pays before anybody comes, reckoned."""

from __future__ import annotations

import os
from importlib import metadata

from bench.measures.shipped import _closure, _installed, _pss


def test_what_is_required_counts_too() -> None:
    """Everything that a package stands on is installed with it; extras and other systems' packages are not."""
    names = {found.metadata["Name"].lower() for found in _closure(("aiohttp",))}
    assert {"aiohttp", "yarl", "multidict"} <= names and "aiodns" not in names
    assert _installed(("aiohttp",)) > _installed(("multidict",)) > 0


def test_what_is_not_there_costs_nothing() -> None:
    """A requirement of another system is passed over."""
    assert _installed(("no-package-of-this-name",)) == 0


def test_files_are_counted_once() -> None:
    """A package that is named twice, or required by two, counts once."""
    assert _installed(("orjson", "orjson")) == _installed(("orjson",))
    assert metadata.version("orjson")


def test_memory() -> None:
    """A process has some."""
    assert _pss(os.getpid()) > 1_000_000
