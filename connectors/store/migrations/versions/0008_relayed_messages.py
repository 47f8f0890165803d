"""Which Pub/Sub messages are in the log already: one that comes again is one event."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "relayed",
        sa.Column("message", sa.String(200), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("relayed_at", "relayed", ["at"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("relayed")
