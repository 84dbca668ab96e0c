"""The words of ``python -m demos``."""

import argparse
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from demos.said import CommandFailed

_DEMO = "a demo's name, such as boutique"
_LINK = "a link's public id, as publish and links print it"


#: What argparse says, and the same in Vietnamese up to what it is about.
_VIETNAMESE = (
    (r"arguments are required: (.+)", "còn thiếu "),
    (r"unrecognized arguments: (.+)", "không hiểu "),
    (r"argument (\S+): expected", "thiếu giá trị của "),
    (r"argument COMMAND: invalid choice: (\S+)", "không có lệnh "),
    (r"argument (\S+): invalid", "không đọc được giá trị của "),
    (r"argument (\S+): ignored explicit argument", "không cần giá trị: "),
    (r"ambiguous option: (\S+) could match", "chưa rõ là tùy chọn nào: "),
)


class _Desk(argparse.ArgumentParser):
    """Says what is wrong to whoever typed, and ends nothing; ``--help`` would."""

    #: Word -> the parser of its command.
    of: "Mapping[str, argparse.ArgumentParser]"

    def __init__(self, **given: Any) -> None:
        super().__init__(**{**given, "add_help": False})

    def error(self, message: str) -> NoReturn:
        usage = " ".join(self.format_usage().removeprefix("usage: ").split())
        vi = next((vi + found[1] for say, vi in _VIETNAMESE if (found := re.search(say, message))), message)
        raise CommandFailed(f"{vi}. Cách dùng: {usage}", f"{message}. It goes: {usage}")


def read_words(words: Sequence[str]) -> argparse.Namespace:
    """What was typed at the desk, such as ``publish boutique --for X``. Raises CommandFailed."""
    parser = make_parser(_Desk)
    arguments, more = parser.parse_known_args(list(words))
    if more:  # the command itself knows how it goes
        assert isinstance(parser, _Desk)
        parser.of[arguments.command].error(f"unrecognized arguments: {' '.join(more)}")
    return arguments


