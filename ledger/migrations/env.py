"""Alembic runs this for every command; whoever gives the command hands a connection over, in a transaction."""

from typing import Any, Literal

from alembic import context

from ledger.columns import Instant, Money
from ledger.migrations.apply import VERSION_TABLE
from ledger.tables import metadata


def plain_type(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """A migration names the column's own type: what our Python makes of it may change later."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Money | Instant) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_item=plain_type,
    render_as_batch=connection.dialect.name == "sqlite",  # it has no ALTER to speak of
)
context.run_migrations()
