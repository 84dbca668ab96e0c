"""Of a conversation: the replica that had it in memory last.

Revision 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From 0006 to 0007."""
    op.add_column("conversations", sa.Column("replica", sa.String(length=36), nullable=True))
