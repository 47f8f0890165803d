"""Receipts in the store: they settle the ledger, and close addresses that do not exist or want no more.

Any number of times, in any order: a word that came before changes nothing, and nothing goes back.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from connectors.arrivals import Arrivals
from connectors.receipts.receipt import Receipt, Said
from connectors.receipts.resolving import events_of
from connectors.store.claims import At
from connectors.store.ledger import Ledger
from connectors.store.rows import Row
from connectors.store.schema import ledger as rows
from connectors.store.schema import suppressions
from connectors.store.witnessing import Evidence
from connectors.store.writing import add_once
from pipelines.rules.ledger import OPTED_OUT, Event
from schemas.times import Millis

EVENTS: dict[Said, Event] = {
    Said.TAKEN: Event.SEEN_SENT,
    Said.DELIVERED: Event.SEEN_DELIVERED,
    Said.UNDELIVERED: Event.SEEN_UNDELIVERED,
    Said.FAILED: Event.SEEN_UNDELIVERED,
}

_LAST_WORDS = frozenset({Said.DELIVERED, Said.UNDELIVERED, Said.FAILED})

BOUNCED = "bounced"
"""Why an address is closed that does not exist."""

_ADDRESS = select(rows.c.address, rows.c.key_id).where(rows.c.key == bindparam("wanted"))


@dataclass(frozen=True)
class Settled:
    """What a receipt came to: the message's leading row after it (None: none of ours), and what the log shall hear."""

    row: Row | None
    events: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Receiving:
    """Receipts, written into one store's ledger. `arrivals`: told of each last word that changed something, for
    the providers' shares."""

    ledger: Ledger
    arrivals: Arrivals | None = None

    def take(self, receipt: Receipt, machine: Millis) -> Settled:
        """Settle by one receipt. Publish the events before the provider is answered: should that fail, the provider
        comes again, and the same events come of it. Raises StoreDown."""
        at = At(receipt.at, machine)
        evidence = Evidence(
            EVENTS[receipt.said],
            receipt.provider,
            receipt.provider_id,
            receipt.key,
            reason=receipt.code,
            by=f"callback {receipt.status}",
        )
        row = self.ledger.witness(evidence, at)
        if row is None:
            return Settled(None)
        if receipt.opted_out or receipt.is_dead:
            self._close(row, OPTED_OUT if receipt.opted_out else BOUNCED, receipt.at)
        elif row.updated == machine:  # a dead address is no fault of a provider
            self._count(receipt)
        return Settled(row, tuple(events_of(receipt, row, receipt.at)))

    def _count(self, receipt: Receipt) -> None:
        if self.arrivals is not None and receipt.said in _LAST_WORDS:
            self.arrivals.saw(receipt.provider, receipt.said == Said.DELIVERED)

    def _close(self, row: Row, reason: str, since: Millis) -> None:
        with self.ledger.store.transaction() as connection:
            close_address(connection, row, reason, since)


def close_address(connection: Connection, row: Row, reason: str, since: Millis) -> None:
    """Let nothing of this shop go to the row's address by its channel, to this recipient, again. The address itself is
    not needed: the row has its hash."""
    found = connection.execute(_ADDRESS, {"wanted": row.leader}).first()
    if found is None or not found.address:
        return
    values = {"shop": row.shop, "channel": row.channel, "address": found.address, "recipient": row.recipient}
    add_once(connection, suppressions, values | {"key_id": found.key_id, "reason": reason, "since": since})
