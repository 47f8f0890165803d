"""The log in the store's own table: durable on one machine, without a cloud."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection, func, select, text

from connectors.log.publisher import Entry
from connectors.log.tables import log
from connectors.store.opening import Store
from schemas.errors import LogDown, StoreDown
from schemas.streams import Stream
from schemas.times import Millis

_APPENDING = 0x4157495A4C  # the lock under which PostgreSQL's entries get their positions, so that none appears late


class Logged(NamedTuple):
    """An entry as the log holds it."""

    position: int
    stream: str
    recorded_at: Millis
    event: bytes


@dataclass
class StoreLog:
    """The log table of a store. `clock` gives the moment at which an entry is recorded; along the log it never goes
    back. Safe to share between threads: those that publish at once share a transaction."""

    store: Store
    clock: Callable[[], Millis]
    _waiting: list["_Batch"] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def publish(self, entries: Sequence[Entry]) -> None:
        """Append the entries; they are durable when this returns. Raises LogDown."""
        batch = _Batch(entries)
        with self._lock:
            self._waiting.append(batch)
        with self._turn:  # whoever has the turn appends for all who wait
            if not batch.done:
                self._append_all()
        if batch.error is not None:
            raise LogDown(batch.error)

    def _append_all(self) -> None:
        with self._lock:
            batches, self._waiting = self._waiting, []
        entries = [entry for batch in batches for entry in batch.entries]
        error = None
        try:
            with self.store.transaction() as connection:
                append(connection, entries, self.clock)
        except StoreDown as down:
            error = down.reason
        for batch in batches:
            batch.error, batch.done = error, True

    def read(self, after: int, most: int = 1000) -> list[Logged]:
        """The next entries behind a position, in order. Raises StoreDown."""
        query = select(log).where(log.c.position > after).order_by(log.c.position).limit(most)
        with self.store.reading() as connection:
            return [Logged(*row) for row in connection.execute(query)]

    def of_stream(self, stream: Stream) -> list[Logged]:
        """Every entry of a stream that has few, such as the shops'."""
        query = select(log).where(log.c.stream == stream.name).order_by(log.c.position)
        with self.store.reading() as connection:
            return [Logged(*row) for row in connection.execute(query)]

    def position_at(self, moment: Millis) -> int:
        """The position of the last entry that was recorded at or before a moment; 0 if there is none."""
        query = select(log.c.position).where(log.c.recorded_at <= moment).order_by(log.c.recorded_at.desc())
        with self.store.reading() as connection:
            return connection.scalar(query.order_by(log.c.position.desc()).limit(1)) or 0

    def count_after(self, moment: Millis) -> int:
        """How many entries were recorded after a moment."""
        query = select(func.count()).where(log.c.recorded_at > moment)
        with self.store.reading() as connection:
            return connection.scalar(query) or 0

    def recorded_at(self, position: int) -> Millis:
        """When the entry at a position, or the last one before it, was recorded; 0 if there is none."""
        query = select(log.c.recorded_at).where(log.c.position <= position).order_by(log.c.position.desc())
        with self.store.reading() as connection:
            return connection.scalar(query.limit(1)) or 0

    def end(self) -> int:
        """The position of the last entry; 0 if there is none. Raises StoreDown."""
        with self.store.reading() as connection:
            return connection.scalar(select(func.max(log.c.position))) or 0


@dataclass
class _Batch:
    """What one caller publishes, and what came of it."""

    entries: Sequence[Entry]
    error: str | None = None
    done: bool = False


def append(connection: Connection, entries: Sequence[Entry], clock: Callable[[], Millis]) -> None:
    """Append entries within a transaction; they are recorded at one moment, not before the last one that is there."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:it)"), {"it": _APPENDING})
    last = connection.scalar(select(log.c.recorded_at).order_by(log.c.position.desc()).limit(1))
    recorded_at = max(clock(), last or 0)
    rows = [{"stream": entry.stream.name, "recorded_at": recorded_at, "event": entry.event} for entry in entries]
    if rows:
        connection.execute(log.insert(), rows)
