"""Whose turn it is: everything about one recipient happens one after another.

A claim looks at many rows: other generations, what took over on another channel, tombstones. On PostgreSQL, where a
statement may miss a row that another transaction is adding, a lock held to the end of the transaction makes those of
one recipient take turns. SQLite has one writer anyway.
"""

from collections.abc import Iterable
from hashlib import blake2b

from sqlalchemy import Connection, select, text

from connectors.store.schema import ledger

_LOCK = text(
    "SELECT pg_advisory_xact_lock(n) FROM (SELECT unnest(CAST(:people AS bigint[])) AS n ORDER BY 1) AS people"
)

Person = tuple[str, str]
"""Shop and recipient."""


def take_turn(connection: Connection, people: Iterable[Person]) -> None:
    """Wait until nobody else works on these recipients; must come first in a transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"people": sorted({_number(*person) for person in people})})


def take_turns_of(connection: Connection, leaders: Iterable[str]) -> None:
    """The same for the recipients of these messages."""
    if connection.dialect.name == "postgresql":
        asked = select(ledger.c.shop, ledger.c.recipient).where(ledger.c.key.in_(sorted(leaders)))
        take_turn(connection, [(found.shop, found.recipient) for found in connection.execute(asked)])


def _number(shop: str, recipient: str) -> int:
    """A lock's number: 64 bits, signed."""
    return int.from_bytes(blake2b(f"{shop}\0{recipient}".encode(), digest_size=8).digest(), signed=True)
