"""What a database's tables look like, and rows for each of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, func, insert, inspect, select
from sqlalchemy.types import BigInteger, Boolean, Float, Integer

from ledger.migrations import newest

#: Columns that take certain words only.
WORDS = {"audience": "visitor", "outcome": "won", "kind": "edit", "language": "vi"}


def shape(connection: Connection, without: str = "") -> dict[str, dict[str, Any]]:
    """Table -> columns, keys, constraints and indexes, comparable."""
    found = inspect(connection)
    return {
        name: {
            "columns": [
                (c["name"], str(c["type"]), c["nullable"], c["default"]) for c in found.get_columns(name)
            ],
            "key": found.get_pk_constraint(name),
            "foreign": _sorted(found.get_foreign_keys(name)),
            "unique": _sorted(found.get_unique_constraints(name)),
            "checks": _sorted(found.get_check_constraints(name)),
            "indexes": [_index(index) for index in _sorted(found.get_indexes(name))],
        }
        for name in found.get_table_names()
        if name != without
    }


def _index(index: Mapping[str, Any]) -> list[Any]:
    conditions = {name: str(said) for name, said in index.get("dialect_options", {}).items()}
    return [index["name"], index["column_names"], index["unique"], conditions]


def _sorted(items: Any) -> list[Mapping[str, Any]]:
    return sorted(items, key=lambda item: str(item["name"]))


def reflected(connection: Connection) -> MetaData:
    """The tables as the database describes them."""
    found = MetaData()
    found.reflect(connection)
    return found


def fill(connection: Connection, rows: int = 3) -> dict[str, int]:
    """Put rows into every table, each value of the column's own kind; table -> how many stand there now."""
    tables = [table for table in reflected(connection).sorted_tables if table.name != "ledger_version"]
    for table in tables:
        connection.execute(insert(table), [_row(table, number) for number in range(rows)])
    return counts(connection)


def counts(connection: Connection) -> dict[str, int]:
    """Table -> rows."""
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0
        for table in reflected(connection).sorted_tables
    }


def _row(table: Table, number: int) -> dict[str, Any]:
    return {column.name: _value(column, number) for column in table.columns}


def _value(column: Column[Any], number: int) -> Any:
    """Row n refers to row n of another table, and differs from its sisters in every column."""
    if column.name in WORDS:
        return WORDS[column.name]
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, BigInteger | Integer):
        return number + 1
    if isinstance(column.type, Float):
        return number / 8
    if column.type.python_type is dict:
        return {"tính": number}
    return f"ấ{number}"


def write_revision(file: Path, *steps: str) -> None:
    """A revision after the newest one."""
    head = (
        f'from alembic import op\nimport sqlalchemy as sa\nrevision = "9999"\ndown_revision = "{newest()}"\n'
    )
    file.write_text(head + "def upgrade():\n" + "".join(f"    {step}\n" for step in steps))
