"""The writer's few SQL statements, made from the tables once for each dialect.

They go to the driver as they are: SQLAlchemy's own execution costs more than all of SQLite's work on a turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Dialect,
    Integer,
    Select,
    String,
    Table,
    any_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    null,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.compiler import SQLCompiler

from ledger.operations import Row
from ledger.tables import attempts, budgets, conversations, demo_versions, receipts, reservations, turns

#: Of a receipt: what is known when its turn begins, and what only when it has ended. ``cohort`` may be either.
OPENED = (
    *("turn", "conversation", "asked_at", "audience", "demo", "demo_version", "link", "cohort", "model"),
    "sent_tokens",
)
SETTLED = ("cohort", *(str(column.name) for column in receipts.columns if column.name not in OPENED))
#: Of a conversation: what is not known when it begins.
_LATER = ("cleared_before", "deleted_at", "forgotten_at")
_MESSAGE = ("id", "message", "conversation", "position", "replica", "asked_at", "question")
#: What another program takes while we have a conversation in memory stands behind what we know of it; and a page has no
#: more than so many messages on their way.
_NOT_KNOWN = 50
_VERSION = ("demo", "version", "digest", "saved_at", "author", "note", "content")
_BEGUN = ("turn", "number", "begun_at", "provider", "model", "key_fingerprint")
_ENDED = ("latency_ms", "ttft_ms", "status", "request_id", "error", "cost")

Insert = PostgresqlInsert | SqliteInsert


@dataclass(frozen=True, slots=True)
class Statement:
    """sql: with the driver's own marks for parameters. names: which value stands at which mark."""

    sql: str
    names: tuple[str, ...]

    def values(self, row: Row) -> tuple[Any, ...]:
        """A row's values, in the order of the marks."""
        return tuple([row[name] for name in self.names])


