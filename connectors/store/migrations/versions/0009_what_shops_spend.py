"""What each shop's SMS cost in a day, for its budget."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "spending",
        sa.Column("shop", sa.String(64), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("spent", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("shop", "day"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("spending")
