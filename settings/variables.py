"""The raw variables: the process environment over ``.env``, and the secrets among them, which show in no repr."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from dotenv.parser import parse_stream

from settings.checks import Check, T, Wrong
from settings.documents import read_text
from settings.faults import ROOT, Fault, Say, SettingsError, did_you_mean, show, shown_path

# What people leave in place of a key; asking a provider with it would only earn a 401.
_PLACEHOLDER = re.compile(
    r"(sk-)?(\.+|…|x+|\*+)|<.*>|(sk-)?(your|my|fake|insert|paste|put|dán|khóa)[-_ ].*|change-?me|todo|none|null",
    re.IGNORECASE,
)
_KEY = re.compile(r"[!-+\--~]+")  # visible ASCII without the comma: all that a header can carry as one key


@dataclass(frozen=True)
class Layer:
    """One source of variables. ``file`` is empty for the process environment."""

    file: str
    values: Mapping[str, str] = field(repr=False)
    lines: Mapping[str, int] = field(default_factory=dict)

    def fault(self, name: str, found: Say, expected: Say) -> Fault:
        """A mistake in the variable ``name``."""
        return Fault(self.file, self.lines.get(name), name, found, expected)


@dataclass(frozen=True)
class Secret:
    """What a variable holds that nobody may see, or the file that it names. variable: the one that brought it."""

    layer: Layer = field(repr=False)
    variable: str
    value: str = field(repr=False)

    def fault(self, found: Say, expected: Say) -> Fault:
        """A mistake in it."""
        return self.layer.fault(self.variable, found, expected)


@dataclass(frozen=True)
class ApiKeys:
    """The keys of a provider, and the variable they came from (or should come from)."""

    variable: str
    values: tuple[str, ...] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        return bool(self.values)


class Variables:
    """Named values, each from the first layer that has it. What is wrong goes to ``faults``."""

    def __init__(self, layers: Sequence[Layer], faults: list[Fault]) -> None:
        self.layers = tuple(layers)
        self.faults = faults

    def get(self, name: str, check: Check[T], default: T) -> T:
        """The checked value; ``default`` where no layer has it, where it is blank, or where it is wrong."""
        layer = next((layer for layer in self.layers if name in layer.values), None)
        if layer is None or not layer.values[name].strip():
            return default
        try:
            return check(layer.values[name])
        except Wrong as wrong:
            self.faults.append(layer.fault(name, wrong.found or show(layer.values[name]), wrong.expected))
            return default

    def secret(self, name: str) -> Secret | None:
        """What stands under ``NAME``, or in the file under ``NAME_FILE``; None where neither holds anything.

        The first layer that names either decides, as for ``keys``.
        """
        spellings = (name, f"{name}_FILE")
        layer = next((layer for layer in self.layers if any(s in layer.values for s in spellings)), None)
        if layer is not None:
            for spelling in spellings:
                if value := self._raw(layer, spelling):
                    return Secret(layer, spelling, value)
        return None

    def checked_secret(self, name: str, check: Check[T], default: T) -> T:
        """As ``get``, for what may also stand in the file under ``NAME_FILE``. A wrong value is not shown."""
        secret = self.secret(name)
        if secret is None:
            return default
        try:
            return check(secret.value)
        except Wrong as wrong:
            hidden = Say("một giá trị không dùng được", "a value that cannot be used")
            self.faults.append(secret.fault(wrong.found or hidden, wrong.expected))
            return default

    def keys(self, name: str) -> ApiKeys:
        """The keys under ``NAMES`` (a ring, comma separated) or ``NAME``, each also as ``..._FILE``.

        The first layer that names any of the four decides, so that a blank ``NAME=`` in the environment means
        "no key" whatever ``.env`` holds. In a layer the ring wins over the single key.
        """
        spellings = key_spellings(name)
        layer = next((layer for layer in self.layers if any(s in layer.values for s in spellings)), None)
        if layer is not None:
            for spelling in spellings:
                if keys := self._keys_of(layer, spelling):
                    return ApiKeys(spelling, keys)
        return ApiKeys(name)

    def _raw(self, layer: Layer, spelling: str) -> str:
        raw = layer.values.get(spelling, "").strip()
        return self._file_of(layer, spelling, raw) if spelling.endswith("_FILE") and raw else raw

    def _keys_of(self, layer: Layer, spelling: str) -> tuple[str, ...]:
        raw = self._raw(layer, spelling)
        ring = spelling.removesuffix("_FILE").endswith("S")
        keys = [key.strip() for key in (re.split(r"[,\n]", raw) if ring else [raw])]
        keys = [key for key in keys if key and not _PLACEHOLDER.fullmatch(key)]
        if all(_KEY.fullmatch(key) for key in keys):
            return tuple(dict.fromkeys(keys))
        found = Say("một khóa có khoảng trắng hoặc ký tự lạ", "a key with blanks or foreign characters in it")
        self.faults.append(
            layer.fault(spelling, found, Say("khóa như nhà cung cấp đưa", "the key as it was issued"))
        )
        return ()

    def _file_of(self, layer: Layer, spelling: str, name: str) -> str:
        """What the file says. Its name is not repeated: it may be a secret put into the wrong variable."""
        try:
            return read_text(ROOT / name).strip()
        except SettingsError as error:
            expected = Say(
                "đường dẫn tới tệp chứa khóa, mật khẩu hoặc địa chỉ",
                "the path of a file that holds the key, password or address",
            )
            self.faults.append(layer.fault(spelling, error.faults[0].found, expected))
            return ""


def key_spellings(name: str) -> tuple[str, ...]:
    """The four variables that can bring a provider's key, the winning one first."""
    return (f"{name}S", f"{name}S_FILE", name, f"{name}_FILE")


def read_env_file(path: Path, faults: list[Fault]) -> Layer:
    """The variables of a ``.env`` file; none where there is no such file."""
    file = shown_path(path)
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    try:
        text = read_text(path) if path.exists() else ""
    except SettingsError as error:
        faults.extend(error.faults)
        text = ""
    # dotenv's own parser, for its line numbers; dotenv_values would log a bad line and go on.
    for binding in parse_stream(io.StringIO(text)):
        line = binding.original.line + _blank_lines_before(binding.original.string)
        if binding.error or (binding.key and binding.value is None):
            # The line is not shown: it may hold a key.
            found = Say("một dòng không đọc được", "a line that cannot be read")
            faults.append(Fault(file, line, "", found, Say("TÊN=giá trị", "NAME=value")))
        elif binding.key:
            values[binding.key] = binding.value or ""
            lines[binding.key] = line
    return Layer(file, values, lines)


def misspelt(layer: Layer, known: Sequence[str]) -> list[Fault]:
    """Faults for names in ``.env`` that are nearly ours: such a line would do nothing, in silence."""
    faults = []
    for name in layer.values:
        if name not in known and _near(name, known):
            found = Say("tên lạ", "an unknown name")
            faults.append(layer.fault(name, found, did_you_mean(name, known)))
    return faults


def _near(name: str, known: Sequence[str]) -> bool:
    return any(SequenceMatcher(None, name.upper(), k).ratio() > 0.9 for k in known)


def _blank_lines_before(original: str) -> int:
    """dotenv counts the blank lines above a variable as part of it."""
    return original[: len(original) - len(original.lstrip())].count("\n")
