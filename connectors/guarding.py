"""What stops a live run from doing harm: a halt when our own code fails too often, and a quarantine for a source that
floods the log with what cannot be read. Both are flags in the store, so every worker holds and an operator sees why.
"""

import re
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from connectors.machine import machine_time
from connectors.store.progress import Progress
from connectors.store.shared import Flag, Shared
from schemas.errors import StoreDown
from schemas.events import SHOP_REPORTED
from schemas.messages import DeadLetter
from schemas.times import MINUTE, SECOND, Millis

HALT = "halt"
QUARANTINE = "quarantine/"

NAMELESS = "?"
"""The source of what names none."""


@dataclass(frozen=True)
class Limits:
    """How much is too much, and within how long (machine time): failures of our own code; bad events of one source."""

    own: int = 50
    own_within: Millis = 5 * MINUTE
    flood: int = 100
    flood_within: Millis = MINUTE


class _Named(msgspec.Struct):
    source: str = NAMELESS
    type: str = ""


_named = msgspec.json.Decoder(_Named).decode

_A_PLACE = re.compile(r" at \w+\.py:\d+ in ")


def source_of(event: bytes) -> str:
    """The source of a structured CloudEvent, whatever else is wrong with it; NAMELESS if that cannot be read."""
    try:
        return _named(event).source or NAMELESS
    except (msgspec.DecodeError, msgspec.ValidationError):
        return NAMELESS


def is_our_own(letter: DeadLetter) -> bool:
    """Whether the letter tells of an exception and its place, not of bad input."""
    return _A_PLACE.search(letter.reason) is not None


def is_a_part(letter: DeadLetter) -> bool:
    """Whether the letter tells of a part of a shop's webhook, whose other parts were taken: a shop with a carrier that
    nobody has mapped is no flood, and its orders go on."""
    if not letter.place.startswith("data."):
        return False
    try:
        return _named(letter.original).type == SHOP_REPORTED
    except (msgspec.DecodeError, msgspec.ValidationError):
        return False


@dataclass
class Guard:
    """Looks at dead letters and raises flags; answers whether a flag is up. Safe to share between threads. While the
    store does not answer, what was seen last counts."""

    shared: Shared
    limits: Limits = field(default_factory=Limits)
    machine: Callable[[], Millis] = machine_time
    position: int = 0  # how far the log was read, for the mark from which a source was set aside
    _times: defaultdict[str, deque[Millis]] = field(default_factory=lambda: defaultdict(deque))
    _up: frozenset[str] = frozenset()
    _until: Millis = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_halted(self) -> bool:
        """Nothing is to be read from the log now."""
        return HALT in self._flags()

    def look(self) -> None:
        """Look now whether what is up is up still: what was published after a source was let in again must not be
        passed over. Raises StoreDown."""
        if self._up:
            self._see()

    def sets_aside(self, event: bytes) -> bool:
        """This event's source is in quarantine. The log keeps it until `awizo redrive source`."""
        flags = self._flags()
        return bool(flags) and QUARANTINE + source_of(event) in flags

    def judge(self, letters: Iterable[DeadLetter]) -> None:
        """Count what failed, and raise the flag that it calls for. Raises StoreDown."""
        for letter in letters:
            if is_our_own(letter):
                self._count(HALT, self.limits.own, self.limits.own_within, self._halt, letter.reason)
            elif letter.stage == "Normalize" and not is_a_part(letter):
                name = QUARANTINE + source_of(letter.original)
                self._count(name, self.limits.flood, self.limits.flood_within, self._set_aside, letter.reason)

    def _count(self, name: str, most: int, within: Millis, act: Callable[[str, str], None], reason: str) -> None:
        now = self.machine()
        with self._lock:
            times = self._times[name]
            times.append(now)
            while times[0] <= now - within:
                times.popleft()
            too_many = len(times) > most and name not in self._up
        if too_many:
            act(name, reason)
            with self._lock:
                self._up |= {name}
                self._times.pop(name, None)

    def _halt(self, name: str, reason: str) -> None:
        words = f"Awizo's own code failed more than {self.limits.own} times in minutes, the last: {reason}"
        remedy = "nothing is read meanwhile and nothing lost; mend it or roll back, then `awizo doctor --resume`"
        self.shared.raise_flag(Flag(name, words, remedy, since=self.machine()))

    def _set_aside(self, name: str, reason: str) -> None:
        source = name.removeprefix(QUARANTINE)
        words = (
            f"{source} sent more than {self.limits.flood} events in a minute that cannot be read, the last: {reason}"
        )
        remedy = f"its events stay in the log; when it is mended: `awizo redrive source {source} --go`"
        Progress(self.shared.store).reach(self.position, name)
        self.shared.raise_flag(Flag(name, words, remedy, since=self.machine()))

    def _flags(self) -> frozenset[str]:
        now = self.machine()
        if now >= self._until:
            with suppress(StoreDown):
                self._see()
            self._until = now + SECOND
        return self._up

    def _see(self) -> None:
        found = [*self.shared.flags(HALT), *self.shared.flags(QUARANTINE)]
        self._up = frozenset(flag.name for flag in found)
