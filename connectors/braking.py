"""The volume brake of live runs: counts what each shop sends, shared by all workers, and says when to hold.

Counting is in memory and is written to the store once a second, so that a claim costs nothing more; what workers add
within that second may go over the limit.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable

from connectors.machine import machine_time
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
    """Asked at each first claim of a message, inside the claim's transaction: so it answers from memory, and `sync`,
    outside of any transaction, speaks to the store. `clock` is the machine's; hours are message time."""

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
        self._tripped: list[Flag] = []  # not in the store yet
        self._peaks: dict[str, list[Peak]] = {}
        self._now: Millis = 0  # message time that was last asked about
        self._fresh_until: Millis = 0

    def holds(self, message: Message, now: Millis) -> bool:
        """Must this message be parked? If not, it is counted as sent."""
        with self._lock:
            self._now = max(self._now, now)
            shop, hour = message.shop, now // HOUR
            volumes = self._volumes.setdefault(shop, {})
            if shop not in self._braked and holds(message.kind, now, volumes, self._measure, self._peaks.get(shop, ())):
                self._trip(shop, hour, volumes, now)
            if shop in self._braked and message.kind not in NEVER_HELD:
                self._meter.count(BRAKED, shop)
                return True
            self._mine[shop, hour] += 1
            volumes[hour] = volumes.get(hour, 0) + 1
            return False

    def sync(self) -> None:
        """Write what was counted and read what other workers have, if that is FRESH ago. Call it before a claim."""
        now = self._clock()
        with self._lock:
            if now < self._fresh_until:
                return
            self._fresh_until = now + FRESH
        self.flush()
        self._read()

    def flush(self) -> None:
        """Write what was counted and what tripped."""
        with self._lock:
            mine, self._mine = self._mine, Counter()
            tripped, self._tripped = self._tripped, []
        for flag in tripped:
            self._shared.raise_flag(flag)
        if mine:
            self._shared.add_volume(mine)

    def _read(self) -> None:
        """What is in the store, and what this worker has counted meanwhile."""
        with self._lock:
            shops, since = list(self._volumes), window(self._now)
        volumes = {shop: self._shared.volume(shop, since) for shop in shops}
        braked = {flag.name.removeprefix(BRAKE) for flag in self._shared.flags(BRAKE)}
        announced = peaks(self._shared)
        with self._lock:
            for (shop, hour), number in self._mine.items():
                its = volumes.setdefault(shop, {})
                its[hour] = its.get(hour, 0) + number
            self._volumes, self._peaks = volumes, announced
            self._braked = braked | {flag.name.removeprefix(BRAKE) for flag in self._tripped}

    def _trip(self, shop: str, hour: int, volumes: dict[int, int], now: Millis) -> None:
        known = usual(hour, volumes)
        reason = f"{volumes.get(hour, 0)} messages in this hour, usual: {'unknown' if known is None else round(known)}"
        self._braked.add(shop)
        self._tripped.append(Flag(BRAKE + shop, reason, f"awizo brake show; awizo brake release {shop}", now))
        _log.error("the brake holds shop %s: %s; its messages are parked", shop, reason)


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
