"""The words of ``python -m ledger``."""

import argparse
from pathlib import Path

from ledger.baseline import MEASURES
from ledger.formats import FORMATS
from ledger.outcomes import OUTCOMES
from ledger.question import AUDIENCES, WAYS
from ledger.wording import LANGUAGES

_VISITOR = "a visitor's id, or that of one of their conversations"


def make_parser() -> argparse.ArgumentParser:
    """``command`` and its arguments."""
    parser = argparse.ArgumentParser(prog="python -m ledger", description="What was said and what it cost.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    made = commands.add_parser("report", help="replies, tokens, cost, times, errors; before and after")
    add_question(made)
    made.add_argument("--format", choices=FORMATS, default="table")
    made.add_argument("--picture", type=Path, metavar="FILE.svg", help="write the charts there too")
    made.add_argument("--lang", choices=LANGUAGES, help="the report's language (the terminal's, else en)")
    commands.add_parser("check", help="prove the books; exit code 1 where something is wrong")
    brought = commands.add_parser(
        "import-baseline", help="bring in the old system's log, all of it or nothing"
    )
    brought.add_argument(
        "file", type=Path, metavar="FILE.csv", help="columns: time, latency (ms), tokens, cost, ok"
    )
    brought.add_argument(
        "--name", default="legacy", help="what to call it; an earlier import of that name goes"
    )
    stated = commands.add_parser("state", help="put down what is only said of the old system")
    stated.add_argument("name", help="what it is called, such as legacy")
    stated.add_argument(
        "figures", nargs="+", metavar="MEASURE=VALUE", help=f"{', '.join(MEASURES)}; no value takes it back"
    )
    outcome = commands.add_parser("outcome", help="say what came of a link")
    outcome.add_argument("link")
    outcome.add_argument("outcome", choices=OUTCOMES)
    budget = commands.add_parser("budget", help="list the budgets, or set one of a demo or a link")
    budget.add_argument(
        "scope", nargs="?", help="demo:NAME or link:ID; BUDGET_USD and BUDGET_USD_PER_DAY are set in .env"
    )
    budget.add_argument("usd", nargs="?", help="the most that may be spent, in USD; none lifts the limit")
    backup = commands.add_parser("backup", help="take a copy of everything while the system runs")
    backup.add_argument("file", type=Path, help="such as ledger-2026-11-23.jsonl.gz")
    restore = commands.add_parser(
        "restore", help="bring a backup back; the system must be stopped; what is there now is kept beside it"
    )
    restore.add_argument("file", type=Path)
    forget = commands.add_parser("forget", help="remove all texts of a conversation, a link or a visitor")
    kinds = forget.add_mutually_exclusive_group(required=True)
    kinds.add_argument("--conversation", metavar="ID", help="the end of its page's address: /thread/ID")
    kinds.add_argument("--link", metavar="ID")
    kinds.add_argument("--visitor", metavar="ID", help=_VISITOR)
    export = commands.add_parser("export", help="everything on record of one visitor, as JSON")
    export.add_argument("--visitor", metavar="ID", required=True, help=_VISITOR)
    return parser


def add_question(report: argparse.ArgumentParser) -> None:
    """What may be asked of a report, here and in the chat."""
    report.add_argument("--from", dest="since", metavar="DAY", help="2026-11-01, or a time; UTC")
    report.add_argument("--to", dest="until", metavar="DAY", help="the last day, inside")
    report.add_argument("--by", choices=WAYS, default="day", help="what a row stands for (day)")
    report.add_argument("--audience", choices=AUDIENCES, default="visitor", help="whose turns (visitor)")
    for name in ("demo", "link", "cohort"):
        report.add_argument(f"--{name}", help=f"only this {name}'s turns")
    report.add_argument("--before", metavar="A..B", help="days, or the name of a cohort or of an old system")
    report.add_argument("--after", metavar="C..D", help="what it is compared with")
    report.add_argument(
        "--compare", metavar="legacy,holysheep", help="two names, as for --before and --after"
    )
