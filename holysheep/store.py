"""What several programs on the same providers know together: the keys set aside, the switch, the rollout.

A store holds documents by name. Each is plain JSON data; who changes one does so in a single step that others wait for.
"""

import asyncio
import json
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from holysheep.lock import locked

Document = dict[str, Any]


def number_of(part: object, name: str) -> float:
    """A number in a part of a document; 0 where there is none: whoever edits or damages a file stops no program."""
    value = part.get(name) if isinstance(part, dict) else None
    is_one = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_one and value is not None else 0.0


Change = Callable[[Document], Document]


class Store(Protocol):
    """Documents that outlive a program. Methods raise OSError where they cannot be read or kept."""

    async def read(self, name: str) -> Document:
        """The document of that name; {} where there is none."""

    async def change(self, name: str, how: Change) -> Document:
        """Put ``how(document)`` in the place of the document, in one step, and give it back.

        ``how`` is a pure function and may be called more than once.
        """


class MemoryStore:
    """For a program that shares nothing and keeps nothing."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}

    async def read(self, name: str) -> Document:
        """See ``Store``."""
        return json.loads(json.dumps(self._documents.get(name, {})))  # type: ignore[no-any-return]

    async def change(self, name: str, how: Change) -> Document:
        """See ``Store``."""
        self._documents[name] = how(await self.read(name))
        return await self.read(name)


class FileStore:
    """One file a document in a folder, for programs on one machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def read(self, name: str) -> Document:
        """See ``Store``."""
        return await asyncio.to_thread(_read, self._folder / f"{name}.json")

    async def change(self, name: str, how: Change) -> Document:
        """See ``Store``."""
        return await asyncio.to_thread(_change, self._folder, name, how)


def _read(file: Path) -> Document:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        return {}  # half written by a machine that lost its power: as good as none
    return document if isinstance(document, dict) else {}


def _change(folder: Path, name: str, how: Change) -> Document:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    with locked(file):
        document = how(_read(file))
        _write(file, document)
    return document


def _write(file: Path, document: Mapping[str, Any]) -> None:
    new = file.with_suffix(".new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as opened:
        json.dump(document, opened, ensure_ascii=False)
    new.replace(file)  # there as a whole or not at all