def make_parser(kind: type[argparse.ArgumentParser] = argparse.ArgumentParser) -> argparse.ArgumentParser:
    """``command`` and its arguments."""
    prog = "/" if kind is _Desk else "python -m demos"
    parser = kind(prog=prog, description="Demos and their links.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _demos(commands)
    _versions(commands)
    _links(commands)
    if isinstance(parser, _Desk):
        parser.of = commands.choices
    return parser


def _demos(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    new = _command(commands, "new", "draft a demo from a shop's name and two sentences")
    new.add_argument("title", help="the shop's name, as people read it")
    new.add_argument("about", help="two sentences: what it sells, and what its customers ask")
    new.add_argument("--name", help="the demo's own name (made of the title)")
    new.add_argument("--model", help="who drafts it (the default model)")
    new.add_argument("--template", action="store_true", help="from the template; no model is asked")
    _command(commands, "list", "all demos")
    show = _command(commands, "show", "a demo: what it says, and its version")
    show.add_argument("demo", help=_DEMO)
    edit = _command(commands, "edit", "change a demo; the next reply uses it")
    edit.add_argument("demo", help=_DEMO)
    edit.add_argument(
        "--set",
        dest="changes",
        metavar="KEY=VALUE",
        action="append",
        required=True,
        help="such as title=..., greeting.en=..., limits.budget_usd=1; VALUE @FILE reads a file (a picture too)",
    )
    edit.add_argument("--note", default="", help="why, for the list of versions")
    fix = _command(commands, "fix", "say what a demo should have answered; the next reply knows it")
    fix.add_argument("demo", help=_DEMO)
    fix.add_argument("question", help="as a customer asks it")
    fix.add_argument("answer", help="what it should have said")
    fix.add_argument("--note", default="", help="why, for the list of versions")
    duplicate = _command(commands, "duplicate", "a new demo that begins as another one")
    duplicate.add_argument("demo", help=_DEMO)
    duplicate.add_argument("name", help="the new demo's name")
    brought = _command(commands, "import", "take a demo from a TOML file")
    brought.add_argument("file", type=Path, metavar="FILE.toml")
    brought.add_argument("--name", help="the demo's name (the file's)")
    brought.add_argument("--note", default="")
    export = _command(commands, "export", "print a demo as TOML")
    export.add_argument("demo", help=_DEMO)
    export.add_argument("--version", type=int, metavar="N", help="an earlier one")
    rehearse = _command(
        commands, "rehearse", "ask a demo's test questions, and check the figures in the answers"
    )
    rehearse.add_argument("demo", help=_DEMO)
    rehearse.add_argument("--model", help="who answers (the demo's own)")

    preflight = _command(commands, "preflight", "before a call: ask each starter once, on record")
    preflight.add_argument("demo", help=_DEMO)


def _versions(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    versions = _command(commands, "versions", "every version of a demo: when, by whom, why")
    versions.add_argument("demo", help=_DEMO)
    compare = _command(commands, "compare", "what changed between two versions")
    compare.add_argument("demo", help=_DEMO)
    compare.add_argument("before", type=_number, metavar="N")
    compare.add_argument("after", type=_number, metavar="M", nargs="?", help="the newest, if not said")
    back = _command(commands, "rollback", "make an earlier version the newest")
    back.add_argument("demo", help=_DEMO)
    back.add_argument("version", type=_number, metavar="N")
    back.add_argument("--note", default="")


def _number(given: str) -> int:
    """A version's; no database takes a longer one."""
    if not given.isdecimal() or len(given) > 9:
        raise argparse.ArgumentTypeError(f"invalid version: {given[:40]!r}")
    return int(given)


def _links(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    publish = _command(commands, "publish", "make a link of a demo for one prospect")
    publish.add_argument("demo", help=_DEMO)
    publish.add_argument("--for", dest="customer", metavar="CUSTOMER", default="", help="such as 'Shop ABC'")
    publish.add_argument("--starts", metavar="WHEN", help="it opens then: 2h, 2026-12-01T09:00+07:00 (now)")
    _terms(publish)
    publish.add_argument("--title", help="the prospect's own name instead of the demo's")
    publish.add_argument("--greeting", help="the prospect's own greeting")
    publish.add_argument("--logo", metavar="FILE", help="the prospect's logo: PNG, JPEG, WebP or SVG")
    publish.add_argument("--color", metavar="#RRGGBB", help="the prospect's colour")
    publish.add_argument("--color-dark", metavar="#RRGGBB", help="the same on a dark page")
    publish.add_argument("--note", default="")
    if not isinstance(publish, _Desk):
        publish.add_argument(
            "--share",
            action="store_true",
            help="start the tunnel of TUNNEL_COMMAND and use its address, until Ctrl-C",
        )
    links = _command(commands, "links", "the links: visitors, messages, spent, last seen")
    links.add_argument("demo", nargs="?", help=_DEMO)
    activity = _command(commands, "activity", "a link: who came, from where, with what, and what it cost")
    activity.add_argument("link", help=_LINK)
    for word, what in (
        ("revoke", "close a link for good; open pages are told within a second"),
        ("pause", "close a link for a while"),
        ("resume", "open a paused link again"),
    ):
        _command(commands, word, what).add_argument("link", help=_LINK)
    extend = _command(commands, "extend", "give a link more time, money or messages, or another passcode")
    extend.add_argument("link", help=_LINK)
    _terms(extend)


def _terms(command: argparse.ArgumentParser) -> None:
    command.add_argument("--expires", metavar="WHEN", help="7d, 12h, 30m, or a time (7d)")
    command.add_argument("--budget", metavar="USD", help="the most its replies may cost (the demo's limit)")
    command.add_argument("--messages", metavar="N", help="the most it may answer (the demo's limit)")
    command.add_argument("--passcode", help="4 to 64 characters")
    command.add_argument(
        "--origin",
        dest="origins",
        action="append",
        metavar="SITE",
        help="a site that may frame it; again for more",
    )


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    word: str,
    what: str,
) -> argparse.ArgumentParser:
    command = commands.add_parser(word, help=what, description=what)
    if isinstance(command, _Desk):
        command.prog = f"/{word}"
    else:
        command.add_argument("--json", action="store_true", help="print JSON")
    return command
