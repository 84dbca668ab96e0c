"""The reader of one TOML table: runs the checks, collects what is wrong, and names the keys nobody knows."""

from collections.abc import Mapping

from settings.checks import Check, T, Wrong
from settings.documents import Document, Keys
from settings.faults import NOTHING, Fault, Say, did_you_mean, show


class Section:
    """One TOML table while it is read: takes the keys it knows, and in the end names those nobody took."""

    def __init__(self, document: Document, faults: list[Fault], keys: Keys = (), data: object = None) -> None:
        self.document = document
        self.faults = faults
        self.keys = keys
        self._data: Mapping[str, object] = (
            document.data if not keys else data if isinstance(data, dict) else {}
        )
        self._known: list[str] = []

    def required(self, key: str, check: Check[T], stand_in: T) -> T:
        """The checked value; where it is wrong or missing, a fault is noted and ``stand_in`` returned."""
        if key not in self._data:
            self._known.append(key)
            self.wrong(key, Wrong(Say("giá trị này", "this value"), NOTHING))
            return stand_in
        return self.optional(key, check, stand_in)

    def optional(self, key: str, check: Check[T], default: T) -> T:
        """The checked value, or ``default`` where the key is not there."""
        self._known.append(key)
        if key not in self._data:
            return default
        try:
            return check(self._data[key])
        except Wrong as wrong:
            self.wrong(key, wrong)
            return default

    def table(self, key: str) -> "Section":
        """The table under ``key``; an empty one where it is missing."""
        nothing: dict[str, object] = {}
        value = self.optional(key, _a_table, nothing)
        return Section(self.document, self.faults, (*self.keys, key), value)

    def tables(self, key: str) -> "list[Section]":
        """The tables of the list ``[[key]]``; none where it is missing."""
        nothing: list[object] = []
        values = self.optional(key, _a_list_of_tables, nothing)
        return [
            Section(self.document, self.faults, (*self.keys, key, i), value) for i, value in enumerate(values)
        ]

    def names(self) -> list[str]:
        """The keys that are there."""
        return list(self._data)

    def has(self, *keys: str) -> bool:
        """Whether any of ``keys`` is there."""
        return any(key in self._data for key in keys)

    def wrong(self, key: str, wrong: Wrong) -> None:
        """Note a fault at ``key``."""
        keys = (*self.keys, key) if key else self.keys
        found = wrong.found or show(self._data.get(key))
        self.faults.append(self.document.fault(keys, found, wrong.expected, _readable(keys)))

    def finish(self) -> None:
        """Note every key that nothing asked for: a typing mistake must not be lost in silence."""
        for key in self._data:
            if key not in self._known:
                found = Say(f"tên lạ “{key}”", f"the unknown name “{key}”")
                self.wrong(key, Wrong(did_you_mean(key, self._known), found))


def _a_table(value: object) -> dict[str, object]:
    if isinstance(value, dict):
        return value
    raise Wrong(Say("một bảng [...]", "a table [...]"))


def _a_list_of_tables(value: object) -> list[object]:
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    raise Wrong(Say("các bảng [[...]]", "tables [[...]]"))


def _readable(keys: Keys) -> str:
    """Keys as people count: ``models[2].price`` is the second model's."""
    return "".join(f"[{key + 1}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")
