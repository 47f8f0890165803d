"""With which secrets a store's keys and hashes were made."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "secrets",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("fingerprint", sa.String(32), nullable=False),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("secrets")
