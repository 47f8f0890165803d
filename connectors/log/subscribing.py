"""Reading subscriptions for a runner that keeps its own states: what is pulled is held for us, and acknowledged when a
checkpoint of the runner surely holds it.

All of it is the process's: a runner builds a new reader for nearly every bundle, and what an old one had pulled must
not lie until its deadline.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors.log.pubsub import Place, PubSub, Pulled
from connectors.machine import machine_time
from schemas.errors import LogDown
from schemas.streams import Stream
from schemas.times import SECOND, Millis

BUFFERED = 2_000
"""Messages that wait in a process to be read; no more are pulled while so many do."""

HELD: Millis = 60 * SECOND
"""For how long what was pulled is held for us. A message that no checkpoint holds by then comes again: a process that
lives on must not keep it from the one that took over."""

SLACK: Millis = 2 * SECOND
"""By how much the watermark stays behind the clock: so long a message may take from its publishing to us."""

UNREAD: Millis = 20 * SECOND
"""When nobody has read for so long, the job's reader is elsewhere: a process that outlived its job must not go on to
pull what is the other's."""

_LEASE_SECONDS = 20
_EXTEND_SECONDS = 6.0
_PULL_SECONDS = 5.0
_AT_ONCE = 500

_log = logging.getLogger(__name__)


class _Finalized(NamedTuple):
    at: int  # a count of the process: of marks and finalisations in their order
    ack_ids: tuple[str, ...]


@dataclass
class Acknowledger:
    """Holds back what a finalised mark acknowledges until a mark that was made after that finalisation is finalised
    too: Flink finalises all finished bundles at a checkpoint, also those that the checkpoint does not hold."""

    _count: int = 0
    _held: list[_Finalized] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def made(self) -> int:
        """A mark is made: its place in the order."""
        with self._lock:
            self._count += 1
            return self._count

    def finalized(self, made: int, ack_ids: Sequence[str]) -> list[str]:
        """The mark made then is final. Gives what may be acknowledged now."""
        with self._lock:
            self._count += 1
            free = [one for one in self._held if one.at < made]
            self._held = [one for one in self._held if one.at >= made]
            self._held.append(_Finalized(self._count, tuple(ack_ids)))
        return [ack_id for one in free for ack_id in one.ack_ids]


@dataclass
class Watermark:
    """Up to when all has come. The clock less a slack; not beyond what waits here; and while what is pulled is older
    than the slack a backlog lies behind it, of which only the newest publishing time is known."""

    clock: Callable[[], Millis]
    slack: Millis = SLACK
    _backlog: Millis | None = None
    _reached: Millis = 0

    def came(self, published: Sequence[Millis]) -> None:
        """So much was pulled at once; nothing: the subscription was empty."""
        newest = max(published, default=None)
        is_behind = newest is not None and min(published) < self.clock() - self.slack
        self._backlog = min(published) if is_behind else None

    def stand(self) -> None:
        """Nobody knows what waits: Pub/Sub did not answer."""
        self._backlog = min(self._reached, self._backlog or self._reached)

    def at(self, oldest_waiting: Millis | None) -> Millis:
        """The watermark; it never goes back."""
        bounds = [self.clock() - self.slack]
        bounds += [bound for bound in (self._backlog, oldest_waiting) if bound is not None]
        self._reached = max(self._reached, min(bounds))
        return self._reached


class Subscriber:
    """One subscription in this process: a thread that pulls and one that keeps what was pulled ours. Safe to share."""

    def __init__(self, pubsub: PubSub, stream: Stream, clock: Callable[[], Millis] = machine_time) -> None:
        self._pubsub, self._stream, self._clock = pubsub, stream, clock
        self._waiting: deque[Pulled] = deque()
        self._held: dict[str, Millis] = {}
        self._watermark = Watermark(clock)
        self._asked, self._is_down = False, False
        self._read_at = clock()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)
        self.acknowledger = Acknowledger()

    def start(self) -> "Subscriber":
        """Begin to pull, until it is closed."""
        for work in (self._pulling, self._extending):
            threading.Thread(target=work, name=f"{work.__name__}-{self._stream.name}", daemon=True).start()
        return self

    def take(self) -> Pulled | None:
        """The next message; None if none waits."""
        with self._room:
            self._read_at = self._clock()
            found = self._waiting.popleft() if self._waiting else None
            self._room.notify_all()
            return found

    def watermark(self) -> Millis:
        """Up to when all has come that will; 0 until the subscription was asked once."""
        with self._lock:
            oldest = min((one.published_at for one in self._waiting), default=None)
            return self._watermark.at(oldest) if self._asked else 0

    def acknowledge(self, ack_ids: Sequence[str]) -> None:
        """A checkpoint holds these for good. Those that cannot be told now come again."""
        with self._lock:
            for ack_id in ack_ids:
                self._held.pop(ack_id, None)
        with suppress(LogDown):
            self._pubsub.acknowledge(self._stream, ack_ids)

    def pull(self, seconds: float = _PULL_SECONDS) -> int:
        """Ask once for what waits. Gives how many came. Raises LogDown."""
        try:
            found = self._pubsub.pull(self._stream, _AT_ONCE, seconds)
        except LogDown:
            with self._lock:
                self._watermark.stand()
            raise
        with self._lock:
            now = self._clock()
            self._waiting.extend(sorted(found, key=lambda one: one.published_at))
            self._held.update((one.ack_id, now) for one in found)
            self._watermark.came([one.published_at for one in found])
            self._asked = True
        return len(found)

    def extend(self) -> None:
        """Keep what was pulled ours, unless for too long or nobody reads here: then let it come again. Raises
        LogDown."""
        with self._lock:
            if not self._is_read():
                for one in self._waiting:
                    self._held.pop(one.ack_id, None)
                self._watermark.stand()
            oldest = self._clock() - HELD
            self._held = {ack_id: since for ack_id, since in self._held.items() if since > oldest}
            self._waiting = deque(one for one in self._waiting if one.ack_id in self._held)
            ours = list(self._held)
        self._pubsub.hold(self._stream, ours, _LEASE_SECONDS)

    def close(self) -> None:
        """Pull no more. What was pulled and not acknowledged comes again, here or elsewhere."""
        self._stopped.set()
        with self._room:
            self._room.notify_all()

    def _pulling(self) -> None:
        while not self._stopped.is_set():
            with self._room:
                self._room.wait_for(lambda: self._may_pull() or self._stopped.is_set())
            try:
                self.pull()
                self._is_down = False
            except LogDown as error:
                self._tell(error.reason)
                self._stopped.wait(1.0)

    def _may_pull(self) -> bool:
        return len(self._waiting) < BUFFERED and self._is_read()

    def _is_read(self) -> bool:
        return self._clock() - self._read_at < UNREAD

    def _tell(self, reason: str) -> None:
        """Once, when it begins."""
        if not self._is_down:
            _log.warning("%s cannot be pulled now (%s); it is tried again", self._stream.name, reason)
        self._is_down = True

    def _extending(self) -> None:
        while not self._stopped.wait(_EXTEND_SECONDS):
            with suppress(LogDown):
                self.extend()


_lock = threading.Lock()
_open: dict[tuple[Place, str], Subscriber] = {}


def subscriber(place: Place, stream: Stream) -> Subscriber:
    """The subscriber of a stream, once in this process."""
    with _lock:
        name = (place, stream.name)
        if name not in _open:
            _open[name] = Subscriber(PubSub(place), stream).start()
        return _open[name]


def close(place: Place) -> None:
    """Close the subscribers of a place in this process."""
    with _lock:
        for name in [name for name in _open if name[0] == place]:
            _open.pop(name).close()
