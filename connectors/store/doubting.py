"""Doubting: what is in flight with nobody behind it comes into doubt, and what a look-up found is written.

Inside the caller's transaction. Each look is compare-and-set: of two workers that looked at once, one counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from connectors.store.admission import Admission
from connectors.store.claims import At, Result, Taken, result
from connectors.store.keyring import Keyring
from connectors.store.objections import TWO_IDS, record_incident
from connectors.store.rows import Row, with_evidence
from connectors.store.schema import ledger
from connectors.store.writing import step
from pipelines.rules.doubt import SKEW, Doubt, Next, after_look, first_look, without_answer, without_look
from pipelines.rules.ledger import IN_DOUBT, LEASE_OVER, SUPERSEDED, SUPERSEDED_IN_DOUBT, Event, Identity, State, move
from schemas.messages import Message, Slot
from schemas.times import Millis

Found = tuple[str, str]
"""A provider and its id for a message."""

_OWNED = select(ledger.c.provider, ledger.c.provider_id).where(
    ledger.c.provider_id.in_(bindparam("ids", expanding=True)), ledger.c.leader != bindparam("but")
)


@dataclass(frozen=True)
class Doubted:
    """To be looked up at the provider now: `message`, made between `since` and `until` (message time), with any of
    `keys` attached (this message's under every secret)."""

    row: Row
    slots: tuple[Slot, ...]
    message: Message
    keys: tuple[str, ...]
    since: Millis
    until: Millis


@dataclass(frozen=True)
class Sighting:
    """What a look-up gave: what was found, or that the provider did not answer this time (`answered`), or never will
    (`possible`)."""

    found: tuple[Found, ...] = ()
    answered: bool = True
    possible: bool = True


@dataclass(frozen=True)
class Doubting:
    """One worker's doubts. `at` is now, on both clocks."""

    connection: Connection
    keyring: Keyring
    at: At

    def open(self, rows: Sequence[Row]) -> Doubted | Taken | None:
        """What to look up of a message, the leading row first; Taken if it is not time yet, None if it is in no
        doubt."""
        if not rows or rows[0].state not in (State.INTENT, State.UNKNOWN):
            return None
        row = self.take_over(rows[0])
        slots, message = tuple(each.slot for each in rows), self._admission(row).open(row)
        if row.state == State.INTENT or row.look_after > self.at.machine:
            return Taken(row, slots, message)
        since = min(row.claimed_at or message.at, message.at) - SKEW
        until = max(self.at.now, row.decided_at) + SKEW  # a run that begins anew may be earlier than its claim was
        return Doubted(row, slots, message, self._keys(row), since, until)

    def take_over(self, row: Row) -> Row:
        """A claim whose lease is over is in doubt; never back to NEW."""
        if row.state != State.INTENT or row.lease_until > self.at.machine:
            return row
        values = {"reason": LEASE_OVER, "epoch": row.epoch + 1, "looks": 0}
        values |= {"decided_at": max(self.at.now, row.decided_at), "look_after": first_look(row.lease_until)}
        return step(self.connection, row, Event.LEASE_OVER, self.at.machine, values)

    def write(self, doubted: Doubted, row: Row, sighting: Sighting) -> Result:
        """`row` is the leading row as it is now; if it has changed since the look, the look is dropped."""
        if (row.state, row.epoch) != (State.UNKNOWN, doubted.row.epoch):
            return result(row, doubted)
        ids = self._free(sighting.found, row)
        todo = self._next(row, sighting, len(ids), self.at.now - doubted.message.valid_until)
        values = self._values(row, todo) | self._adopted(row, ids)
        for provider, provider_id in ids[1:]:
            record_incident(self.connection, row.key, TWO_IDS, f"{provider} {provider_id}", self.at.machine)
        return result(step(self.connection, row, todo.event, self.at.machine, values), doubted)

    def _next(self, row: Row, sighting: Sighting, found: int, over: Millis) -> Next:
        if not sighting.possible and not found:
            return without_look(row.on_unknown)
        if not sighting.answered and not found:
            return without_answer(over)
        return after_look(found, Doubt(row.looks, row.doubts, row.on_unknown))

    def _values(self, row: Row, todo: Next) -> dict[str, Any]:
        after = move(row.state, todo.event, row.withdrawn)
        values: dict[str, Any] = {"epoch": row.epoch + 1}
        if todo.event == Event.LOOK_AGAIN:
            return values | {"looks": row.looks + todo.looked, "look_after": self.at.machine + todo.wait}
        values |= {"reason": todo.reason, "decided_at": self.at.now, "looks": 0, "look_after": 0}
        if after == State.NEW:
            values |= {"due_at": self.at.now + todo.wait, "doubts": row.doubts + 1}
        if after == State.FAILED:
            in_doubt = todo.reason == IN_DOUBT
            values |= {"reason": SUPERSEDED_IN_DOUBT if in_doubt else SUPERSEDED}
        return values | ({"sealed": None} if after in (State.SENT, State.FAILED) else {})

    def _adopted(self, row: Row, ids: Sequence[Found]) -> dict[str, Any]:
        if not ids:
            return {}
        provider, provider_id = ids[0]
        evidence = row.evidence
        for _, each in ids:
            evidence = with_evidence(evidence, each, "look-up", self.at.now)
        return {"provider": provider, "provider_id": provider_id, "evidence": evidence}

    def _free(self, found: Iterable[Found], row: Row) -> list[Found]:
        """What was found and no other row owns, in the provider's order."""
        wanted = list(dict.fromkeys(found))
        if not wanted:
            return []
        asked = {"ids": [provider_id for _, provider_id in wanted], "but": row.leader}
        owned = {(each.provider, each.provider_id) for each in self.connection.execute(_OWNED, asked)}
        return [each for each in wanted if each not in owned]

    def _keys(self, row: Row) -> tuple[str, ...]:
        identity = Identity(row.shop, row.recipient, row.subject, row.kind, row.occurrence, row.channel, row.generation)
        return tuple(dict.fromkeys((row.leader, *self.keyring.keys(identity))))

    def _admission(self, row: Row) -> Admission:
        return Admission(self.connection, self.keyring, row.shop, row.recipient)
