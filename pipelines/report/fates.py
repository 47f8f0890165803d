"""What became of each message in the end: its last outcome."""

from collections.abc import Iterable
from typing import NamedTuple

from pipelines.report.rows import MessageRow, OutcomeRow, SlotRow
from pipelines.rules.ledger import State

STAGES: dict[str, int] = {
    State.NEW: 0,
    State.DEFERRED: 1,
    State.INTENT: 2,
    State.UNKNOWN: 3,
    State.PARKED: 4,
    State.SENT: 5,
    State.FAILED: 6,
    State.UNDELIVERED: 7,
    State.DELIVERED: 8,
}
"""How far a message has come: of two outcomes of one moment, the higher is the later."""

REACHED: frozenset[str] = frozenset({State.SENT, State.DELIVERED})
IN_DOUBT: frozenset[str] = frozenset({State.INTENT, State.UNKNOWN, State.PARKED})


class Identity(NamedTuple):
    """A message of one channel and generation."""

    shop: str
    recipient: str
    slots: tuple[SlotRow, ...]
    channel: str
    generation: int


def identity(row: MessageRow | OutcomeRow) -> Identity:
    return Identity(row.shop, row.recipient, row.slots, row.channel, row.generation)


def stage(outcome: OutcomeRow) -> tuple[str, int]:
    """Outcomes of one message compare by this in the order in which they came about."""
    return outcome.at, STAGES.get(outcome.state, -1)


def last_outcomes(outcomes: Iterable[OutcomeRow]) -> dict[Identity, OutcomeRow]:
    """The last outcome of each message."""
    return {identity(outcome): outcome for outcome in sorted(outcomes, key=stage)}
