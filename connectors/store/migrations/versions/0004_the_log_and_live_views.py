"""The log on one machine, the views that people read, accepted bundles, the run's clock, and the cache of states."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and where a message goes and from whom to the ledger."""
    op.add_column("ledger", sa.Column("country", sa.String(2), nullable=False, server_default=""))
    op.add_column("ledger", sa.Column("sender", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "log",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("stream", sa.String(16), nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("event", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("log_recorded", "log", ["recorded_at"])
    op.create_table(
        "records",
        sa.Column("sort", sa.String(16), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("shop", sa.Text, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("parcel", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("sort", "name"),
    )
    op.create_index("records_order", "records", ["shop", "order_id"])
    op.create_index("records_recipient", "records", ["shop", "recipient"])
    op.create_index("records_parcel", "records", ["parcel"])
    op.create_index("records_at", "records", ["sort", "at"])
    op.create_table(
        "bundles",
        sa.Column("shop", sa.String(64), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("accepted_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("shop", "version"),
    )
    op.create_table(
        "clocks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("origin", sa.BigInteger, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("rate", sa.Float, nullable=False),
    )
    op.create_table(
        "cells",
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("actor", sa.String(16), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("wake_at", sa.BigInteger, nullable=True),
        sa.Column("cell", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("generation", "actor", "key"),
    )
    op.create_table(
        "progress",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("mark", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "context",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(32), nullable=False, unique=True),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("entry", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Take them away."""
    for name in ("context", "progress", "cells", "clocks", "bundles", "records", "log"):
        op.drop_table(name)
    op.drop_column("ledger", "sender")
    op.drop_column("ledger", "country")
