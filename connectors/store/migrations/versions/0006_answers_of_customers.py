"""Answers that were dealt with, and addresses that are found by their hash."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the index."""
    op.create_table(
        "replies",
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("ledger_address", "ledger", ["address"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ledger_address", "ledger")
    op.drop_table("replies")
