"""What was forgotten: programs that have such a conversation in memory look for it.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From 0001 to 0002."""
    op.add_column("conversations", sa.Column("forgotten_at", sa.BigInteger(), nullable=True))
    known = sa.text("forgotten_at IS NOT NULL")
    op.create_index(
        op.f("ix_conversations_forgotten_at"),
        "conversations",
        ["forgotten_at"],
        sqlite_where=known,
        postgresql_where=known,
    )
