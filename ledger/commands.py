"""What the commands of ``python -m ledger`` do."""

import argparse
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, get_args

from sqlalchemy import Row, select

from holysheep.prices import Model
from ledger import comparison_sheets, formats
from ledger.asked import asked_for
from ledger.backup import backup, restore
from ledger.baseline import BaselineFaults, import_baseline, state
from ledger.budgets import check_settable, limited, set_budget
from ledger.check import check, is_proved, told
from ledger.command_line import make_parser
from ledger.comparison import compare
from ledger.database import Database
from ledger.export import export_visitor
from ledger.migrations import upgrade
from ledger.outcomes import NoSuchLink, set_outcome
from ledger.privacy import Forgotten, Whose, forget
from ledger.question import BadQuestion
from ledger.report import report
from ledger.sheets import Sheet
from ledger.tables import budgets
from ledger.visitors import look_up
from ledger.wording import Language, money


@dataclass(frozen=True)
class Place:
    """Where the books are, and the price list. language: of whoever sits at the terminal."""

    database_url: str
    data_dir: Path
    models: Sequence[Model]
    language: Language = "en"


#: Prints what there is to say; gives the exit code.
Command = Callable[[Database, Place, argparse.Namespace], Awaitable[int]]


async def run(words: Sequence[str], where: Callable[[], Place]) -> int:
    """Do what the command line says; gives the exit code. Raises DatabaseUnusable, and what ``where`` raises."""
    arguments = make_parser().parse_args(words)
    place = where()
    database = Database(place.database_url, data_dir=place.data_dir)
    try:
        # Only what writes may make a new, empty file.
        await database.connect(create=arguments.command in _MAY_CREATE)
        if arguments.command not in ("backup", "restore"):
            await upgrade(database)
        return await _COMMANDS[arguments.command](database, place, arguments)
    except BaselineFaults as faults:
        print(f"Nothing was imported from {arguments.file}:", *faults.faults, sep="\n", file=sys.stderr)
    except OSError as error:
        print(_of_a_file(error), file=sys.stderr)
    except (ValueError, NoSuchLink) as error:
        print(error, file=sys.stderr)
    finally:
        await database.close()
    return 1


def _of_a_file(error: OSError) -> str:
    """In words, without the system's number."""
    if isinstance(error, FileNotFoundError):
        return f"{error.filename}: there is no such file or folder"
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


async def _report(database: Database, place: Place, arguments: argparse.Namespace) -> int:
    language: Language = arguments.lang or place.language
    try:
        asked = asked_for(arguments)
    except BadQuestion as wrong:
        print(wrong.text(language), file=sys.stderr)
        return 1
    if asked.sides:
        compared = await compare(database, *asked.sides, asked.question)
        text = comparison_sheets.written(compared, arguments.format, language)
        drawn = comparison_sheets.comparison_picture(compared, language) if arguments.picture else ""
    else:
        made = await report(database, asked.question, place.models)
        text = formats.written(made, arguments.format, language)
        drawn = formats.report_picture(made, language) if arguments.picture else ""
    if arguments.picture:
        arguments.picture.write_text(drawn, encoding="utf-8")
    print(text, end="")
    return 0


async def _check(database: Database, place: Place, arguments: argparse.Namespace) -> int:
    findings = await check(database)
    print(told(findings), end="")
    return 0 if is_proved(findings) else 1


async def _import_baseline(database: Database, place: Place, arguments: argparse.Namespace) -> int:
    done = await import_baseline(database, arguments.file, arguments.name)
    instead = f", in the place of {done.replaced:,} of an earlier import" if done.replaced else ""
    print(f"{done.source}: {done.turns:,} turns imported{instead}.")
    return 0


async def _state(database: Database, place: Place, arguments: argparse.Namespace) -> int:
    figures = dict(_figure(text) for text in arguments.figures)
    await state(database, arguments.name, figures)
    said = ", ".join(
        f"{measure} {'taken back' if value is None else value}" for measure, value in figures.items()
    )
    print(f"{arguments.name}: {said} (stated, not measured).")
    return 0


def _figure(text: str) -> tuple[str, Decimal | None]:
    measure, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} is not MEASURE=VALUE, such as latency_ms=420")
    return measure, _amount(value) if value else None


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no number") from None
    if not amount.is_finite() or "_" in text:
        raise ValueError(f"{text!r} is no number")
    return amount


