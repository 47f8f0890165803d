"""Arrivals: what receipts say of each provider, counted by whoever takes receipts in, read by whoever sends.

Counted in memory and written once a second; read once a minute. Hours are of the machine.
"""

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from connectors.machine import machine_time
from connectors.store.shared import Shared
from schemas.errors import StoreDown
from schemas.times import DAY, HOUR, MINUTE, SECOND, Millis

DELIVERED, UNDELIVERED = "delivered/", "undelivered/"
"""Begin the names of these counts among the volumes; no shop's name has a slash."""

WRITTEN_EACH: Millis = SECOND
READ_EACH: Millis = MINUTE
USUAL: Millis = 7 * DAY

Share = tuple[float, float]
"""How many were not delivered, of how many."""


class Arrivals:
    """Safe to share between threads."""

    def __init__(self, shared: Shared, clock: Callable[[], Millis] = machine_time) -> None:
        self._shared, self._clock = shared, clock
        self._lock = threading.Lock()
        self._mine: Counter[tuple[str, int]] = Counter()
        self._known: dict[str, tuple[Share, Share]] = {}
        self._write_at: Millis = 0
        self._read_at: dict[str, Millis] = {}

    def saw(self, provider: str, delivered: bool) -> None:
        """A receipt says that a message of this provider arrived, or that it never will."""
        now = self._clock()
        with self._lock:
            self._mine[(DELIVERED if delivered else UNDELIVERED) + provider, now // HOUR] += 1
            if now < self._write_at:
                return
            self._write_at = now + WRITTEN_EACH
        self.flush()

    def flush(self) -> None:
        """Write what was counted; should the store not answer, later."""
        with self._lock:
            mine, self._mine = self._mine, Counter()
        try:
            if mine:
                self._shared.add_volume(mine)
        except StoreDown:
            with self._lock:
                self._mine += mine

    def of(self, provider: str) -> tuple[Share, Share]:
        """Of this hour and the last, and of the past week."""
        now = self._clock()
        with self._lock:
            if now < self._read_at.get(provider, 0):
                return self._known[provider]
            self._read_at[provider] = now + READ_EACH
            self._known.setdefault(provider, ((0.0, 0.0), (0.0, 0.0)))
        self.flush()
        with suppress(StoreDown):  # what was known holds
            read = self._read(provider, now)
            with self._lock:
                self._known[provider] = read
        return self._known[provider]

    def _read(self, provider: str, now: Millis) -> tuple[Share, Share]:
        well = self._shared.volume(DELIVERED + provider, now - USUAL)
        ill = self._shared.volume(UNDELIVERED + provider, now - USUAL)
        hours = now // HOUR - 1

        def share(since: int) -> Share:
            bad = sum(number for hour, number in ill.items() if hour >= since)
            return float(bad), float(bad + sum(number for hour, number in well.items() if hour >= since))

        return share(hours), share(0)
