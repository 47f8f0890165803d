"""Act, live: stateful stages with timers under TestStream, held against the bounded loop.

The watermark is advanced to each wake that the loop knows: a jump over several would fire a downstream wake before
what the upstream wake of the same jump says.
"""

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam
import pytest
from apache_beam.coders import BytesCoder, StrUtf8Coder, TupleCoder
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.direct.direct_runner import BundleBasedDirectRunner
from apache_beam.testing import test_stream
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Timestamp

from connectors.shops import load_shops
from couriers.registry import read
from pipelines.rules.actor import Actor, Context, Step
from pipelines.rules.book import book_of
from pipelines.rules.context import LogContext, pack_entry
from pipelines.rules.gather import GATHER
from pipelines.rules.normalize import Door, Keyed, normalize
from pipelines.rules.plan import PLAN
from pipelines.rules.routes import route
from pipelines.rules.track import TRACK
from pipelines.rules.unfold import recorded_in, unfold
from pipelines.transforms.act import ActLive
from schemas.messages import Decision
from schemas.settings import keys_of
from schemas.times import HOUR, Millis
from schemas.wire import Arrival, unpack_items, unpack_record

DEMO = Path(__file__).parents[2] / "infra" / "demo"

STAGES = ("track", "gather", "plan")

Keyed3 = tuple[str, str, bytes]
"""Stage, key, packed arrival."""


class Said(NamedTuple):
    """What a run of all stages gave: what the last one said, by key and in order, and packed records."""

    onward: dict[str, list[bytes]]
    records: list[bytes]
    wakes: set[Millis]


def by_loop(actors: tuple[Actor, ...], arrivals: Iterable[Keyed3], context: Context) -> Said:
    """The stages one after another, each key whole, with every moment at which one woke."""
    waiting: dict[str, dict[str, list[bytes]]] = {stage: defaultdict(list) for stage in (*STAGES, "end")}
    wakes: set[Millis] = set()
    records: list[bytes] = []
    for stage, key, arrival in arrivals:
        waiting[stage][key].append(arrival)
    for place, actor in enumerate(actors):
        following = "end" if place + 1 == len(actors) else STAGES[place + 1]
        for key, values in waiting[STAGES[place]].items():
            life = unfold(watched(actor, wakes), values, context)
            assert not life.failed
            routed = route(actor.name, key, life.said)
            records += routed.records
            for to, value in routed.onward:
                waiting[following][to].append(value)
    return Said(waiting["end"], records, wakes)


def watched(actor: Actor, wakes: set[Millis]) -> Actor:
    """The same actor, noting when it wakes."""

    def step(state: Any, now: Millis, arrival: Arrival | None, context: Context) -> Step:
        if arrival is None:
            wakes.add(now)
        return actor.step(state, now, arrival, context)

    return replace(actor, step=step)


_found: dict[str, list[Any]] = {}


def _keep(element: Any, where: str) -> None:
    _found.setdefault(where, []).append(element)


def by_live(
    actors: tuple[Actor, ...], arrivals: list[Keyed3], wakes: set[Millis], context: Context, clock: Millis = 1 << 60
) -> Said:
    """The stages as stateful DoFns in a row, fed as time goes on."""
    _found.clear()
    with beam.Pipeline(runner=BundleBasedDirectRunner(), options=PipelineOptions(streaming=True)) as pipeline:
        coming = pipeline | fed(arrivals, wakes)
        said: Any = None
        for stage, actor in zip(STAGES, actors, strict=False):
            to_stage = coming | f"To {stage}" >> beam.FlatMap(_to, stage).with_output_types(tuple[str, bytes])
            inputs = (to_stage,) if said is None else (to_stage, said)
            acted = inputs | f"Meet {stage}" >> beam.Flatten() | stage >> ActLive(actor, _Given(context), _Given(clock))
            said = acted.said
            _ = acted.records | f"Records {stage}" >> beam.Map(_keep, "records")
            _ = acted.failed | f"Failed {stage}" >> beam.Map(_keep, "failed")
        _ = said | "Said" >> beam.Map(_keep, "said")
    assert not _found.get("failed")
    onward: dict[str, list[bytes]] = defaultdict(list)
    for key, value in _found.get("said", []):
        onward[key].append(value)
    return Said(onward, _found.get("records", []), set())


