"""What the store holds against sending: addresses that asked to be left alone, and what should not have happened."""

from sqlalchemy import Connection, bindparam, func, select

from connectors.store.keyring import Keyring
from connectors.store.schema import incidents, suppressions
from connectors.store.writing import add_once
from schemas.messages import Message
from schemas.times import Millis

TWO_IDS = "two_ids_for_one_key"  # a message was taken twice
ID_OF_ANOTHER = "id_owned_by_another"
SENT_THOUGH_FAILED = "sent_though_failed"  # taken, though we had counted on its not being

FOR_ALL = ""
"""The recipient of a suppression that holds for everyone with that address."""

_SUPPRESSED = select(suppressions.c.since).where(
    suppressions.c.shop == bindparam("shop"),
    suppressions.c.channel == bindparam("channel"),
    suppressions.c.address.in_(bindparam("addresses", expanding=True)),
    suppressions.c.recipient.in_(bindparam("recipients", expanding=True)),
)


def suppress(connection: Connection, keyring: Keyring, message: Message, reason: str, now: Millis) -> None:
    """Let nothing of this shop go to the message's address on its channel again. The address stands as a hash.

    It holds for this recipient; others who share the address learn it from the log, so that what one recipient is told
    does not depend on which of them came first.
    """
    address = keyring.addresses(message.shop, message.channel, message.to)[0]
    values = {"shop": message.shop, "channel": message.channel, "address": address}
    values |= {"recipient": message.recipient}
    add_once(connection, suppressions, values | {"key_id": keyring.current, "reason": reason, "since": now})


def is_suppressed(connection: Connection, keyring: Keyring, message: Message) -> bool:
    """Has this address been suppressed for the message's shop, channel and recipient?"""
    addresses = keyring.addresses(message.shop, message.channel, message.to)
    asked: dict[str, object] = {"shop": message.shop, "channel": message.channel, "addresses": addresses}
    asked |= {"recipients": (message.recipient, FOR_ALL)}
    return connection.execute(_SUPPRESSED, asked).first() is not None


def record_incident(connection: Connection, key: str, what: str, detail: str, at: Millis) -> None:
    """Count something that the protocol rules out while its assumptions hold: one of the words above."""
    connection.execute(incidents.insert().values(key=key, what=what, detail=detail, at=at))


def incident_counts(connection: Connection) -> dict[str, int]:
    """How often each kind of incident happened."""
    query = select(incidents.c.what, func.count().label("times")).group_by(incidents.c.what)
    return {found.what: found.times for found in connection.execute(query)}
