"""What the customers' pages are opened by, what customers wished on them, and how it was."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "links",
        sa.Column("code", sa.String(16), primary_key=True),
        sa.Column("shop", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("kept_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("links_recipient", "links", ["shop", "recipient"])
    op.create_table(
        "preferences",
        sa.Column("shop", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("wishes", sa.LargeBinary, nullable=False),
        sa.Column("before", sa.LargeBinary, nullable=True),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("shop", "recipient"),
    )
    op.create_table(
        "feedback",
        sa.Column("shop", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("mark", sa.Integer, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("shop", "recipient", "order_id"),
    )
    op.create_index("feedback_order", "feedback", ["shop", "order_id"])


def downgrade() -> None:
    """Take them away."""
    for name in ("feedback", "preferences", "links"):
        op.drop_table(name)
