"""Settling: what an attempt came to is written, once, by whoever still holds the claim. Inside a transaction."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from connectors.store.admission import Admission
from connectors.store.claims import At, Claimed, Result, Settlement, result
from connectors.store.keyring import Keyring
from connectors.store.objections import suppress
from connectors.store.rows import Row, leader_first, rows_led_by
from connectors.store.witnessing import Evidence, Witnessing
from connectors.store.writing import step
from pipelines.rules.doubt import first_look
from pipelines.rules.ledger import SETTLED, SUPERSEDED, WAITING, Event, State, move


@dataclass(frozen=True)
class Settling:
    """One settlement of one claim."""

    connection: Connection
    keyring: Keyring
    at: At
    claimed: Claimed

    def write(self, settlement: Settlement) -> Result:
        """If the row is not ours any more, a positive answer still counts as evidence; any other is dropped."""
        row = leader_first(rows_led_by(self.connection, [self.claimed.row.leader]))[0]
        if (row.state, row.epoch) != (State.INTENT, self.claimed.row.epoch):
            return result(self._late(row, settlement), self.claimed)
        if settlement.suppress:
            suppress(self.connection, self.keyring, self.claimed.message, settlement.reason, self.at.now)
        over = self._fall_back(row, settlement)
        values = self._values(row, settlement) | {"fallback": over[0].channel if over else ""}
        after = step(self.connection, row, settlement.event, self.at.machine, values)
        return result(after, self.claimed, over[0].leader if over else "")

    def _fall_back(self, row: Row, settlement: Settlement) -> tuple[Row, ...]:
        if not settlement.falls_back or row.withdrawn:
            return ()
        message = self.claimed.message
        admission = Admission(self.connection, self.keyring, message.shop, message.recipient)
        return admission.fall_back(message, self.at.now)

    def _values(self, row: Row, settlement: Settlement) -> dict[str, Any]:
        after = move(row.state, settlement.event, row.withdrawn)
        superseded = row.withdrawn and after == State.FAILED
        values: dict[str, Any] = {
            "reason": SUPERSEDED if superseded else settlement.reason,
            "due_at": settlement.due_at if after in WAITING else None,
            "decided_at": self.at.now,
        }
        if after in SETTLED:
            values["sealed"] = None
        if after == State.UNKNOWN:
            values |= {"looks": 0, "look_after": first_look(self.at.machine)}
        if settlement.provider_id:
            values |= Witnessing(self.connection, self.at).owned(row, settlement.provider, settlement.provider_id)
        return values

    def _late(self, row: Row, settlement: Settlement) -> Row:
        """The claim is not ours any more; but an id is evidence, whenever it comes."""
        if settlement.event != Event.ACCEPTED:
            return row
        late = Evidence(Event.SEEN_SENT, settlement.provider, settlement.provider_id, by="late answer")
        return Witnessing(self.connection, self.at).write(row, late)
