"""What is parked waits for a human: found by what it is, and let go or dropped. Every last check holds at its claim."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from connectors.store.claims import At
from connectors.store.ledger import Ledger
from connectors.store.opening import Raced
from connectors.store.rows import COLUMNS, Row, leader_first, row_of, rows_led_by
from connectors.store.schema import ledger
from connectors.store.turns import take_turns_of
from connectors.store.writing import step
from pipelines.rules.brake import RELEASED
from pipelines.rules.ledger import IN_DOUBT, NOT_FOUND, SUPERSEDED_IN_DOUBT, Event, State
from schemas.times import Millis

MAY_HAVE_BEEN_SENT = frozenset({IN_DOUBT, NOT_FOUND})
"""Reasons of rows that a release may send a second time."""

DROPPED = "dropped"  # by an operator


@dataclass(frozen=True)
class Filter:
    """Which parked messages; "" and 0 are all. `since`: message time of the parking."""

    shop: str = ""
    kind: str = ""
    channel: str = ""
    reason: str = ""
    since: Millis = 0


@dataclass(frozen=True)
class Parking:
    """The parked messages of a ledger."""

    of: Ledger

    def find(self, wanted: Filter, limit: int = 1_000_000) -> list[Row]:
        """Their leading rows, in the order in which they were parked. Only read: nobody who sends waits for it."""
        columns = {"shop": wanted.shop, "kind": wanted.kind, "channel": wanted.channel, "reason": wanted.reason}
        query = (
            select(*COLUMNS)
            .where(
                ledger.c.key == ledger.c.leader,
                ledger.c.state == State.PARKED,
                ledger.c.decided_at >= wanted.since,
                *(ledger.c[name] == value for name, value in columns.items() if value),
            )
            .order_by(ledger.c.decided_at, ledger.c.key)
            .limit(limit)
        )
        with self.of.store.reading() as connection:
            return [row_of(found) for found in connection.execute(query)]

    def release(self, rows: Sequence[Row], at: At) -> int:
        """Let these go: they are due now, and every last check holds. How many were still parked."""
        return sum(self._move(row, Event.RELEASE, RELEASED, at) for row in rows)

    def drop(self, rows: Sequence[Row], at: At) -> int:
        """Let these never go. How many were still parked. One that may have been sent keeps saying so."""
        return sum(self._move(row, Event.WITHDRAW, _dropped(row), at) for row in rows)

    def _move(self, seen: Row, event: Event, reason: str, at: At) -> bool:
        """One message, in a transaction of its own; False if it is not parked any more."""
        values: dict[str, object] = {"reason": reason, "epoch": seen.epoch + 1, "decided_at": at.now}
        values |= {"due_at": at.now} if event == Event.RELEASE else {"due_at": None, "sealed": None}
        try:
            with self.of.store.transaction() as connection:
                take_turns_of(connection, [seen.leader])
                row = leader_first(rows_led_by(connection, [seen.leader]))[0]
                if (row.state, row.epoch) != (State.PARKED, seen.epoch):
                    return False
                step(connection, row, event, at.machine, values)
                return True
        except (IntegrityError, Raced):
            return False


def _dropped(row: Row) -> str:
    return SUPERSEDED_IN_DOUBT if row.reason in MAY_HAVE_BEEN_SENT else DROPPED
