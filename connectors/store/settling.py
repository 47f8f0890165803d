"""Settling: what an attempt came to is written, once, by whoever still holds the claim. Inside a transaction."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from connectors.store.admission import Admission
from connectors.store.claims import At, Claimed, Result, Settlement, result
from connectors.store.keyring import Keyring
from connectors.store.objections import record_incident, suppress
from connectors.store.rows import Row, leader_first, rows_led_by
from connectors.store.schema import ledger
from connectors.store.writing import step
from pipelines.rules.ledger import SETTLED, SUPERSEDED, WAITING, Event, State, move

_OWNER = select(ledger.c.key).where(ledger.c.provider == bindparam("by"), ledger.c.provider_id == bindparam("its_id"))


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
        return values | (self._owned(row, settlement) if settlement.provider_id else {})

    def _owned(self, row: Row, settlement: Settlement) -> dict[str, Any]:
        """The provider's id, unless another row owns it: that is an incident, counted and never hidden."""
        owner = self.connection.scalar(_OWNER, {"by": settlement.provider, "its_id": settlement.provider_id})
        if owner in (None, row.key):
            return {"provider": settlement.provider, "provider_id": settlement.provider_id}
        self._incident(row, "id_owned_by_another", settlement)
        return {"provider": settlement.provider}

    def _late(self, row: Row, settlement: Settlement) -> Row:
        if settlement.event != Event.ACCEPTED or row.provider_id == settlement.provider_id:
            return row
        if move(row.state, Event.SEEN_SENT) is None:
            self._incident(row, "two_ids_for_one_key", settlement)
            return row
        seen = [{"id": settlement.provider_id, "by": "late answer", "at": self.at.now}]
        values = self._values(row, settlement) | {"sealed": None, "due_at": None, "evidence": json.dumps(seen)}
        return step(self.connection, row, Event.SEEN_SENT, self.at.machine, values)

    def _incident(self, row: Row, what: str, settlement: Settlement) -> None:
        record_incident(self.connection, row.key, what, settlement.provider_id, self.at.machine)