async def _outcome(database: Database, place: Place, arguments: argparse.Namespace) -> int:
    await set_outcome(database, arguments.link, arguments.outcome)
    print(f"{arguments.link}: {arguments.outcome}.")
    return 0


async def _budget(database: Database, place: Place, arguments: argparse.Namespace) -> int:
    if arguments.scope is not None:
        if arguments.usd is None:
            raise ValueError("an amount in USD is missing, or none")
        check_settable(arguments.scope, datetime.now(UTC))
        await set_budget(
            database, arguments.scope, None if arguments.usd == "none" else _amount(arguments.usd)
        )
    with database.explained():
        async with database.reading() as connection:
            found = (await connection.execute(select(budgets).order_by(budgets.c.scope))).all()
    heads = ("budget", "allowed", "spent", "reserved", "messages")
    print(Sheet("", heads, [_limits(row) for row in found], 4).text() if found else "No budgets.")
    return 0


def _limits(row: Row[Any]) -> list[str]:
    """Of a budget: its figures; blank where there is no limit."""
    allowed = limited(row.allowed)
    messages = "" if row.allowed_turns is None else f"{row.turns:,} of {row.allowed_turns:,}"
    return [
        row.scope,
        "" if allowed is None else money(allowed),
        money(row.spent),
        money(row.reserved),
        messages,
    ]


async def _backup(database: Database, place: Place, arguments: argparse.Namespace) -> int:
    contents = await backup(database, arguments.file)
    print(
        f"{arguments.file}: {sum(contents.rows.values()):,} rows, as of {contents.made_at:%Y-%m-%d %H:%M:%S} UTC."
    )
    return 0


async def _restore(database: Database, place: Place, arguments: argparse.Namespace) -> int:
    kept = place.data_dir / f"before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}.jsonl.gz"
    done = await restore(database, arguments.file, kept)
    made_at = f"{done.contents.made_at:%Y-%m-%d %H:%M:%S} UTC"
    print(f"{sum(done.contents.rows.values()):,} rows are back, as of {made_at}.")
    if done.kept:
        print(f"What was there before, texts too, is in {done.kept}; delete it when it is not needed.")
    return 0


async def _forget(database: Database, place: Place, arguments: argparse.Namespace) -> int:
    kinds: tuple[Whose, ...] = get_args(Whose)
    given = ((kind, getattr(arguments, kind)) for kind in kinds)
    whose, id = next((kind, id) for kind, id in given if id is not None)
    if whose == "visitor":
        whose, id = await look_up(database, id)
        if id != arguments.visitor:
            print(f"{arguments.visitor} is a conversation of visitor {id}.")
    done = await forget(database, whose, id, spool=place.data_dir / "spool")
    if not done.found:
        known = "; whoever was forgotten has no id any more" if whose == "visitor" else ""
        print(f"Nothing is on record of {whose} {id!r}{known}.", file=sys.stderr)
    else:
        _tell_of(done)
    if done.traces:
        print(
            "Another program kept reading: SQLite's journal still holds old pages. Do this again.",
            file=sys.stderr,
        )
    return 0 if done.found and not done.traces else 1


def _tell_of(done: Forgotten) -> None:
    gone = done.erased
    print(
        f"Texts of {gone.turns:,} turns and {gone.comments:,} comments are gone; {gone.conversations:,} conversations"
    )
    print(f"are off the lists, {done.spooled:,} operations on disk were cleaned. Receipts stay.")


async def _export(database: Database, place: Place, arguments: argparse.Namespace) -> int:
    whose, id = await look_up(database, arguments.visitor)
    if whose != "visitor":
        raise ValueError(f"the visitor of conversation {id!r} was forgotten")
    print(formats.json_text(await export_visitor(database, id)), end="")
    return 0


_MAY_CREATE = frozenset(("import-baseline", "state", "budget", "restore"))
_COMMANDS: Mapping[str, Command] = {
    "report": _report,
    "check": _check,
    "import-baseline": _import_baseline,
    "state": _state,
    "outcome": _outcome,
    "budget": _budget,
    "backup": _backup,
    "restore": _restore,
    "forget": _forget,
    "export": _export,
}
