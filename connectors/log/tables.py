"""The log's table in the store, as SQLAlchemy Core sees it."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table

from connectors.store.schema import metadata

log = Table(
    "log",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("stream", String(16), nullable=False),
    Column("recorded_at", BigInteger, nullable=False),  # never goes back from one position to the next
    Column("event", LargeBinary, nullable=False),  # a structured CloudEvent
    Index("log_recorded", "recorded_at"),
    sqlite_autoincrement=True,  # a position is never used again, also after old entries were removed
)
