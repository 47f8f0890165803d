"""The tables of the store, as SQLAlchemy Core sees them. A change here is a new migration beside `migrations/versions`.

Addresses stand only as keyed hashes; words only sealed, and only while a message is not settled. Times are
milliseconds: `*_at` of the customer's clock (message time), `*_until` and `*_deadline` of leases in machine time.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

ledger = Table(
    "ledger",
    metadata,
    Column("key", String(32), primary_key=True),  # of the slot on this channel
    Column("key_id", String(16), nullable=False),  # which secret made the key
    Column("leader", String(32), nullable=False),  # key that the message carries; = key on the row that leads
    Column("message", String(32), nullable=False, default=""),  # names the message among those that share slots
    Column("shop", Text, nullable=False),  # what others name may be of any length
    Column("recipient", Text, nullable=False),
    Column("order_id", Text, nullable=False, default=""),
    Column("subject", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("occurrence", Text, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("epoch", Integer, nullable=False, default=0),
    Column("attempt", Integer, nullable=False, default=0),
    Column("withdrawn", Boolean, nullable=False, default=False),  # the mark of Withdraw on a row in flight
    Column("fallback", String(16), nullable=False, default=""),  # channel that took over after a refusal
    Column("owner", String(64), nullable=False, default=""),
    Column("lease_until", BigInteger, nullable=False, default=0),  # machine time
    Column("last_post_deadline", BigInteger, nullable=False, default=0),  # machine time
    Column("looks", Integer, nullable=False, default=0),  # look-ups of this doubt that found nothing
    Column("look_after", BigInteger, nullable=False, default=0),  # machine time of the next one
    Column("doubts", Integer, nullable=False, default=0),  # how often it was in doubt and then not to be found
    Column("due_at", BigInteger, nullable=True),  # message time; of all that is unsettled
    Column("claimed_at", BigInteger, nullable=False, default=0),  # message time of the first claim
    Column("valid_until", BigInteger, nullable=False, default=0),  # message time
    Column("decided_at", BigInteger, nullable=False, default=0),  # message time of the last change of state
    Column("on_unknown", String(16), nullable=False, default="reconcile"),
    Column("address", String(64), nullable=False, default=""),  # keyed hash
    Column("country", String(2), nullable=False, default=""),
    Column("sender", Text, nullable=False, default=""),
    Column("sealed", LargeBinary, nullable=True),  # the rendered message, on the leading row
    Column("provider", String(32), nullable=False, default=""),
    Column("provider_id", Text, nullable=True),
    Column("evidence", Text, nullable=False, default="[]"),  # JSON list of what the provider said
    Column("updated", BigInteger, nullable=False, default=0),  # machine time
    UniqueConstraint("provider", "provider_id", name="one_owner_of_a_provider_id"),
    Index("ledger_due", "state", "due_at"),
    Index("ledger_recipient", "shop", "recipient"),
    Index("ledger_leader", "leader"),
    Index("ledger_lease", "state", "lease_until"),
    Index("ledger_look", "state", "look_after"),
    Index("ledger_address", "address"),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("shop", Text, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("address", String(64), nullable=False),  # keyed hash
    Column("recipient", Text, nullable=False),  # whose refusal taught it; "" holds for all
    Column("key_id", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", BigInteger, nullable=False),  # message time
    PrimaryKeyConstraint("shop", "channel", "address", "recipient"),
)

realms = Table(
    "realms",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1: a store has one realm
    Column("name", String(200), nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("fingerprint", String(32), nullable=False),  # tells a secret from another, and nothing of it
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String(32), nullable=False),
    Column("what", String(64), nullable=False),  # see `objections.record_incident`
    Column("detail", Text, nullable=False, default=""),
    Column("at", BigInteger, nullable=False),  # machine time
)

fences = Table(
    "fences",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("since", BigInteger, nullable=False),  # message time to which the store was restored
    Column("until", BigInteger, nullable=False),  # message time of the fencing
    Column("at", BigInteger, nullable=False),  # machine time of the fencing
)
