"""Claiming: the last checks, and the step to INTENT. Inside the caller's transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.store.admission import Admission
from connectors.store.claims import READ_TIMEOUT, At, Claim, Claimed, Deferred, Settled, Taken
from connectors.store.doubting import Doubting
from connectors.store.keyring import Keyring
from connectors.store.objections import is_suppressed
from connectors.store.rows import Row
from connectors.store.spending import Purse
from connectors.store.writing import step
from pipelines.rules.brake import BRAKED, RELEASED
from pipelines.rules.budget import OVER_BUDGET, Charge
from pipelines.rules.ledger import (
    AGAIN,
    EARLIER_AGAIN,
    OPTED_OUT,
    SETTLED,
    TOLD_BEFORE,
    WAITING,
    WAITS_FOR_EARLIER,
    Event,
    Follow,
    Go,
    Never,
    State,
    Verdict,
    Wait,
    again,
    last_checks,
)
from schemas.messages import Message, Slot
from schemas.times import Millis

Brake = Callable[[Message, Millis], bool]
"""Must this message wait, now (message time), for a human? Asked once, at its first claim."""


Budget = Callable[[Message, Millis], Charge | None]
"""What this message takes of its shop's budget, now (message time); None: nothing. Asked once, at its first claim."""


def no_budget(message: Message, now: Millis) -> Charge | None:  # noqa: ARG001
    """Nothing is counted."""
    return None


def never(message: Message, now: Millis) -> bool:  # noqa: ARG001
    """No brake."""
    return False


@dataclass(frozen=True)
class Claiming:
    """One claim by one worker. `closed`: why the channel is closed, "" if it is open."""

    connection: Connection
    keyring: Keyring
    owner: str
    lease: Millis
    at: At
    closed: str = ""
    brake: Brake = never
    budget: Budget = no_budget

    def message(self, message: Message) -> Claim:
        """Claim a message that was handed over."""
        return self._claim(self._admission(message).admit(message, self.at.now), message)

    def row(self, rows: Sequence[Row]) -> Claim | None:
        """Claim a message by its rows, the leader first; None if it does not wait any more."""
        if not rows or rows[0].state not in WAITING:
            return None
        return self._claim(rows, self._admission(rows[0]).open(rows[0]))

    def _claim(self, rows: Sequence[Row], message: Message) -> Claim:
        slots = tuple(row.slot for row in rows)
        if not rows:
            return Settled(None, message.slots, message)
        row = rows[0]
        if row.state in SETTLED or row.state == State.PARKED:
            return Settled(row, slots, message)
        if row.state not in WAITING:
            return Taken(Doubting(self.connection, self.keyring, self.at).take_over(row), slots, message)
        message = self._admission(row).open(row)  # the words of the first hand-over count
        if (row.due_at or 0) > self.at.now:
            return Deferred(row, slots, message)
        return self._decide(rows, slots, message)

    def _decide(self, rows: Sequence[Row], slots: tuple[Slot, ...], message: Message) -> Claim:
        verdict = self._verdict(rows, message)
        if isinstance(verdict, Wait):
            values = {"reason": verdict.reason, "due_at": verdict.until}
            return Deferred(step(self.connection, rows[0], Event.HOLD, self.at.machine, values), slots, message)
        if isinstance(verdict, Never):
            return self._deny(rows[0], slots, message, verdict.reason)
        purse = None if rows[0].attempt else self._purse(message)
        if purse is not None and purse.refuses():
            return self._deny(rows[0], slots, message, OVER_BUDGET)
        if not rows[0].attempt and rows[0].reason != RELEASED and self.brake(message, self.at.now):
            values = {"reason": BRAKED, "due_at": None, "decided_at": self.at.now}
            return Settled(step(self.connection, rows[0], Event.PARK, self.at.machine, values), slots, message)
        if purse is not None:
            purse.pay()
        return Claimed(self._take(rows[0]), slots, message)

    def _purse(self, message: Message) -> Purse | None:
        charge = self.budget(message, self.at.now)
        return None if charge is None else Purse(self.connection, charge)

    def _verdict(self, rows: Sequence[Row], message: Message) -> Verdict:
        """Earlier generations, suppressions, validity, open intervals; only then whether the channel is open."""
        follow = self._admission(message).earlier(rows, self.at.now)
        if follow == Follow.NO:
            return Never(TOLD_BEFORE)
        suppressed = is_suppressed(self.connection, self.keyring, message)
        verdict = last_checks(self.at.now, message.valid_until, message.intervals, message.at, suppressed)
        if not isinstance(verdict, Go):
            return verdict
        reason = WAITS_FOR_EARLIER if follow == Follow.WAIT else self.closed
        if not reason:
            return verdict
        wait = AGAIN.get(reason, EARLIER_AGAIN)
        return Wait(again(self.at.now, wait, message.valid_until), reason)

    def _take(self, row: Row) -> Row:
        values = {
            "reason": "",
            "due_at": None,
            "epoch": row.epoch + 1,
            "attempt": row.attempt + 1,
            "owner": self.owner,
            "lease_until": self.at.machine + self.lease,
            "last_post_deadline": self.at.machine + READ_TIMEOUT,
            "looks": 0,
            "claimed_at": row.claimed_at or self.at.now,
            "decided_at": self.at.now,
        }
        return step(self.connection, row, Event.CLAIM, self.at.machine, values)

    def _deny(self, row: Row, slots: tuple[Slot, ...], message: Message, reason: str) -> Settled:
        turns = reason in (OPTED_OUT, OVER_BUDGET)
        over = self._admission(message).fall_back(message, self.at.now) if turns else ()
        values = {
            "reason": reason,
            "due_at": None,
            "sealed": None,
            "decided_at": self.at.now,
            "fallback": over[0].channel if over else "",
        }
        denied = step(self.connection, row, Event.DENY, self.at.machine, values)
        return Settled(denied, slots, message, over[0].leader if over else "")

    def _admission(self, of: Message | Row) -> Admission:
        return Admission(self.connection, self.keyring, of.shop, of.recipient)
