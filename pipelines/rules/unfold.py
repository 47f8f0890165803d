"""How one key lives through its arrivals and wakes: the loop that the bounded run uses whole and the live run by steps.

Wakes due at or before t run before an arrival at t, and `now` never goes back. A step that raises leaves the state as
it was; its arrival is named among the failures and the key goes on.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import PurePath
from typing import Generic, NamedTuple

import msgspec

from pipelines.rules.actor import Actor, Context, State
from schemas.times import Millis
from schemas.wire import VERSION, Arrival, unpack

RESTLESS = 10_000
"""So many wakes with nothing arriving between them are a loop, not a life."""

REMEMBERED = 64
"""How many of the newest arrivals a live key knows again; older doubles are left to the actor."""

_DIGEST = 8


class RestlessActor(Exception):
    """An actor asked to be woken at or before its own `now`, or without end."""


class Failure(NamedTuple):
    """A step that raised. `original` is the arrival as it was packed, or b"" for a wake."""

    now: Millis
    reason: str
    original: bytes


class Life(Generic[State]):
    """One key of an actor as it lives: what it knows, when it wants to be woken, what it has said, what has failed."""

    __slots__ = ("_actor", "_context", "_do", "failed", "now", "said", "state", "wake_at")

    def __init__(
        self,
        actor: Actor[State],
        context: Context,
        state: State | None = None,
        now: Millis = 0,
        wake_at: Millis | None = None,
    ) -> None:
        self._actor, self._context, self._do = actor, context, actor.step
        self.state, self.now, self.wake_at = state, now, wake_at
        self.said: list[tuple[Millis, object]] = []
        self.failed: list[Failure] = []

    def take(self, original: bytes) -> None:
        """Do what was due before the packed arrival, then its own step."""
        try:
            arrival = unpack(original)
        except ValueError as error:  # bytes of another version, or damaged
            self._fail(self.now, error, original)
            return
        now = max(self.now, arrival.recorded)
        self.wake(now)
        self._step(now, arrival, original)

    def wake(self, until: Millis | None) -> None:
        """Do all that falls due up to `until` (None: until no wake is left)."""
        wakes = 0
        while self.wake_at is not None and (until is None or self.wake_at <= until):
            wakes += 1
            if wakes > RESTLESS:
                self._fail(self.now, RestlessActor(), b"")
                self.wake_at = None
                return
            self._step(max(self.now, self.wake_at), None, b"")

    def rest(self, until: Millis | None) -> None:
        """A bounded run ends here: say what is still open."""
        if self.state is None:
            return
        end = self.now if until is None else max(until, self.now)
        try:
            self.said.extend((end, output) for output in self._actor.rest(self.state, end))
        except Exception as error:  # one key's bug must not stop the others
            self._fail(end, error, b"")

    def _step(self, now: Millis, arrival: Arrival | None, original: bytes) -> None:
        self.now = now
        if arrival is None:
            self.wake_at = None  # a wake that raises is not tried again: any later step does the due work
        try:
            state, outputs, wake_at = self._do(self.state, now, arrival, self._context)
            if wake_at is not None and wake_at <= now:
                raise RestlessActor
        except Exception as error:  # one key's bug must not stop the others
            self._fail(now, error, original)
            return
        self.state, self.wake_at = state, wake_at
        for output in outputs:
            self.said.append((now, output))

    def _fail(self, now: Millis, error: Exception, original: bytes) -> None:
        self.failed.append(Failure(now, cause(error), original))


def unfold(
    actor: Actor[State], arrivals: Iterable[bytes], context: Context, until: Millis | None = None
) -> Life[State]:
    """The whole life of one key: its packed arrivals in their order, each event once (the first recorded counts), and
    its wakes, up to `until` (None: until all is quiet)."""
    life = Life(actor, context)
    for original in distinct(sorted(arrivals)):
        if until is not None and recorded_in(original) > until:
            break
        life.take(original)
    life.wake(until)
    life.rest(until)
    return life


def distinct(arrivals: Iterable[bytes]) -> Iterator[bytes]:
    """Packed arrivals without those whose (source, id) came before."""
    seen: set[bytes] = set()
    for arrival in arrivals:
        name = name_in(arrival)
        if name not in seen:
            seen.add(name)
            yield arrival


def name_in(arrival: bytes) -> bytes:
    """The (source, id) of a packed arrival, without unpacking it."""
    return arrival[10 : arrival.index(b"\0", arrival.index(b"\0", 10) + 1)]


def recorded_in(arrival: bytes) -> Millis:
    """When the log had a packed arrival, without unpacking it."""
    return int.from_bytes(arrival[1:9])


def cause(error: Exception) -> str:
    """The class and place of an exception; never its words, which may hold personal values."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    code = trace.tb_frame.f_code
    return f"{type(error).__name__} at {PurePath(code.co_filename).name}:{trace.tb_lineno} in {code.co_name}"


