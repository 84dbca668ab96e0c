"""What is wrong with a settings file, said in the reader's language.

SettingsError   everything that is wrong, over all files, at once
└─ Fault        one mistake: file, line or key, what was found, what was expected
"""

import difflib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from demos.demo import Language

ROOT = Path(__file__).resolve().parent.parent

# A key pasted into the wrong place must not reach the screen: a prefix as providers use it, a long
# unbroken run that holds a digit, and the user name and password of an address.
_SECRET = re.compile(
    r"\b(?:sk|hs|pk|key)-[\w-]{6,}|(?=[\w-]*\d)[\w-]{24,}|(?<=://)[^/\s@]+(?=@)", re.IGNORECASE
)
_LONGEST = 60


@dataclass(frozen=True)
class Say:
    """One text in both languages."""

    vi: str
    en: str

    def to(self, language: Language) -> str:
        """The text for a reader of ``language``."""
        return self.vi if language == "vi" else self.en


NOTHING = Say("không có gì", "nothing")


@dataclass(frozen=True)
class Fault:
    """One mistake. ``file`` is empty for the process environment; ``line`` is None where it is not known."""

    file: str
    line: int | None
    key: str
    found: Say
    expected: Say

    @property
    def where(self) -> str:
        """The line number if it could be found, else the key."""
        return str(self.line) if self.line is not None else self.key

    def text(self, language: Language) -> str:
        """One line: ``file:line: key: found ..., expected ...``."""
        file = self.file or Say("môi trường", "environment").to(language)
        place = file if self.line is None else f"{file}:{self.line}"
        found, expected = Say("thấy", "found").to(language), Say("cần", "expected").to(language)
        what = f"{found} {self.found.to(language)}, {expected} {self.expected.to(language)}"
        return ": ".join(part for part in (place, self.key, what) if part)


class SettingsError(Exception):
    """The settings cannot be used. ``faults`` holds every mistake; ``str`` prints one line for each."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(sorted(faults, key=lambda f: (f.file, f.line or 0)))
        super().__init__(self.faults)

    def text(self, language: Language) -> str:
        """One line a fault."""
        return "\n".join(fault.text(language) for fault in self.faults)

    def __str__(self) -> str:
        return self.text(reader_language(os.environ))


def reader_language(environ: Mapping[str, str] = os.environ) -> Language:
    """The language of whoever sits at the terminal, by the usual order of the locale variables."""
    locale = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return "vi" if locale.lower().startswith("vi") else "en"


def show(value: object) -> Say:
    """A found value as people read it: quoted, short, on one line, and never a secret."""
    if isinstance(value, bool):
        return _same(str(value).lower())
    if isinstance(value, dict):
        return Say("một bảng [...]", "a table [...]")
    if isinstance(value, list):
        return Say("một danh sách", "a list")
    return _same(f'"{tidy(value)}"' if isinstance(value, str) else tidy(str(value)))


def tidy(text: str) -> str:
    """``text`` on one line, cut to a readable length, secrets blotted out."""
    line = _SECRET.sub("•••", " ".join(text.split()))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def did_you_mean(word: str, known: Sequence[str]) -> Say:
    """What was expected instead of ``word``: the nearest known one, or the list of them."""
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    if near:
        name = by_lower[near[0]]
        return Say(f"“{name}” (có phải ý bạn là vậy?)", f"“{name}” (did you mean that?)")
    return Say("một trong: " + ", ".join(known), "one of: " + ", ".join(known))


def shown_path(path: Path) -> str:
    """``path`` as people know it: from the project's folder where it lies inside."""
    resolved = path.resolve()
    return resolved.relative_to(ROOT).as_posix() if resolved.is_relative_to(ROOT) else str(path)


def _same(text: str) -> Say:
    return Say(text, text)
