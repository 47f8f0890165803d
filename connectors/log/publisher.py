"""Publishing: the one way by which anything gets into the log, whatever the log is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from schemas.streams import Stream


class Entry(NamedTuple):
    """An event for the log: the stream that carries it, and a structured CloudEvent as one JSON object."""

    stream: Stream
    event: bytes


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