class Cell(msgspec.Struct, frozen=True, array_like=True):
    """What a live key keeps between its steps. `state` is the actor's own bytes; `seen` the digests of the newest
    arrivals."""

    now: Millis
    wake_at: Millis | None
    state: bytes | None
    seen: bytes = b""


EMPTY = Cell(0, None, None)

_dump = msgspec.msgpack.Encoder().encode
_load = msgspec.msgpack.Decoder(Cell).decode


def dump_cell(cell: Cell) -> bytes:
    """Versioned bytes of a cell."""
    return VERSION + _dump(cell)


def is_empty(cell: Cell) -> bool:
    """The key has ended, or never began."""
    return cell.state is None and cell.wake_at is None


def load_cell(data: bytes | None) -> Cell:
    """The cell of `dump_cell`'s bytes; the empty one for a key that is new."""
    if data is None:
        return EMPTY
    if data[:1] != VERSION:
        raise ValueError(f"a cell of a version that this code does not read: {data[:1]!r}")
    return _load(data[1:])


def live_arrival(actor: Actor[State], cell: Cell, original: bytes, context: Context) -> tuple[Cell, Life[State] | None]:
    """Step a live key by one arrival: the new cell, and what was said and failed (None: the arrival was known)."""
    digest = _digest_of(original)
    if digest in _digests(cell.seen):
        return cell, None
    life = _revive(actor, cell, context)
    life.take(original)
    return _settle(actor, life, (cell.seen + digest)[-REMEMBERED * _DIGEST :]), life


def go_on(
    actor: Actor[State], cell: Cell, arrivals: Iterable[bytes], context: Context, until: Millis
) -> tuple[Cell, Life[State]]:
    """A key's life from where its cell left it, by the packed arrivals in their order and its wakes, up to `until`:
    the new cell, and what was said and failed. Arrivals that the cell remembers are left out."""
    life = _revive(actor, cell, context)
    known = _digests(cell.seen)
    seen = cell.seen
    for original in distinct(sorted(arrivals)):
        digest = _digest_of(original)
        if digest not in known:
            seen += digest
            life.take(original)
    life.wake(until)
    return _settle(actor, life, seen[-REMEMBERED * _DIGEST :]), life


def live_wake(actor: Actor[State], cell: Cell, until: Millis, context: Context) -> tuple[Cell, Life[State]]:
    """Step a live key by all that is due at `until`."""
    life = _revive(actor, cell, context)
    life.wake(until)
    return _settle(actor, life, cell.seen), life


def _digest_of(original: bytes) -> bytes:
    return blake2b(name_in(original), digest_size=_DIGEST).digest()


def _digests(seen: bytes) -> set[bytes]:
    return {seen[at : at + _DIGEST] for at in range(0, len(seen), _DIGEST)}


def _revive(actor: Actor[State], cell: Cell, context: Context) -> Life[State]:
    state = None if cell.state is None else actor.load(cell.state)
    return Life(actor, context, state, cell.now, cell.wake_at)


def _settle(actor: Actor[State], life: Life[State], seen: bytes) -> Cell:
    state = None if life.state is None else actor.dump(life.state)
    return Cell(life.now, life.wake_at, state, seen)
