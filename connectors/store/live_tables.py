"""The tables that a live run keeps beside the ledger, as SQLAlchemy Core sees them."""

from sqlalchemy import BigInteger, Column, Float, Integer, LargeBinary, PrimaryKeyConstraint, String, Table, Text

from connectors.store.schema import metadata

bundles = Table(
    "bundles",
    metadata,
    Column("shop", String(64), nullable=False),
    Column("version", String(64), nullable=False),
    Column("accepted_at", BigInteger, nullable=False),  # message time
    Column("body", LargeBinary, nullable=False),  # the bundle as JSON; it never changes
    PrimaryKeyConstraint("shop", "version"),
)

clocks = Table(
    "clocks",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1: a store has one clock; without a row, the machine's
    Column("origin", BigInteger, nullable=False),  # message time ...
    Column("since", BigInteger, nullable=False),  # ... at this machine time
    Column("rate", Float, nullable=False),  # how many milliseconds go by in one; 0: it stands
)

cells = Table(
    "cells",
    metadata,
    Column("generation", Integer, nullable=False),  # of the rebuild that wrote it
    Column("actor", String(16), nullable=False),
    Column("key", Text, nullable=False),
    Column("wake_at", BigInteger, nullable=True),  # message time
    Column("cell", LargeBinary, nullable=False),
    PrimaryKeyConstraint("generation", "actor", "key"),
)

progress = Table(
    "progress",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("mark", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),  # machine time
)

context = Table(
    "context",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("name", String(32), nullable=False, unique=True),  # of the entry: the same again is one
    Column("recorded_at", BigInteger, nullable=False),
    Column("entry", LargeBinary, nullable=False),  # packed by `pipelines.rules.context`
    sqlite_autoincrement=True,
)
