"""The run's clock: message time as a function of machine time. Where real people are reached it is the machine's."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import select

from connectors.machine import machine_time
from connectors.store.claims import At
from connectors.store.live_tables import clocks
from connectors.store.opening import SANDBOX, Store
from schemas.errors import ConfigurationError, StoreDown
from schemas.times import Millis

_REMEMBERED: Millis = 200
"""For how long of machine time a reading of the store's clock holds."""


class Clock(NamedTuple):
    """Message time is `origin` at machine time `since`, and goes by `rate` times as fast; 0: it stands."""

    origin: Millis = 0
    since: Millis = 0
    rate: float = 1.0

    def at(self, machine: Millis) -> Millis:
        """The message time at a machine time."""
        return self.origin + round((machine - self.since) * self.rate)


WALL = Clock()
"""Message time is machine time."""


@dataclass
class StoreClock:
    """The clock of a store, so that all who work on it live at one time; without one, the machine's."""

    store: Store
    machine: Callable[[], Millis] = machine_time
    _clock: Clock = WALL
    _until: Millis = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> Millis:
        """The message time now."""
        return self.at().now

    def at(self) -> At:
        """The moment on both clocks."""
        machine = self.machine()
        return At(self._read(machine).at(machine), machine)

    def rate(self) -> float:
        """How fast message time goes by."""
        return self._read(self.machine()).rate

    def set(self, clock: Clock) -> None:
        """Let this clock count from now on. Raises ConfigurationError where real people are reached, and StoreDown."""
        if self.store.realm != SANDBOX:
            raise ConfigurationError("real people live by this machine's time", "play only where all is a sandbox")
        with self.store.transaction() as connection:
            connection.execute(clocks.delete())
            connection.execute(clocks.insert().values(id=1, **clock._asdict()))
        self._until = 0

    def _read(self, machine: Millis) -> Clock:
        if self.store.realm != SANDBOX:
            return WALL
        with self._lock:
            if machine >= self._until or machine < self._until - _REMEMBERED:
                self._clock, self._until = self._stored(), machine + _REMEMBERED
            return self._clock

    def _stored(self) -> Clock:
        """The store's clock; the last one that was read if the store does not answer."""
        try:
            with self.store.reading() as connection:
                row = connection.execute(select(clocks.c.origin, clocks.c.since, clocks.c.rate)).first()
        except StoreDown:
            return self._clock
        return WALL if row is None else Clock(*row)
