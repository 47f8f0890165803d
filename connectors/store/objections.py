"""What the store holds against sending: addresses that asked to be left alone, and what should not have happened."""

from sqlalchemy import Connection, bindparam, func, select

from connectors.store.keyring import Keyring
from connectors.store.schema import incidents, suppressions
from connectors.store.writing import add_once
from schemas.messages import Message
from schemas.times import Millis

_SUPPRESSED = select(suppressions.c.since).where(
    suppressions.c.shop == bindparam("shop"),
    suppressions.c.channel == bindparam("channel"),
    suppressions.c.address.in_(bindparam("addresses", expanding=True)),
)


def suppress(connection: Connection, keyring: Keyring, message: Message, reason: str, now: Millis) -> None:
    """Let nothing of this shop go to the message's address on its channel again. The address stands as a hash."""
    address = keyring.addresses(message.shop, message.channel, message.to)[0]
    values = {"shop": message.shop, "channel": message.channel, "address": address}
    add_once(connection, suppressions, values | {"key_id": keyring.current, "reason": reason, "since": now})


def is_suppressed(connection: Connection, keyring: Keyring, message: Message) -> bool:
    """Has this address been suppressed for the message's shop and channel?"""
    addresses = keyring.addresses(message.shop, message.channel, message.to)
    asked = {"shop": message.shop, "channel": message.channel, "addresses": addresses}
    return connection.execute(_SUPPRESSED, asked).first() is not None


def record_incident(connection: Connection, key: str, what: str, detail: str, at: Millis) -> None:
    """Count something that the protocol rules out: `two_ids_for_one_key`, `id_owned_by_another`."""
    connection.execute(incidents.insert().values(key=key, what=what, detail=detail, at=at))


def incident_counts(connection: Connection) -> dict[str, int]:
    """How often each kind of incident happened."""
    query = select(incidents.c.what, func.count().label("times")).group_by(incidents.c.what)
    return {found.what: found.times for found in connection.execute(query)}
