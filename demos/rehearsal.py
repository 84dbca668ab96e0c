"""A demo's test questions asked of a model: does what it answers stand in the facts?

A check of figures, not of sense: a figure that is summed up from the facts is told as one that does not stand there,
one that stands there for something else is not noticed, and numbers in words are not read. The question's own figures
and a list's numbering are passed over.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass

from demos.demo import Demo, Language, Question
from demos.facts import facts_text, system_prompt
from demos.figures import figures, found_figures

#: Sends messages, in the OpenAI form, to a model; gives the text of its reply.
Ask = Callable[[list[dict[str, str]]], Awaitable[str]]

_DECLINES = re.compile(
    r"chưa (?:cho|nói|báo)(?: cho)?(?: \w+)? biết|\b(?:not|\w+n['’]t)(?: yet)?(?: been)? told\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CheckedFigure:
    """A figure of an answer as written, and whether it stands in the facts, the hotline or the question."""

    written: str
    stands: bool


@dataclass(frozen=True)
class Rehearsed:
    """A question and the answer to it.

    says_so: whether it says that the shop has not told. names_hotline: whether it gives the demo's hotline.
    """

    question: Question
    answer: str
    figures: tuple[CheckedFigure, ...]
    says_so: bool
    names_hotline: bool

    @property
    def strays(self) -> tuple[str, ...]:
        """The figures that do not stand in the facts."""
        return tuple(figure.written for figure in self.figures if not figure.stands)

    @property
    def ok(self) -> bool:
        """No stray figure; and what the facts hold is answered, what they do not hold is said to be missing."""
        if self.strays or not self.answer.strip():
            return False
        return not self.says_so if self.question.answered else self.says_so or self.names_hotline


async def rehearse(demo: Demo, ask: Ask) -> AsyncIterator[Rehearsed]:
    """Ask the demo's questions one after the other, each in a conversation of its own. What ``ask`` raises goes on."""
    for question in demo.questions:
        messages = [
            {"role": "system", "content": system_prompt(demo)},
            {"role": "user", "content": question.ask},
        ]
        yield checked(demo, question, await ask(messages))


def checked(demo: Demo, question: Question, answer: str) -> Rehearsed:
    """An answer held against the demo's facts."""
    hotline = figures(demo.hotline)
    known = {*figures(facts_text(demo)), *hotline, *figures(question.ask)}
    written = {figure.written: figure.value for figure in found_figures(answer)}
    return Rehearsed(
        question,
        answer,
        tuple(CheckedFigure(figure, value in known) for figure, value in written.items()),
        says_so=bool(_DECLINES.search(answer)),
        names_hotline=bool(hotline) and set(hotline) <= set(written.values()),
    )


# -- for people and programs --

_WORDS: dict[Language, dict[str, str]] = {
    "vi": {
        "asked": "Hỏi",
        "said": "Đáp",
        "figures": "Con số",
        "answered": "thông tin có câu trả lời",
        "unanswered": "thông tin không có câu trả lời",
        "strays": "không có trong thông tin: {}",
        "declined": "nói là cửa hàng chưa cho biết, dù thông tin có",
        "made_up": "không nói là cửa hàng chưa cho biết, cũng không mời gọi hotline",
        "blank": "câu trả lời trống",
        "sum": "{ok}/{all} câu đạt; {strays} con số không có trong thông tin.",
    },
    "en": {
        "asked": "Asked",
        "said": "Answer",
        "figures": "Figures",
        "answered": "the facts hold the answer",
        "unanswered": "the facts do not hold the answer",
        "strays": "not in the facts: {}",
        "declined": "says the shop has not told, though the facts do",
        "made_up": "neither says that the shop has not told nor gives the hotline",
        "blank": "an empty answer",
        "sum": "{ok} of {all} answers are right; {strays} figures do not stand in the facts.",
    },
}


def told(rehearsed: Rehearsed, language: Language) -> str:
    """One question for a terminal: what was asked and answered, each figure with ✓ or ✗, and what is wrong."""
    words = _WORDS[language]
    kind = words["answered" if rehearsed.question.answered else "unanswered"]
    lines = [
        f"{_mark(rehearsed.ok)} {words['asked']}: {rehearsed.question.ask} ({kind})",
        f"  {words['said']}: " + "\n    ".join(rehearsed.answer.strip().splitlines()),
    ]
    if rehearsed.figures:
        marked = (f"{figure.written} {_mark(figure.stands)}" for figure in rehearsed.figures)
        lines.append(f"  {words['figures']}: {' · '.join(marked)}")
    return "\n".join([*lines, *(f"  → {fault}" for fault in _faults(rehearsed, language))])


def summary(all_rehearsed: Sequence[Rehearsed], language: Language) -> str:
    """One line over all questions."""
    ok, strays = sum(one.ok for one in all_rehearsed), sum(len(one.strays) for one in all_rehearsed)
    return _WORDS[language]["sum"].format(ok=ok, all=len(all_rehearsed), strays=strays)


def as_dict(rehearsed: Rehearsed) -> dict[str, object]:
    """For JSON: ``ask, answered, answer, figures [{written, stands}], says_so, names_hotline, ok``."""
    return {
        **asdict(rehearsed.question),
        "answer": rehearsed.answer,
        "figures": [asdict(figure) for figure in rehearsed.figures],
        "says_so": rehearsed.says_so,
        "names_hotline": rehearsed.names_hotline,
        "ok": rehearsed.ok,
    }


def _faults(rehearsed: Rehearsed, language: Language) -> list[str]:
    words = _WORDS[language]
    faults = [words["strays"].format(", ".join(rehearsed.strays))] if rehearsed.strays else []
    if not rehearsed.answer.strip():
        faults.append(words["blank"])
    elif rehearsed.question.answered and rehearsed.says_so:
        faults.append(words["declined"])
    elif not rehearsed.question.answered and not (rehearsed.says_so or rehearsed.names_hotline):
        faults.append(words["made_up"])
    return faults


def _mark(good: bool) -> str:
    return "✓" if good else "✗"
