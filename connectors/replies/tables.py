"""The table of answers that were dealt with lately, as SQLAlchemy Core sees it."""

from sqlalchemy import BigInteger, Column, String, Table

from connectors.store.schema import metadata

replies = Table(
    "replies",
    metadata,
    Column("name", String(128), primary_key=True),  # the provider's id of the answer; nothing of its words or sender
    Column("at", BigInteger, nullable=False),  # message time
)
