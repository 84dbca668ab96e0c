"""How long a prompt was, as estimated when its turn began: a turn that a crash cuts off is billed from it.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From 0002 to 0003."""
    op.add_column("receipts", sa.Column("sent_tokens", sa.Integer(), nullable=True))
