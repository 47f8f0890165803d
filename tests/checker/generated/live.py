"""Runs a log through the live step under a plain driver: a heap of arrivals and wakes, every cell through its bytes.

`lateness` says how late an arrival comes after it was recorded; the same for all that was recorded at one moment.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from pipelines.graph import ACTORS
from pipelines.rules.actor import Context
from pipelines.rules.routes import Routed, route
from pipelines.rules.unfold import Cell, dump_cell, live_arrival, live_wake, load_cell, recorded_in
from schemas.times import Millis
from schemas.wire import pack_items, unpack_items

STAGES = ("track", "gather", "plan")

Arrivals = Iterable[tuple[str, str, bytes]]
"""Stage, key, packed arrival."""

Lateness = Callable[[Millis], Millis]


def never_late(_recorded: Millis) -> Millis:
    """Arrivals come as they were recorded."""
    return 0


def _as_done(items: bytes, now: Millis) -> bytes:
    """Items at the moment when they really left: what a late arrival brought about cannot have gone before it came."""
    return pack_items([replace(item, at=max(item.at, now)) for item in unpack_items(items)])


class Driver:
    """Steps all keys of all stages in the order of time."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._cells: dict[tuple[str, str], bytes] = {}
        self._clock: Millis = 0
        self._turns: list[tuple[Millis, int, bytes, str, str]] = []
        self.items: dict[str, list[bytes]] = defaultdict(list)
        self.records: list[bytes] = []

    def run(self, arrivals: Arrivals, lateness: Lateness = never_late) -> None:
        """All arrivals, and all wakes until none is left."""
        for stage, key, arrival in arrivals:
            recorded = recorded_in(arrival)
            self._turns.append((recorded + lateness(recorded), 1, arrival, stage, key))
        heapq.heapify(self._turns)
        while self._turns:
            self._take(*heapq.heappop(self._turns))

    def _take(self, now: Millis, _rank: int, arrival: bytes, stage: str, key: str) -> None:
        self._clock = now = max(self._clock, now)  # a wake that was due before its key came is done when it came
        actor = ACTORS[STAGES.index(stage)]
        cell = load_cell(self._cells.get((stage, key)))
        if arrival:
            cell, life = live_arrival(actor, cell, arrival, self._context)
        elif cell.wake_at is not None and cell.wake_at <= now:
            cell, life = live_wake(actor, cell, now, self._context)
        else:
            return
        if life is None:
            return
        if life.failed:
            raise RuntimeError(f"{stage}: {life.failed[0].reason}")
        self._keep(cell, stage, key)
        self._hand_on(route(actor.name, key, life.said), now, stage)

    def _keep(self, cell: Cell, stage: str, key: str) -> None:
        if cell.state is None and cell.wake_at is None:
            self._cells.pop((stage, key), None)
            return
        self._cells[stage, key] = dump_cell(cell)
        if cell.wake_at is not None:
            heapq.heappush(self._turns, (cell.wake_at, 0, b"", stage, key))

    def _hand_on(self, routed: Routed, now: Millis, stage: str) -> None:
        self.records += routed.records
        for to, value in routed.onward:
            if stage == "plan":
                self.items[to].append(_as_done(value, now))
            else:
                following = STAGES[STAGES.index(stage) + 1]
                heapq.heappush(self._turns, (max(now, recorded_in(value)), 1, value, following, to))
