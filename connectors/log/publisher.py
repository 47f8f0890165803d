"""Publishing: the one way by which anything gets into the log, whatever the log is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from schemas.envelope import read_structured
from schemas.errors import BadEvent
from schemas.streams import Stream, stream_of


class Entry(NamedTuple):
    """An event for the log: the stream that carries it, and a structured CloudEvent as one JSON object."""

    stream: Stream
    event: bytes


LARGEST = 10_000_000
"""Bytes of an event: what Pub/Sub takes, less what a request says besides. Source: Pub/Sub quotas and limits."""


def entry_of(event: bytes) -> Entry:
    """The entry of a structured CloudEvent that is whole and right. Raises BadEvent with the path of what is wrong."""
    if len(event) > LARGEST:
        raise BadEvent(f"{len(event):,} bytes: an event has {LARGEST:,} at most", "data")
    stream = stream_of(read_structured(event).type)
    assert stream is not None  # every type that is read has a stream, a test says so
    return Entry(stream, event)


class Publisher(Protocol):
    """What takes events into the log."""

    def publish(self, entries: Sequence[Entry]) -> None:
        """Take all entries, in their order. They are durable when this returns. Raises LogDown: some may be in the log
        then; publish them all again, the same event twice is one event."""


@dataclass
class MemoryPublisher:
    """Keeps what is published, for tests and trials: nothing is durable."""

    entries: list[Entry] = field(default_factory=list)

    def publish(self, entries: Sequence[Entry]) -> None:
        """Keep the entries."""
        self.entries.extend(entries)