class _Given:
    """A picklable function of nothing."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __call__(self) -> Any:
        return self._value


def _to(element: tuple[str, tuple[str, bytes]], stage: str) -> list[tuple[str, bytes]]:
    return [element[1]] if element[0] == stage else []


def fed(arrivals: list[Keyed3], wakes: set[Millis]) -> test_stream.TestStream:
    """The arrivals at their recorded times, the watermark stopping at each wake."""
    by_time: dict[Millis, list[Keyed3]] = {wake: [] for wake in wakes}
    for arrival in sorted(arrivals, key=lambda arrival: arrival[2]):
        by_time.setdefault(recorded_in(arrival[2]), []).append(arrival)
    coder = TupleCoder((StrUtf8Coder(), TupleCoder((StrUtf8Coder(), BytesCoder()))))
    stream = test_stream.TestStream(coder=coder)
    for moment, now_come in sorted(by_time.items()):
        at = Timestamp(micros=moment * 1000)
        stream = stream.advance_watermark_to(at)
        for stage, key, arrival in now_come:
            stream = stream.add_elements([TimestampedValue((stage, (key, arrival)), at)])
    return stream.advance_watermark_to_infinity()


# tiny actors


ScanOf = Callable[..., bytes]


@pytest.mark.parametrize("seed", range(5))
def test_two_live_stages_say_what_the_loop_says(
    seed: int, tally_actor: Actor, relay_actor: Actor, scan_of: ScanOf
) -> None:
    chance = random.Random(seed)
    moments = chance.sample(range(1000, 4 * HOUR), 6)
    arrivals = [("track", f"tiny/{chance.randrange(2)}", scan_of(moment, f"c{moment}")) for moment in moments]
    actors = (tally_actor, relay_actor)
    expected = by_loop(actors, arrivals, LogContext({}))
    live = by_live(actors, arrivals, expected.wakes, LogContext({}))
    assert {key: sorted(values) for key, values in live.onward.items()} == {
        key: sorted(values) for key, values in expected.onward.items()
    }


def test_doubled_arrivals_say_nothing_twice(tally_actor: Actor, scan_of: ScanOf) -> None:
    once = [("track", "tiny/1", scan_of(1000, "a")), ("track", "tiny/1", scan_of(2000, "b"))]
    expected = by_loop((tally_actor,), once, LogContext({}))
    assert by_live((tally_actor,), once * 2, expected.wakes, LogContext({})).onward == expected.onward


def test_a_wake_later_than_the_wall_clock_is_a_drain_and_is_not_stepped(tally_actor: Actor, scan_of: ScanOf) -> None:
    arrivals = [("track", "tiny/1", scan_of(1000, "a")), ("track", "tiny/1", scan_of(2000, "b"))]
    drained = by_live((tally_actor,), arrivals, set(), LogContext({}), clock=1000 + HOUR)
    assert [len(values) for values in drained.onward.values()] == [3]  # both scans, and the wake that was due


# the demo's stories


class Log(NamedTuple):
    """The demo's log, read."""

    lines: list[bytes]
    door: Door
    context: LogContext


@pytest.fixture(scope="module")
def demo() -> Log:
    bundles = load_shops(DEMO / "shops")
    door = Door(book_of(bundles, keys_of("a key for tests only").people), read)
    lines = sorted(set((DEMO / "events.jsonl").read_bytes().splitlines()))
    items = [item for line in lines for item in normalize(line, door).items]
    entries = [pack_entry(item) for item in items if type(item).__name__ in ("Configured", "Heard")]
    return Log(lines, door, LogContext(bundles, entries))


def story(log: Log, order: str) -> list[Keyed3]:
    """All that reaches any actor because of one order: its own events, its parcels' and its customers'."""
    items = [item for line in log.lines for item in normalize(line, log.door).items if isinstance(item, Keyed)]
    keys = {item.key for item in items if item.to == "gather" and item.key.endswith(f"/{order}")}
    own = [line for line in log.lines if f'"order":"{order}"'.encode() in line]
    for line in own:
        keys |= {item.key for item in normalize(line, log.door).items if isinstance(item, Keyed)}
        keys.discard("")
    found = {(item.to, item.key, item.arrival) for item in items if item.key in keys}
    return sorted(found, key=lambda arrival: (arrival[2], arrival[0]))


def decisions(records: list[bytes]) -> list[Any]:
    found = (unpack_record(record) for record in records)
    return sorted(json.dumps(str(record)) for record in found if isinstance(record, Decision))


ORDERS = ("10401", "10402", "10403", "10404", "10405", "10406", "10408", "10412", "7701", "7702")


@pytest.mark.parametrize("order", ORDERS)
def test_a_story_of_the_demo_lives_as_it_is_replayed(order: str, demo: Log) -> None:
    arrivals = story(demo, order)
    actors = (TRACK, GATHER, PLAN)
    expected = by_loop(actors, arrivals, demo.context)
    live = by_live(actors, arrivals, expected.wakes, demo.context)
    assert expected.onward
    assert items_of(live.onward) == items_of(expected.onward)
    assert decisions(live.records) == decisions(expected.records)


def items_of(onward: dict[str, list[bytes]]) -> dict[str, list[Any]]:
    return {key: [item for value in values for item in unpack_items(value)] for key, values in onward.items()}
