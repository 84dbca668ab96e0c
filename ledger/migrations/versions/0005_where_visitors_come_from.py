"""Of a conversation: the kind of device it began on, and the site that led there.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From 0004 to 0005."""
    op.add_column("conversations", sa.Column("device", sa.String(length=24), nullable=True))
    op.add_column("conversations", sa.Column("referring_host", sa.String(length=253), nullable=True))
