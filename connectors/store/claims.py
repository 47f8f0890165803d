"""What the ledger answers to a claim, and what it is told of an attempt."""

from dataclasses import dataclass
from typing import Protocol

from connectors.store.rows import Row
from pipelines.rules.ledger import SETTLED, WAITING, Event, State
from schemas.messages import Message, Slot
from schemas.times import SECOND, Millis

LEASE: Millis = 120 * SECOND
READ_TIMEOUT: Millis = 35 * SECOND
GUARD: Millis = READ_TIMEOUT + 10 * SECOND
"""A post begins only if the lease outlasts it by this much."""


_ONE_POST: Millis = READ_TIMEOUT + 5 * SECOND
"""The longest that one post takes, connecting included."""


def within_lease(side_by_side: int, lease: Millis = LEASE) -> int:
    """How many messages one worker may claim at once, if it posts so many side by side: the last must begin while the
    lease outlasts it by GUARD."""
    return side_by_side * max((lease - GUARD) // _ONE_POST + 1, 1)


@dataclass(frozen=True)
class At:
    """A moment on both clocks: `now` is message time, `machine` machine time."""

    now: Millis
    machine: Millis


@dataclass(frozen=True)
class Claimed:
    """Ours to send, once, before `lease_until` (machine time) less GUARD. Send these words: the first that came."""

    row: Row
    slots: tuple[Slot, ...]
    message: Message


@dataclass(frozen=True)
class Taken:
    """In flight, or nobody knows: ask again later, do not send."""

    row: Row
    slots: tuple[Slot, ...]
    message: Message


@dataclass(frozen=True)
class Deferred:
    """Waits for `row.due_at` (message time)."""

    row: Row
    slots: tuple[Slot, ...]
    message: Message


@dataclass(frozen=True)
class Settled:
    """Over, or parked. `row` None: each of its slots is another message's. `takes_over`: leader of the message on the
    next channel."""

    row: Row | None
    slots: tuple[Slot, ...]
    message: Message
    takes_over: str = ""


Claim = Claimed | Taken | Deferred | Settled
Result = Taken | Deferred | Settled


@dataclass(frozen=True)
class Settlement:
    """What an attempt came to: an event and what goes with it. `suppress`: the address must not be written to again."""

    event: Event
    reason: str = ""
    due_at: Millis | None = None
    provider: str = ""
    provider_id: str = ""
    suppress: bool = False
    falls_back: bool = False


class Spoken(Protocol):
    """Something that has words and the slots that they tell."""

    @property
    def slots(self) -> tuple[Slot, ...]: ...

    @property
    def message(self) -> Message: ...


def result(row: Row, claimed: Spoken, takes_over: str = "") -> Result:
    """The row after an attempt or a look-up, as an answer."""
    if row.state in WAITING:
        return Deferred(row, claimed.slots, claimed.message)
    if row.state in SETTLED or row.state == State.PARKED:
        return Settled(row, claimed.slots, claimed.message, takes_over)
    return Taken(row, claimed.slots, claimed.message)
