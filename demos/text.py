"""A demo's TOML, changed in places: comments and order stay as somebody wrote them."""

import tomllib
from collections.abc import Mapping, MutableMapping, MutableSequence
from typing import Any

import tomlkit
from tomlkit.items import AoT


class NoSuchKey(LookupError):
    """A key leads nowhere in a demo. key: as it was given."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            f"{key!r} leads nowhere: a key is title, greeting.en, limits.budget_usd, facts.1.content"
        )


def edited(text: str, changes: Mapping[str, object]) -> str:
    """The TOML with these values in place of those that are there, or new.

    changes: by dotted key; pieces of a list are counted from 1 (``facts.1.content``), and one more than there are is
    a new one. None takes a key away. Raises NoSuchKey; what the values mean is not looked at.
    """
    document = tomlkit.parse(text)
    for key, value in changes.items():
        _set(document, key, value)
    return tomlkit.dumps(document)


def with_item(text: str, key: str, item: Mapping[str, object]) -> str:
    """The TOML with one more table at the end of a list, such as ``facts``; the list is made where there is none."""
    document = tomlkit.parse(text)
    there = document.get(key)
    if there is None:
        there = document[key] = tomlkit.aot()
    table = tomlkit.inline_table() if isinstance(there, tomlkit.items.Array) else tomlkit.table()
    for name, value in item.items():
        table[name] = _item(value)
    there.append(table)
    return tomlkit.dumps(document)


def value_of(text: str, key: str, given: str) -> object:
    """What somebody typed as a value: a text where a text stands already, else as TOML would have it, else a text."""
    if isinstance(_found(tomllib.loads(text), key), str):
        return given
    try:
        return tomllib.loads(f"value = {given}")["value"]
    except tomllib.TOMLDecodeError:
        return given


def _set(document: MutableMapping[str, Any], key: str, value: object) -> None:
    *way, last = key.split(".")
    place: Any = document
    for step, following in zip(way, key.split(".")[1:], strict=True):
        if isinstance(place, MutableMapping) and step not in place:
            if value is None:
                return
            place[step] = tomlkit.aot() if following == "1" else tomlkit.table()
        elif isinstance(place, AoT) and step == str(len(place) + 1):
            place.append(tomlkit.table())
        place = _child(place, step, key)
    if isinstance(place, MutableSequence):
        _child(place, last, key)  # is it there?
        place[int(last) - 1] = _item(value)
    elif isinstance(place, MutableMapping) and last and value is None:
        place.pop(last, None)
    elif isinstance(place, MutableMapping) and last:
        place[last] = _item(value)
    else:
        raise NoSuchKey(key)


def _child(place: Any, step: str, key: str) -> Any:
    try:
        return place[int(step) - 1] if isinstance(place, MutableSequence) and int(step) > 0 else place[step]
    except (KeyError, IndexError, ValueError, TypeError):
        raise NoSuchKey(key) from None


def _item(value: object) -> Any:
    """Long texts as people would write them."""
    if isinstance(value, str) and "\n" in value and '"""' not in value:
        return tomlkit.string(value, multiline=True)
    return value


def _found(plain: Mapping[str, Any], key: str) -> object:
    place: Any = plain
    for step in key.split("."):
        try:
            place = _child(place, step, key)
        except NoSuchKey:
            return None
    return place
