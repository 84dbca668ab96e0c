"""What a command answers, to a terminal and to the desk alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demos.demo import Language
from demos.shelf import DemoFileError, UnknownDemo
from demos.terms import BadTerm
from demos.text import NoSuchKey
from holysheep import EngineError
from holysheep.errors import NoKey
from ledger import DatabaseUnusable
from ledger.outcomes import NoSuchLink


@dataclass(frozen=True)
class Said:
    """data: as ``--json`` prints it. words: for a terminal. code: 0; 1 where the answer is no.

    aside: what else whoever asked should know; a terminal gets it beside the answer.
    """

    data: Any
    words: str
    code: int = 0
    aside: str = ""


class CommandFailed(Exception):
    """What was asked cannot be done; ``texts`` says why and how to mend it, in each language."""

    def __init__(self, vi: str, en: str) -> None:
        self.texts: Mapping[Language, str] = {"vi": vi, "en": en}
        super().__init__(en)


#: What commands raise for reasons that whoever asked can mend; ``in_words`` has words for each.
REFUSALS = (
    BadTerm,
    CommandFailed,
    DatabaseUnusable,
    DemoFileError,
    EngineError,
    NoSuchKey,
    NoSuchLink,
    OSError,
    UnknownDemo,
)


def in_words(error: Exception, language: Language, *, at_desk: bool = False) -> str:
    """One of ``REFUSALS`` for people. at_desk: for whoever filled in a form, and typed no ``--budget``."""
    if isinstance(error, BadTerm) and at_desk:
        return error.of_form[language]
    if isinstance(error, BadTerm | CommandFailed | DemoFileError):
        return error.texts[language]
    if isinstance(error, DatabaseUnusable):
        return error.vi if language == "vi" else error.en
    vi, en = _words(error)
    return vi if language == "vi" else en


def model_trouble(kind: str, detail: str, language: Language) -> str:
    """That a model did not answer. kind: of ``holysheep.errors``. detail: the provider's words, cleaned."""
    why = f" ({kind}): {detail}" if detail and detail != kind else f": {kind}"
    if language == "vi":
        mend = ". Hãy đặt khóa của nó trong .env, hoặc dùng mô hình khác" if kind == NoKey.kind else ""
        return f"Không hỏi được mô hình{why}{mend}."
    mend = ". Set its key in .env, or use another model" if kind == NoKey.kind else ""
    return f"The model could not be asked{why}{mend}."


def _words(error: Exception) -> tuple[str, str]:
    if isinstance(error, UnknownDemo):
        known = ", ".join(error.known)
        return f"không có demo “{error.name}”; đang có: {known or 'chưa demo nào'}", str(error)
    if isinstance(error, NoSuchLink):
        return (
            f"không có liên kết “{error.link}”; lệnh links liệt kê những liên kết đang có",
            f"{error}; links lists those that there are",
        )
    if isinstance(error, NoSuchKey):
        return (
            f"không có khóa “{error.key}”: khóa là title, greeting.en, limits.budget_usd, facts.1.content",
            str(error),
        )
    if isinstance(error, EngineError):
        return model_trouble(error.kind, str(error), "vi"), model_trouble(error.kind, str(error), "en")
    if isinstance(error, OSError) and error.filename:
        return (f"{error.filename}: {error.strerror}",) * 2
    return (str(error),) * 2
