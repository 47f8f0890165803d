"""Doubts are counted, restores are fenced, and what others name may be of any length."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WIDER = {
    "ledger": ("shop", "recipient", "order_id", "subject", "occurrence", "reason", "provider_id"),
    "suppressions": ("shop", "recipient", "reason"),
}
_ADDED = (("doubts", sa.Integer), ("claimed_at", sa.BigInteger))


def upgrade() -> None:
    """Add columns, an index and a table; SQLite does not look at lengths, PostgreSQL does."""
    for name, kind in _ADDED:
        op.add_column("ledger", sa.Column(name, kind, nullable=False, server_default="0"))
    op.create_index("ledger_look", "ledger", ["state", "look_after"])
    op.create_table(
        "fences",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    if op.get_context().dialect.name == "postgresql":
        for table, columns in _WIDER.items():
            for column in columns:
                op.alter_column(table, column, type_=sa.Text)


def downgrade() -> None:
    """Take them away; what is wider stays so."""
    op.drop_table("fences")
    op.drop_index("ledger_look", "ledger")
    for name, _ in reversed(_ADDED):
        op.drop_column("ledger", name)
