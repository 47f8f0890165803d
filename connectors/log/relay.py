"""The relay: what comes by Pub/Sub is put into the store's log, each message once, and acknowledged when it is there.

So the log of a live run is always the store's table, whoever publishes: it is the archive, a run is rebuilt from it,
and what a runner forgets is read again. Why so: `infra/decisions/0009-pubsub-is-relayed-into-the-store.md`.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import BigInteger, Column, Connection, Index, String, Table, select

from connectors.log.publisher import Entry
from connectors.log.pubsub import PubSub, Pulled
from connectors.log.store_log import append
from connectors.machine import machine_time
from connectors.metering import Meter, NoMeter
from connectors.store.opening import Store
from connectors.store.schema import metadata
from schemas.errors import LogDown, StoreDown
from schemas.metrics import RELAY_WAIT_SECONDS, RELAYED
from schemas.streams import LOG, Stream
from schemas.times import DAY, HOUR, SECOND, Millis

relayed = Table(
    "relayed",
    metadata,
    Column("message", String(200), primary_key=True),  # stream/id of a Pub/Sub message that is in the log
    Column("at", BigInteger, nullable=False),  # machine time
    Index("relayed_at", "at"),
)

REMEMBERED: Millis = 32 * DAY
"""Pub/Sub keeps what is not acknowledged for 31 days at most."""

AT_ONCE = 500

_log = logging.getLogger(__name__)

_PULL_SECONDS = 20.0
_PAUSE_SECONDS = 1.0


@dataclass
class Intake:
    """The store's log as the relay writes it. `clock`: when an entry is recorded (message time)."""

    store: Store
    clock: Callable[[], Millis]
    machine: Callable[[], Millis] = machine_time
    _tidy_at: Millis = 0

    def take(self, stream: Stream, pulled: Sequence[Pulled]) -> int:
        """Append what is not in the log yet, in the order of its publishing, and remember it, in one transaction. Gives
        how many are new. Raises StoreDown."""
        named = {f"{stream.name}/{one.id}": one for one in sorted(pulled, key=lambda one: one.published_at)}
        with self.store.transaction() as connection:
            known = _known(connection, list(named))
            new = [name for name in named if name not in known]
            now = self.machine()
            if new:
                append(connection, [Entry(stream, named[name].event) for name in new], self.clock)
                connection.execute(relayed.insert(), [{"message": name, "at": now} for name in new])
            if now >= self._tidy_at:
                connection.execute(relayed.delete().where(relayed.c.at < now - REMEMBERED))
                self._tidy_at = now + HOUR
        return len(new)


def _known(connection: Connection, names: list[str]) -> set[str]:
    return set(connection.scalars(select(relayed.c.message).where(relayed.c.message.in_(names))))


@dataclass
class Relay:
    """Moves what waits in the subscriptions into the log, a thread a stream. What cannot be done now is done when
    Pub/Sub and the store are back: a message that was not acknowledged comes again."""

    pubsub: PubSub
    intake: Intake
    meter: Meter = field(default_factory=NoMeter)
    _trouble: set[str] = field(default_factory=set)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Relay while this is open. What was pulled is put into the log before it closes."""
        stopped = threading.Event()
        threads = [
            threading.Thread(target=self._keep_on, args=(stream, stopped), name=f"relay-{stream.name}", daemon=True)
            for stream in LOG
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stopped.set()  # a thread that waits for messages holds none: it is not waited for
            for thread in threads:
                thread.join(_PAUSE_SECONDS / len(threads))

    def turn(self, stream: Stream, seconds: float = _PULL_SECONDS) -> int:
        """Move what waits in one subscription; wait for it so long. Gives how many messages came. Raises LogDown and
        StoreDown: what was pulled comes again then."""
        pulled = self.pubsub.pull(stream, AT_ONCE, seconds)
        if pulled:
            new = self.intake.take(stream, pulled)
            self.meter.count(RELAYED, stream.name, "new", by=new)
            self.meter.count(RELAYED, stream.name, "again", by=len(pulled) - new)
            waited = self.intake.machine() - min(one.published_at for one in pulled)
            self.meter.show(RELAY_WAIT_SECONDS, stream.name, value=max(0, waited) / SECOND)
            self.pubsub.acknowledge(stream, [one.ack_id for one in pulled])
        return len(pulled)

    def _keep_on(self, stream: Stream, stopped: threading.Event) -> None:
        while not stopped.is_set():
            try:
                self.turn(stream)
            except (LogDown, StoreDown) as error:
                self._tell(stream, f"{type(error).__name__}: {error.reason}")
                stopped.wait(_PAUSE_SECONDS)
            except Exception as error:  # a relay that died would be a log that stands still without a word
                self._tell(stream, type(error).__name__)
                stopped.wait(_PAUSE_SECONDS)
            else:
                self._trouble.discard(stream.name)

    def _tell(self, stream: Stream, reason: str) -> None:
        """Once, when it begins."""
        if stream.name not in self._trouble:
            self._trouble.add(stream.name)
            _log.warning("%s cannot be relayed now (%s); nothing is lost, it is tried again", stream.name, reason)
