"""The log as the checker reads it: what shops and customers said, once each, in the order in which it was known."""

from collections.abc import Iterable
from typing import NamedTuple

from schemas.envelope import Event, Reported, read_structured
from schemas.errors import BadInput
from schemas.times import Millis


class Said(NamedTuple):
    """One event: when the log had it, when it happened (never later than that), its type's two words and its data."""

    known: Millis
    happened_at: Millis
    thing: str
    word: str
    data: object

    @property
    def shop(self) -> str:
        return str(getattr(self.data, "shop", ""))

    @property
    def order(self) -> str:
        return str(getattr(self.data, "order", ""))


def read_log(lines: Iterable[bytes]) -> tuple[Said, ...]:
    """Every event that can be read but the couriers' payloads; one that came twice counts when it came first."""
    first: dict[tuple[str, str], Event] = {}
    for line in lines:
        event = _event(line)
        if event is None or isinstance(event.data, Reported):
            continue
        name = (event.source, event.id)
        if name not in first or event.recorded_at < first[name].recorded_at:
            first[name] = event
    return tuple(sorted(map(_said, first.values()), key=lambda said: (said.known, said.happened_at)))


def _event(line: bytes) -> Event | None:
    try:
        return read_structured(line)
    except BadInput:
        return None


def _said(event: Event) -> Said:
    _, thing, word, _ = event.type.split(".")
    return Said(event.recorded_at, min(event.occurred_at, event.recorded_at), thing, word, event.data)
