"""Links that open and close, take a passcode and count messages; demos whose content is on record.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From 0003 to 0004."""
    op.add_column("demo_versions", sa.Column("content", sa.Text(), nullable=True))
    op.add_column("links", sa.Column("starts_at", sa.BigInteger(), nullable=True))
    op.add_column("links", sa.Column("expires_at", sa.BigInteger(), nullable=True))
    op.add_column("links", sa.Column("paused_at", sa.BigInteger(), nullable=True))
    op.add_column("links", sa.Column("revoked_at", sa.BigInteger(), nullable=True))
    op.add_column("links", sa.Column("passcode", sa.String(length=200), nullable=True))
    op.add_column("links", sa.Column("passcode_failures", sa.Integer(), server_default="0", nullable=False))
    op.add_column("links", sa.Column("locked_until", sa.BigInteger(), nullable=True))
    op.add_column("links", sa.Column("origins", sa.JSON(), nullable=True))
    op.add_column("links", sa.Column("overrides", sa.JSON(), nullable=True))
    op.add_column("links", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.add_column("links", sa.Column("author", sa.String(length=100), nullable=True))
    op.add_column("links", sa.Column("note", sa.Text(), nullable=True))
    op.add_column("budgets", sa.Column("allowed_turns", sa.Integer(), nullable=True))
    op.add_column("budgets", sa.Column("turns", sa.Integer(), server_default="0", nullable=False))
