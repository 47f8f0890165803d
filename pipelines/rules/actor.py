"""The shape that Track, Gather and Plan share: a pure reducer over the arrivals of one key.

    step(state | None, now, arrival | None, context) -> Step(state | None, outputs, wake_at | None)

`now` is the arrival's recorded time, or the wake that fell due; for a key it never goes back. Any step at or after
`wake_at` does the due work, whatever brought it about. The machine's clock is never asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

from schemas.shops import Bundle
from schemas.times import Millis
from schemas.wire import Arrival

State = TypeVar("State")


class Context(Protocol):
    """What a step may look up: functions of time, never of the machine."""

    def bundle(self, shop: str, now: Millis) -> Bundle | None:
        """The shop's bundle in force at `now`; None if the shop is not known."""

    def heard(self, courier: str, shop: str, now: Millis) -> Millis | None:
        """The last heartbeat of the courier's feed for this shop at or before `now`; None if there was none."""


class Step(NamedTuple, Generic[State]):
    """What a step leaves: the new state (None: forget the key), what it says, when it wants to be woken."""

    state: State | None
    outputs: Sequence[object]
    wake_at: Millis | None


def _nothing(_state: object, _until: Millis) -> Sequence[object]:
    return ()


@dataclass(frozen=True)
class Actor(Generic[State]):
    """A reducer with the codec of its state. `dump` gives versioned bytes that tomorrow's `load` still reads."""

    name: str
    step: Callable[[State | None, Millis, Arrival | None, Context], Step[State]]
    load: Callable[[bytes], State]
    dump: Callable[[State], bytes]
    rest: Callable[[State, Millis], Sequence[object]] = _nothing
    """What is still open when a bounded run ends at that moment (held slots)."""
