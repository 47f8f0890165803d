"""The whole demo through the live step under a plain driver: a heap of arrivals and wakes, cells through bytes."""

import heapq
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from connectors.shops import load_shops
from couriers.registry import read
from pipelines.graph import ACTORS
from pipelines.rules.book import book_of
from pipelines.rules.context import Configured, Heard, LogContext, pack_entry
from pipelines.rules.normalize import Door, Keyed, normalize
from pipelines.rules.routes import route
from pipelines.rules.unfold import dump_cell, live_arrival, live_wake, load_cell, recorded_in, unfold
from schemas.messages import Decision
from schemas.settings import keys_of
from schemas.times import MINUTE, Millis
from schemas.wire import unpack_items, unpack_record

DEMO = Path(__file__).parents[2] / "infra" / "demo"
STAGES = ("track", "gather", "plan")


class Demo(NamedTuple):
    """The demo's arrivals (stage, key, packed) and its context."""

    arrivals: list[tuple[str, str, bytes]]
    context: LogContext


class Said(NamedTuple):
    """Items by recipient, in order; the decisions."""

    items: dict[str, list[Any]]
    decisions: list[Decision]


@pytest.fixture(scope="module")
def demo() -> Demo:
    bundles = load_shops(DEMO / "shops")
    door = Door(book_of(bundles, keys_of("a key for tests only").people), read)
    items = [item for line in (DEMO / "events.jsonl").read_bytes().splitlines() for item in normalize(line, door).items]
    entries = [pack_entry(item) for item in items if isinstance(item, Configured | Heard)]
    return Demo([item for item in items if isinstance(item, Keyed)], LogContext(bundles, entries))


class Driver:
    """Steps all keys of all stages in the order of time. `lateness` says how late an arrival comes."""

    def __init__(self, context: LogContext) -> None:
        self._context = context
        self._cells: dict[tuple[str, str], bytes] = {}
        self._turns: list[tuple[Millis, int, bytes, str, str]] = []
        self._items: dict[str, list[Any]] = defaultdict(list)
        self._decisions: list[Decision] = []

    def run(self, arrivals: Iterable[tuple[str, str, bytes]], lateness: Iterable[Millis]) -> Said:
        for (stage, key, arrival), late in zip(arrivals, lateness, strict=False):
            self._turns.append((recorded_in(arrival) + late, 1, arrival, stage, key))
        heapq.heapify(self._turns)
        while self._turns:
            self._take(*heapq.heappop(self._turns))
        return Said(dict(self._items), self._decisions)

    def _take(self, now: Millis, _rank: int, arrival: bytes, stage: str, key: str) -> None:
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
        assert not life.failed
        self._keep(cell, stage, key)
        self._hand_on(route(actor.name, key, life.said), now, stage)

    def _keep(self, cell: Any, stage: str, key: str) -> None:
        if cell.state is None and cell.wake_at is None:
            self._cells.pop((stage, key), None)
            return
        self._cells[stage, key] = dump_cell(cell)
        if cell.wake_at is not None:
            heapq.heappush(self._turns, (cell.wake_at, 0, b"", stage, key))

    def _hand_on(self, routed: Any, now: Millis, stage: str) -> None:
        for to, value in routed.onward:
            if stage == "plan":
                self._items[to] += unpack_items(value)
            else:
                following = STAGES[STAGES.index(stage) + 1]
                heapq.heappush(self._turns, (max(now, recorded_in(value)), 1, value, following, to))
        found = (unpack_record(record) for record in routed.records)
        self._decisions += [record for record in found if isinstance(record, Decision)]


def by_loop(demo: Demo) -> Said:
    waiting: dict[str, dict[str, list[bytes]]] = {stage: defaultdict(list) for stage in (*STAGES, "end")}
    decisions: list[Decision] = []
    for stage, key, arrival in demo.arrivals:
        waiting[stage][key].append(arrival)
    for actor, stage, following in zip(ACTORS, STAGES, (*STAGES[1:], "end"), strict=True):
        for key, values in waiting[stage].items():
            life = unfold(actor, values, demo.context)
            routed = route(actor.name, key, life.said)
            decisions += [r for r in map(unpack_record, routed.records) if isinstance(r, Decision)]
            for to, value in routed.onward:
                waiting[following][to].append(value)
    items = {key: [item for value in values for item in unpack_items(value)] for key, values in waiting["end"].items()}
    return Said(items, decisions)


def never_late() -> Iterable[Millis]:
    return iter(lambda: 0, 1)


def test_the_whole_demo_lives_as_it_is_replayed(demo: Demo) -> None:
    expected, live = by_loop(demo), Driver(demo.context).run(demo.arrivals, never_late())
    assert live.items == expected.items
    assert sorted(map(repr, live.decisions)) == sorted(map(repr, expected.decisions))
    assert len(expected.decisions) > 300


@pytest.mark.parametrize("seed", range(3))
def test_arrivals_that_come_minutes_late_lose_no_slot_and_decide_none_twice(seed: int, demo: Demo) -> None:
    chance = random.Random(seed)
    late = (chance.randrange(5 * MINUTE) for _ in demo.arrivals)
    live = Driver(demo.context).run(demo.arrivals, late)
    slots = Counter((d.shop, d.recipient, d.subject, d.kind, d.occurrence) for d in live.decisions)
    assert max(slots.values()) == 1
    assert all(
        item.at <= item.valid_until for items in live.items.values() for item in items if hasattr(item, "routes")
    )
