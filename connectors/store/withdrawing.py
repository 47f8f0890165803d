"""Withdrawing: what waits will not go, what is in flight keeps the mark, what never came finds a tombstone."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.store.admission import Admission, chain, places
from connectors.store.claims import At, Settled
from connectors.store.keyring import Keyring
from connectors.store.rows import Row, by_leader, rows_led_by
from connectors.store.writing import step
from pipelines.rules.ledger import IN_DOUBT, SUPERSEDED_IN_DOUBT, Event, State, move
from schemas.messages import Channel, Withdraw


@dataclass(frozen=True)
class Withdrawing:
    """One withdrawal, inside the caller's transaction."""

    connection: Connection
    keyring: Keyring
    at: At

    def of(self, withdrawal: Withdraw) -> list[Settled]:
        """Apply it; the messages that failed by it. A merged message goes whole; so does what took over from one."""
        admission = Admission(self.connection, self.keyring, withdrawal.shop, withdrawal.recipient)
        wanted = places(withdrawal)
        everywhere = [(slot, str(channel), generation) for slot, _, generation in wanted for channel in Channel]
        found = admission.find([*wanted, *everywhere])
        admission.bury([place for place in wanted if place not in found], self.at.now, withdrawal.reason)
        leaders = {row.leader for place in wanted for row in chain(found, place)}
        groups = by_leader(rows_led_by(self.connection, leaders))
        return [gone for rows in groups for gone in self._withdraw(admission, rows, withdrawal.reason)]

    def _withdraw(self, admission: Admission, rows: Sequence[Row], reason: str) -> list[Settled]:
        row = rows[0]
        after = move(row.state, Event.WITHDRAW)
        if after is None:
            return []
        if after != State.FAILED:
            step(self.connection, row, Event.WITHDRAW, self.at.machine, {"withdrawn": True})
            return []
        message = admission.open(row)
        doubted = row.state == State.PARKED and row.reason == IN_DOUBT
        values = {
            "reason": SUPERSEDED_IN_DOUBT if doubted else reason,
            "withdrawn": True,
            "epoch": row.epoch + 1,
            "due_at": None,
            "sealed": None,
            "decided_at": self.at.now,
        }
        gone = step(self.connection, row, Event.WITHDRAW, self.at.machine, values)
        return [Settled(gone, tuple(each.slot for each in rows), message)]
