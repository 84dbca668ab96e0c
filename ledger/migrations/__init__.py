"""The way from any earlier state of the database to the tables of today, walked at every start."""

from ledger.migrations.apply import (
    VERSION_TABLE,
    is_current,
    migrating,
    newest,
    revision_of,
    revisions,
    upgrade,
    upgrade_within,
)

__all__ = [
    "VERSION_TABLE",
    "is_current",
    "migrating",
    "newest",
    "revision_of",
    "revisions",
    "upgrade",
    "upgrade_within",
]
