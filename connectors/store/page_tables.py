"""The tables behind the customers' pages, as SQLAlchemy Core sees them. A recipient stands in them by id alone."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, String, Table, Text

from connectors.store.schema import metadata

links = Table(
    "links",
    metadata,
    Column("code", String(16), primary_key=True),
    Column("shop", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("order_id", Text, nullable=False, default=""),  # "": of no order
    Column("scope", Text, nullable=False),  # as `templates.links` writes it
    Column("kept_at", BigInteger, nullable=False),  # message time of the newest message that it stood in
    Column("expires_at", BigInteger, nullable=False),  # message time
    Index("links_recipient", "shop", "recipient"),
)

preferences = Table(
    "preferences",
    metadata,
    Column("shop", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("wishes", LargeBinary, nullable=False),  # packed by `connectors.store.preferences`
    Column("before", LargeBinary, nullable=True),  # what an undo brings back
    Column("changed_at", BigInteger, nullable=False),  # message time
    PrimaryKeyConstraint("shop", "recipient"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("shop", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("mark", Integer, nullable=False),  # 1 to 5
    Column("words", Text, nullable=False, default=""),
    Column("at", BigInteger, nullable=False),  # message time of the newest mark
    PrimaryKeyConstraint("shop", "recipient", "order_id"),
    Index("feedback_order", "shop", "order_id"),
)
