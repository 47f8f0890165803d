"""The whole demo through the live step under a plain driver, held against the loop. (With arrivals that come late:
`tests/checker/test_live_weeks.py`.)"""

from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from generated.live import STAGES, Driver

from connectors.shops import load_shops
from couriers.registry import read
from pipelines.graph import ACTORS
from pipelines.rules.book import book_of
from pipelines.rules.context import Configured, Heard, LogContext, pack_entry
from pipelines.rules.normalize import Door, Keyed, normalize
from pipelines.rules.routes import route
from pipelines.rules.unfold import unfold
from schemas.messages import Decision
from schemas.settings import keys_of
from schemas.wire import unpack_items, unpack_record

DEMO = Path(__file__).parents[2] / "infra" / "demo"


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


def by_live(demo: Demo) -> Said:
    driver = Driver(demo.context)
    driver.run(demo.arrivals)
    items = {key: [item for value in values for item in unpack_items(value)] for key, values in driver.items.items()}
    return Said(items, [r for r in map(unpack_record, driver.records) if isinstance(r, Decision)])


def test_the_whole_demo_lives_as_it_is_replayed(demo: Demo) -> None:
    expected, live = by_loop(demo), by_live(demo)
    assert live.items == expected.items
    assert sorted(map(repr, live.decisions)) == sorted(map(repr, expected.decisions))
    assert len(expected.decisions) > 300
