"""Pacing: a channel's limit, shared by all workers. A place is taken before a message is claimed, never while one is.

Places are reserved in the store for a tenth of a second at a time, so that the store is asked ten times a second, not
once a message. What is not used within a second is lost, so that it cannot be saved up for a burst.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.metering import Meter, NoMeter
from connectors.store.shared import Shared
from pipelines.rules.ledger import LIMITED
from schemas.metrics import PACE_WAIT_SECONDS
from schemas.times import Millis

MICRO = 1_000_000
LONGEST = 5.0
"""Seconds that a worker waits for a place; what would wait longer goes back to the ledger."""


def machine_micros() -> int:
    """The machine's clock in microseconds."""
    return time.time_ns() // 1_000


@dataclass
class _Places:
    """Places reserved for one channel: `left` of `number`, the next at `next_at`, good until `lost_at`."""

    next_at: float = 0.0
    left: int = 0
    spare: int = 0
    lost_at: float = 0.0


class Pace:
    """`per_second`: channel -> posts a second of all workers together; a channel that is not named has no limit."""

    def __init__(
        self,
        shared: Shared,
        per_second: Mapping[str, float],
        clock: Callable[[], int] = machine_micros,
        sleep: Callable[[float], None] = time.sleep,
        meter: Meter | None = None,
    ) -> None:
        self._shared, self._clock, self._sleep = shared, clock, sleep
        self._per_second = {channel: rate for channel, rate in per_second.items() if rate > 0}
        self._meter = meter or NoMeter()
        self._lock = threading.Lock()
        self._places = {channel: _Places() for channel in self._per_second}

    def enter(self, channel: str) -> str:
        """Wait for a place, at most LONGEST seconds, and take it. "" or why there is none: then claim nothing."""
        if channel not in self._per_second:
            return ""
        with self._lock:
            wait = self._wait_for(channel)
        if wait is None:
            return LIMITED
        self._meter.observe(PACE_WAIT_SECONDS, channel, value=wait)
        if wait > 0:
            self._sleep(wait)
        return ""

    def take(self, channel: str, wanted: int) -> int:
        """How many of so many places can be had without waiting; they are taken. For claims in batches."""
        if channel not in self._per_second:
            return wanted
        taken = 0
        with self._lock:
            while taken < wanted and self._is_free(channel):
                taken += 1
        return taken

    def give_back(self, channel: str, number: int = 1) -> None:
        """Places that were not used, for the next who come."""
        if channel in self._per_second:
            with self._lock:
                self._places[channel].spare += number

    def hold_back(self, channel: str, wait: Millis) -> None:
        """The provider asked for a pause: nobody begins before it is over."""
        if channel in self._per_second:
            with self._lock:
                self._shared.hold_back(channel, self._clock() + wait * 1_000)
                self._places[channel] = _Places()

    def _wait_for(self, channel: str) -> float | None:
        """Seconds until the place that was taken; None if it is too far off."""
        now = self._clock()
        places = self._stocked(channel, now)
        if places is None:
            return None
        if places.spare:
            places.spare -= 1
            return 0.0
        return self._use(channel, places, now)

    def _is_free(self, channel: str) -> bool:
        now = self._clock()
        places = self._stocked(channel, now)
        if places is None or (not places.spare and places.next_at > now):
            return False
        if places.spare:
            places.spare -= 1
        else:
            self._use(channel, places, now)
        return True

    def _use(self, channel: str, places: _Places, now: int) -> float:
        wait = max(places.next_at - now, 0.0) / MICRO
        places.left -= 1
        places.next_at += MICRO / self._per_second[channel]
        return wait

    def _stocked(self, channel: str, now: int) -> _Places | None:
        """The channel's places, some of them left; None if the next is too far off."""
        places = self._places[channel]
        if now < places.lost_at and (places.left or places.spare):
            return places
        rate = self._per_second[channel]
        number = max(round(rate / 10), 1)
        begin = self._shared.reserve(channel, number, MICRO / rate, now, now + round(LONGEST * MICRO))
        if begin is None:
            return None
        lost_at = begin + number * MICRO / rate + MICRO
        self._places[channel] = _Places(begin, number, 0, lost_at)
        return self._places[channel]


class NoPace:
    """No limit of ours."""

    def enter(self, channel: str) -> str:  # noqa: ARG002
        """Come in."""
        return ""

    def take(self, channel: str, wanted: int) -> int:  # noqa: ARG002
        """All."""
        return wanted

    def give_back(self, channel: str, number: int = 1) -> None:
        """Nothing."""

    def hold_back(self, channel: str, wait: Millis) -> None:
        """Nothing."""
