"""What the desk says to an operator, in Vietnamese and English."""

from pathlib import Path

from demos import Language
from ledger.wording import read_texts

_FOLDER = Path(__file__).parent / "language"


def say(language: Language, key: str, **values: object) -> str:
    """The text under ``key`` with its ``{placeholders}`` filled in; KeyError where there is none."""
    text = read_texts(_FOLDER, language)[key]
    return text.format(**values) if values else text