class Statements:
    """Of one dialect. The readers take a list of ids (see ``ids``); where it can, PostgreSQL locks what they read."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._postgresql = dialect.name == "postgresql"

    def ids(self, ids: Sequence[str]) -> Any:
        """A list of ids as one parameter."""
        return ids if self._postgresql else orjson.dumps(ids).decode()

    @cached_property
    def put_conversation(self) -> Statement:
        """A conversation as a message brings it: new, or only touched. A message after its deletion brings it back."""
        columns = [c.name for c in conversations.columns if c.name not in _LATER]
        new = self._insert(conversations, columns)
        later = func.greatest if self._postgresql else func.max
        touched = later(conversations.c.touched_at, new.excluded.touched_at)
        deleted_at = case(
            (new.excluded.touched_at > conversations.c.deleted_at, null()), else_=conversations.c.deleted_at
        )
        changed = {"touched_at": touched, "deleted_at": deleted_at}
        return self._made(new.on_conflict_do_update(index_elements=["id"], set_=changed))

    @property
    def shared(self) -> bool:
        """Other programs take messages into the same database."""
        return self._postgresql

    @cached_property
    def put_turn(self) -> Statement:
        """A message that has come; one that is there stays as it is.

        Where others write, too: its place is behind all that are there, and one that another program has taken from the
        page is not taken twice. The conversation's row is locked by then, so that nobody comes in between.
        """
        new = self._insert(turns, () if self._postgresql else _MESSAGE)
        if self._postgresql:
            new = new.from_select(list(_MESSAGE), _unless_taken())
        return self._made(new.on_conflict_do_nothing(index_elements=["id"]))

    @cached_property
    def read_turns(self) -> Statement:
        """(turn) of turns that are there."""
        return self._made(self._among(select(turns.c.id), turns.c.id))

    @cached_property
    def put_receipt(self) -> Statement:
        """What is known of a receipt when its turn begins; one that is there stays as it is."""
        return self._made(self._insert(receipts, OPENED).on_conflict_do_nothing())

    @cached_property
    def put_attempt(self) -> Statement:
        """An attempt that begins."""
        return self._made(self._insert(attempts, _BEGUN).on_conflict_do_nothing())

    @cached_property
    def end_attempt(self) -> Statement:
        """An attempt that has ended."""
        new = self._insert(attempts, _BEGUN + _ENDED)
        ended = {name: new.excluded[name] for name in _ENDED}
        return self._made(new.on_conflict_do_update(index_elements=["turn", "number"], set_=ended))

    @cached_property
    def drop_attempt(self) -> Statement:
        """The attempt ``number`` of ``turn``, which never left."""
        mine = attempts.c.turn == bindparam("turn")
        return self._made(delete(attempts).where(mine, attempts.c.number == bindparam("number")))

    @cached_property
    def say_so_far(self) -> Statement:
        """The reply of a ``turn`` that is under way."""
        changed = update(turns).where(turns.c.id == bindparam("turn"), turns.c.settled_at.is_(None))
        return self._made(changed.values(reply=_kept_reply()))

    @cached_property
    def settle_turn(self) -> Statement:
        """The reply and the end of a ``turn``."""
        changed = update(turns).where(turns.c.id == bindparam("turn"))
        return self._made(changed.values(reply=_kept_reply(), settled_at=bindparam("settled_at")))

    @cached_property
    def settle_receipt(self) -> Statement:
        """The outcome of a turn. ``of``: its id."""
        outcome: dict[str, Any] = {name: bindparam(name) for name in SETTLED}
        outcome["cohort"] = func.coalesce(bindparam("cohort", type_=String), receipts.c.cohort)
        return self._made(update(receipts).where(receipts.c.turn == bindparam("of")).values(outcome))

    @cached_property
    def replace_turn(self) -> Statement:
        """A ``turn`` goes off the screen; ``ended_at``: and has ended then, if not before."""
        ended = func.coalesce(turns.c.settled_at, bindparam("ended_at", type_=BigInteger))
        changed = update(turns).where(turns.c.id == bindparam("turn"))
        return self._made(changed.values(replaced=true(), settled_at=ended))

    def save_conversation(self, columns: tuple[str, ...]) -> Statement:
        """These columns of the conversation ``of``."""
        return _save_conversation(self, columns)

    def _saved(self, columns: tuple[str, ...]) -> Statement:
        changed = update(conversations).where(conversations.c.id == bindparam("of"))
        return self._made(changed.values({name: bindparam(name) for name in columns}))

    @cached_property
    def put_version(self) -> Statement:
        """A saved change of a demo; a number that is taken stays as it is."""
        return self._made(self._insert(demo_versions, _VERSION).on_conflict_do_nothing())

    @cached_property
    def read_receipts(self) -> Statement:
        """(turn, asked_at, demo, link, cost, finish_reason, attempts) of turns."""
        r = receipts.c
        found = select(r.turn, r.asked_at, r.demo, r.link, r.cost, r.finish_reason, r.attempts)
        return self._made(self._among(found, r.turn).order_by(r.turn).with_for_update())

    @cached_property
    def read_budgets(self) -> Statement:
        """(scope, allowed, spent, reserved, allowed_turns, turns) of scopes."""
        b = budgets.c
        found = select(b.scope, b.allowed, b.spent, b.reserved, b.allowed_turns, b.turns)
        return self._made(self._among(found, b.scope).order_by(b.scope).with_for_update())

    @cached_property
    def read_reservations(self) -> Statement:
        """(turn, scope, amount, settled_at) of turns."""
        r = reservations.c
        return self._made(self._among(select(r.turn, r.scope, r.amount, r.settled_at), r.turn))

    @cached_property
    def put_day(self) -> Statement:
        """The budget ``scope`` of a day, ``since``..``until``, with what is spent of it already."""
        day = receipts.c.asked_at >= bindparam("since"), receipts.c.asked_at < bindparam("until")
        nothing: ColumnElement[int] = literal_column("0")
        spent = select(func.coalesce(func.sum(receipts.c.cost), nothing)).where(*day).scalar_subquery()
        values: dict[str, Any] = {name: bindparam(name) for name in ("scope", "allowed")}
        values |= {"spent": spent, "reserved": nothing}
        return self._made(self._insert(budgets, ()).values(values).on_conflict_do_nothing())

    @cached_property
    def move_budget(self) -> Statement:
        """Add to what is spent, set aside and counted of the budget ``of``."""
        b = budgets.c
        changed = update(budgets).where(b.scope == bindparam("of"))
        moved = {
            name: b[name] + bindparam(f"more_{name}", type_=BigInteger) for name in ("spent", "reserved")
        }
        moved["turns"] = b.turns + bindparam("more_turns", type_=Integer)
        return self._made(changed.values(moved))

    @cached_property
    def put_reservation(self) -> Statement:
        """Money, or only a place, set aside for a turn."""
        return self._made(self._insert(reservations, ("turn", "scope", "amount", "made_at")))

    @cached_property
    def settle_reservations(self) -> Statement:
        """The end of all reservations of ``of``."""
        changed = update(reservations).where(reservations.c.turn == bindparam("of"))
        ended: dict[str, Any] = {name: bindparam(name) for name in ("settled", "settled_at")}
        return self._made(changed.values(ended))

    def _insert(self, table: Table, names: Sequence[str]) -> Insert:
        new = postgresql_insert(table) if self._postgresql else sqlite_insert(table)
        return new.values({name: bindparam(name) for name in names}) if names else new

    def _among(self, found: Select[Any], column: ColumnElement[str]) -> Select[Any]:
        if self._postgresql:
            return found.where(column == any_(bindparam("ids", type_=ARRAY(String))))
        listed = func.json_each(bindparam("ids")).table_valued("value")
        return found.where(column.in_(select(listed.c.value)))

    def _made(self, statement: Any) -> Statement:
        compiled = statement.compile(dialect=self._dialect)
        assert isinstance(compiled, SQLCompiler)
        return Statement(compiled.string, tuple(compiled.positiontup or ()))


def _unless_taken() -> Select[Any]:
    """A message's row, unless another program has the same message."""
    given = {name: bindparam(name, type_=turns.c[name].type) for name in _MESSAGE}
    there = turns.alias()
    here = there.c.conversation == given["conversation"]
    one: ColumnElement[int] = literal_column("1")
    behind = select(func.max(there.c.position) + one).where(here).scalar_subquery()
    row = {**given, "position": func.greatest(given["position"], behind)}  # greatest() passes over a null
    other = exists().where(
        here,
        there.c.position >= given["position"] - literal_column(str(_NOT_KNOWN)),
        there.c.message == given["message"],
        there.c.replaced.is_(False),
        there.c.replica != given["replica"],
        there.c.id != given["id"],
    )
    return select(*row.values()).where(~other)


def _kept_reply() -> ColumnElement[str]:
    """The reply given, but none for a turn whose texts were forgotten meanwhile: a question is never null before."""
    return case((turns.c.question.is_(None), null()), else_=bindparam("reply", type_=turns.c.reply.type))


@cache
def _save_conversation(statements: Statements, columns: tuple[str, ...]) -> Statement:
    return statements._saved(columns)


@cache
def statements_for(dialect: str) -> Statements:
    """The statements of ``sqlite`` or ``postgresql``, as sqlite3 and asyncpg take them."""
    kind: type[Dialect] = PGDialect_asyncpg if dialect == "postgresql" else SQLiteDialect_pysqlite
    return Statements(kind())
