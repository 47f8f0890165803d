"""The volume brake of live runs: counts what each shop sends, shared by all workers, and says when to hold.

Counting is in memory and is written to the store once a second, so that a claim costs nothing more; what workers add
within that second may go over the limit.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable

from connectors.breakers import machine_time
from connectors.metering import Meter, NoMeter
from connectors.store.shared import Flag, Shared
from pipelines.rules.brake import NEVER_HELD, Measure, Peak, holds, usual, window
from schemas.messages import Message
from schemas.metrics import BRAKED
from schemas.times import HOUR, SECOND, Millis

BRAKE, PEAK = "brake/", "peak/"
FRESH: Millis = SECOND
"""How old a worker's numbers may be, in machine time."""

RELEASED_FOR: Millis = 2 * HOUR
"""How long a shop may send anything after its brake was released."""

_log = logging.getLogger(__name__)


class Brake:
    """Asked at each first claim of a message. `clock` is the machine's; hours are message time."""

    def __init__(
        self,
        shared: Shared,
        measure: Measure,
        clock: Callable[[], Millis] = machine_time,
        meter: Meter | None = None,
    ) -> None:
        self._shared, self._measure, self._clock = shared, measure, clock
        self._meter = meter or NoMeter()
        self._lock = threading.Lock()
        self._mine: Counter[tuple[str, int]] = Counter()  # not in the store yet
        self._volumes: dict[str, dict[int, int]] = {}
        self._braked: set[str] = set()
        self._peaks: dict[str, list[Peak]] = {}
        self._fresh_until: Millis = 0

    def holds(self, message: Message, now: Millis) -> bool:
        """Must this message be parked? If not, it is counted as sent."""
        with self._lock:
            self._refresh()
            shop = message.shop
            held = message.kind not in NEVER_HELD and (shop in self._braked or self._is_too_much(message, now))
            if held:
                self._meter.count(BRAKED, shop)
                return True
            hour = now // HOUR
            self._mine[shop, hour] += 1
            volumes = self._of(shop, now)
            volumes[hour] = volumes.get(hour, 0) + 1
            return False

    def flush(self) -> None:
        """Write what was counted."""
        with self._lock:
            self._write()

    def _is_too_much(self, message: Message, now: Millis) -> bool:
        shop = message.shop
        volumes = self._of(shop, now)
        if not holds(message.kind, now, volumes, self._measure, self._peaks.get(shop, ())):
            return False
        hour = now // HOUR
        known = usual(hour, volumes)
        reason = f"{volumes.get(hour, 0)} messages in this hour, usual: {'unknown' if known is None else round(known)}"
        self._braked.add(shop)
        self._shared.raise_flag(Flag(BRAKE + shop, reason, f"awizo brake show; awizo brake release {shop}", now))
        _log.error("the brake holds shop %s: %s; its messages are parked", shop, reason)
        return True

    def _of(self, shop: str, now: Millis) -> dict[int, int]:
        if shop not in self._volumes:
            self._volumes[shop] = self._shared.volume(shop, window(now))
        return self._volumes[shop]

    def _refresh(self) -> None:
        """Write what was counted and read what others have; once in FRESH."""
        now = self._clock()
        if now < self._fresh_until:
            return
        self._fresh_until = now + FRESH
        self._write()
        self._volumes = {}
        self._braked = {flag.name.removeprefix(BRAKE) for flag in self._shared.flags(BRAKE)}
        self._peaks = peaks(self._shared)

    def _write(self) -> None:
        if self._mine:
            self._shared.add_volume(self._mine)
            self._mine = Counter()


def peaks(shared: Shared) -> dict[str, list[Peak]]:
    """Shop -> its announced peaks."""
    found: dict[str, list[Peak]] = {}
    for flag in shared.flags(PEAK):
        shop = flag.name.removeprefix(PEAK).partition("/")[0]
        found.setdefault(shop, []).append(Peak(flag.since, flag.until, float(flag.reason)))
    return found


def announce(shared: Shared, shop: str, peak: Peak) -> None:
    """Let a shop send more for a while: it said so before, or an operator did."""
    shared.raise_flag(Flag(f"{PEAK}{shop}/{peak.since}", str(peak.times), "", peak.since, peak.until))


def release(shared: Shared, shop: str, now: Millis) -> bool:
    """Let a shop go on, and send anything for RELEASED_FOR; False if it was not braked."""
    announce(shared, shop, Peak(now, now + RELEASED_FOR))
    return shared.lower_flag(BRAKE + shop)
