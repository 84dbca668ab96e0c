"""From typed words to a question: the options of ``python -m ledger report``, in a terminal and in the chat."""

import argparse
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from ledger.command_line import add_question
from ledger.question import AUDIENCES, WAYS, BadQuestion, Question, read_window
from ledger.sides import Side, read_side

#: In the chat: what an option takes; choices where only these, else examples.
_TAKES: Mapping[str, Sequence[str]] = {
    "--by": WAYS,
    "--from": ("2026-11-01",),
    "--to": ("2026-11-30",),
    "--audience": AUDIENCES,
    "--demo": ("boutique",),
    "--link": ("",),
    "--cohort": ("holysheep",),
    "--before": ("2026-10-01..2026-10-31",),
    "--after": ("2026-11-01..2026-11-30",),
    "--compare": ("legacy,holysheep",),
}
_CHOSEN = ("--by", "--audience")


@dataclass(frozen=True)
class Asked:
    """sides: what is compared, before and after; None for a report."""

    question: Question
    sides: tuple[Side, Side] | None = None


def asked_for(arguments: argparse.Namespace) -> Asked:
    """What options (see ``command_line.add_question``) ask for. Raises BadQuestion."""
    window = read_window(arguments.since, arguments.until)
    question = Question(
        window, arguments.by, arguments.audience, arguments.demo, arguments.link, arguments.cohort
    )
    names = _sides(arguments)
    if names is None:
        return Asked(question)
    before, after = names
    return Asked(question, (read_side(before, window), read_side(after, window)))


def read_words(text: str) -> Asked:
    """The same from one line, where an option may be typed without its dashes: ``by demo from 2026-11-01``.

    Raises BadQuestion, also for what argparse would answer in English and with an exit.
    """
    # Phones make one long dash of two short ones.
    try:
        words = shlex.split(text.replace("—", "--").replace("–", "--"))
    except ValueError:
        raise BadQuestion("quotes") from None
    options: list[str] = []
    left = iter(words)
    for word in left:
        name, equals, value = word.partition("=")
        option = f"--{name.lstrip('-').lower()}"
        if option not in _TAKES:
            raise BadQuestion("option", text=word, options=", ".join(name[2:] for name in _TAKES))
        value = value if equals else next(left, "")
        options.append(f"{option}={_checked(option, value)}")
    parser = _Parser(prog="/report", add_help=False)
    add_question(parser)
    return asked_for(parser.parse_args(options))


def _checked(option: str, value: str) -> str:
    takes = _TAKES[option]
    if not value or value.startswith("--"):
        raise BadQuestion("value", option=option[2:], example=takes[0])
    if option not in _CHOSEN:
        return value
    if value.lower() not in takes:
        raise BadQuestion("choice", option=option[2:], text=value, choices=", ".join(takes))
    return value.lower()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """What was let through above is no question nevertheless."""
        raise BadQuestion("option", text=message, options=", ".join(name[2:] for name in _TAKES))


def _sides(arguments: argparse.Namespace) -> tuple[str, str] | None:
    if arguments.compare:
        before, comma, after = arguments.compare.partition(",")
        if not comma or arguments.before or arguments.after:
            raise BadQuestion("compare")
        return before, after
    if bool(arguments.before) != bool(arguments.after):
        raise BadQuestion("pair")
    return (arguments.before, arguments.after) if arguments.before else None
