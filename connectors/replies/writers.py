"""Who wrote: a customer's address and the sender that it was answered, resolved by the ledger's hashes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, func, select

from connectors.replies.tables import replies
from connectors.store.keyring import Keyring
from connectors.store.objections import FOR_ALL
from connectors.store.schema import ledger, suppressions
from connectors.store.writing import add_once
from pipelines.rules.ledger import OPTED_OUT
from schemas.messages import Channel
from schemas.shops import Bundle
from schemas.times import DAY, Millis

REMEMBERED: Millis = 30 * DAY
"""For how long an answer is known again. Providers repeat one for three days at most; copies by hand take longer."""

_WRITERS = (
    select(ledger.c.recipient, ledger.c.order_id, func.max(ledger.c.decided_at).label("at"))
    .where(
        ledger.c.address.in_(bindparam("addresses", expanding=True)),
        ledger.c.shop == bindparam("shop"),
        ledger.c.channel == bindparam("channel"),
    )
    .group_by(ledger.c.recipient, ledger.c.order_id)
)


@dataclass(frozen=True)
class Address:
    """Where somebody wrote from, within one shop: the hashes under every secret, today's first."""

    shop: str
    channel: str
    hashes: tuple[str, ...]


@dataclass(frozen=True)
class Writer:
    """A recipient who has this address, the order that was spoken of last ("" if none), and when (message time)."""

    shop: str
    recipient: str
    order: str
    at: Millis


def address_of(keyring: Keyring, shop: str, channel: str, address: str) -> Address:
    """The address as the store knows it."""
    return Address(shop, channel, keyring.addresses(shop, channel, address))


def writers(connection: Connection, address: Address) -> list[Writer]:
    """Every recipient of the shop who was ever to be written to at this address, the latest first."""
    asked = {"addresses": address.hashes, "shop": address.shop, "channel": address.channel}
    latest: dict[str, Writer] = {}
    for recipient, order, at in connection.execute(_WRITERS, asked):
        known = latest.get(recipient)
        if known is None or at > known.at:
            latest[recipient] = Writer(address.shop, recipient, order, at)
    return sorted(latest.values(), key=lambda writer: (-writer.at, writer.recipient))


def mute(connection: Connection, address: Address, key_id: str, since: Millis) -> None:
    """Let nothing of this shop go to the address, whoever has it, until they ask for it again."""
    row = {"shop": address.shop, "channel": address.channel, "address": address.hashes[0], "recipient": FOR_ALL}
    add_once(connection, suppressions, row | {"key_id": key_id, "reason": OPTED_OUT, "since": since})


def unmute(connection: Connection, address: Address) -> None:
    """What the owner asked for is taken back; an address that does not exist stays closed."""
    connection.execute(
        delete(suppressions).where(
            suppressions.c.shop == address.shop,
            suppressions.c.channel == address.channel,
            suppressions.c.address.in_(address.hashes),
            suppressions.c.reason == OPTED_OUT,
        )
    )


def shops_of_sender(bundles: Mapping[str, Mapping[str, Bundle]], sender: str) -> list[str]:
    """The shops that send SMS from this number, or did in any accepted version of their bundle."""
    return sorted(
        shop
        for shop, versions in bundles.items()
        if any(one.sender == sender for bundle in versions.values() for one in bundle.sms.values())
    )


def shops_of_mailbox(bundles: Mapping[str, Mapping[str, Bundle]], mailboxes: Iterable[str]) -> list[str]:
    """The shops whose mail comes from, or is answered to, one of these addresses."""
    wanted = {mailbox.strip().lower() for mailbox in mailboxes}
    return sorted(
        shop
        for shop, versions in bundles.items()
        if any({bundle.email.address.lower(), bundle.email.reply_to.lower()} & wanted for bundle in versions.values())
    )


def is_heeded(connection: Connection, name: str) -> bool:
    """Was this answer dealt with before?"""
    return connection.scalar(select(replies.c.at).where(replies.c.name == name)) is not None


def remember(connection: Connection, name: str, at: Millis) -> None:
    """This answer is dealt with. Those of long ago, of which nobody comes with a copy any more, are let go."""
    add_once(connection, replies, {"name": name, "at": at})
    connection.execute(delete(replies).where(replies.c.at < at - REMEMBERED))


SMS, EMAIL = str(Channel.SMS), str(Channel.EMAIL)
