"""Witnessing: what proves that a provider took a message wins over every doubt, whoever brings it and whenever.

Inside the caller's transaction. What should not have happened is an incident: counted once, never hidden.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from connectors.store.claims import At
from connectors.store.objections import ID_OF_ANOTHER, SENT_THOUGH_FAILED, TWO_IDS, record_incident
from connectors.store.rows import Row, has_evidence, leader_first, rows_by_key, rows_led_by, with_evidence
from connectors.store.schema import ledger
from connectors.store.writing import step
from pipelines.rules.ledger import Event, State, move

_OWNER = select(ledger.c.key).where(ledger.c.provider == bindparam("by"), ledger.c.provider_id == bindparam("its_id"))


@dataclass(frozen=True)
class Evidence:
    """A provider has (or had) a message: `event` is SEEN_SENT, SEEN_DELIVERED or SEEN_UNDELIVERED. `key` is what we
    attached, if it came back; without it the provider's id must be known. `by`: a callback, a late answer."""

    event: Event
    provider: str
    provider_id: str
    key: str = ""
    reason: str = ""
    by: str = "callback"


@dataclass(frozen=True)
class Witnessing:
    """One piece of evidence, written."""

    connection: Connection
    at: At

    def named(self, evidence: Evidence) -> list[str]:
        """Keys that it may be about. Read without a lock: who locks a row before it is his turn blocks the one whose
        turn it is."""
        owner = self.owner(evidence.provider, evidence.provider_id)
        return [key for key in (evidence.key, owner) if key]

    def find(self, evidence: Evidence) -> Row | None:
        """The leading row that it is about; None if it is none of ours."""
        found = rows_by_key(self.connection, [evidence.key]) if evidence.key else []
        owner = found[0].key if found else self.owner(evidence.provider, evidence.provider_id)
        rows = rows_by_key(self.connection, [owner]) if owner else []
        return leader_first(rows_led_by(self.connection, [rows[0].leader]))[0] if rows else None

    def owner(self, provider: str, provider_id: str) -> str | None:
        """The key of the row that owns a provider's id."""
        return self.connection.scalar(_OWNER, {"by": provider, "its_id": provider_id})

    def write(self, row: Row, evidence: Evidence) -> Row:
        """The row after it. A second id, or one that another row owns, changes nothing but the count of incidents."""
        after = move(row.state, evidence.event)
        if row.provider_id not in (None, evidence.provider_id):
            return self._incident(row, TWO_IDS, evidence)
        if row.state == State.FAILED:
            return self._incident(row, SENT_THOUGH_FAILED, evidence)
        if after is None:
            return row
        owned = self.owned(row, evidence.provider, evidence.provider_id)
        return step(self.connection, row, evidence.event, self.at.machine, owned | self._values(row, evidence))

    def owned(self, row: Row, provider: str, provider_id: str) -> dict[str, Any]:
        """The columns of a provider's id, unless another row owns it."""
        if self.owner(provider, provider_id) in (None, row.key):
            return {"provider": provider, "provider_id": provider_id}
        record_incident(self.connection, row.key, ID_OF_ANOTHER, f"{provider} {provider_id}", self.at.machine)
        return {"provider": provider}

    def _values(self, row: Row, evidence: Evidence) -> dict[str, Any]:
        return {
            "reason": evidence.reason,
            "due_at": None,
            "sealed": None,
            "decided_at": self.at.now,
            "evidence": with_evidence(row.evidence, evidence.provider_id, evidence.by, self.at.now),
        }

    def _incident(self, row: Row, what: str, evidence: Evidence) -> Row:
        if has_evidence(row.evidence, evidence.provider_id):
            return row
        detail = f"{evidence.provider} {evidence.provider_id}"
        record_incident(self.connection, row.key, what, detail, self.at.machine)
        noted = with_evidence(row.evidence, evidence.provider_id, evidence.by, self.at.now)
        self.connection.execute(ledger.update().where(ledger.c.key == row.key).values(evidence=noted))
        return row
