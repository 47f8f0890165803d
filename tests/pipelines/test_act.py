"""Act, bounded: any actor over keyed arrivals on the embedded runner, held against the plain loop."""

import random
from collections.abc import Callable
from typing import Any

import apache_beam as beam
import pytest

from pipelines.rules.actor import Actor
from pipelines.rules.context import LogContext, Reached, Until, pack_entry
from pipelines.rules.routes import bundled, route
from pipelines.rules.unfold import unfold
from pipelines.transforms.act import Act
from schemas.messages import DeadLetter
from schemas.orders import News
from schemas.parcels import ParcelRecord, ParcelUpdate
from schemas.times import HOUR
from schemas.wire import unbundle, unpack, unpack_record

Collect = Callable[..., list[Any]]
ScanOf = Callable[..., bytes]
Pairs = list[tuple[str, bytes]]


def acted(pipeline: beam.Pipeline, actor: Actor, pairs: Pairs, until: Until, reached: int = 0) -> Any:
    context = pipeline | "Log" >> beam.Create([pack_entry(Reached(reached))]) | beam.combiners.ToList()
    return pipeline | "Arrivals" >> beam.Create(pairs) | "Act" >> Act(actor, {}, context, until)


def codes(elements: list[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """(status, key) of updates, by time."""
    updates = [(unpack(packed), key) for key, value in elements for packed in unbundle(value)]
    found = sorted((arrival.recorded, key, arrival.body) for arrival, key in updates)
    return [(body.status, key) for _, key, body in found if isinstance(body, ParcelUpdate)]


@pytest.fixture
def pairs(scan_of: ScanOf) -> Pairs:
    return [("tiny/1", scan_of(1000, "a")), ("tiny/1", scan_of(2000, "b")), ("tiny/2", scan_of(1500, "c"))]


def test_a_key_says_its_arrivals_and_its_wakes(collect: Collect, tally_actor: Actor, pairs: Pairs) -> None:
    said = collect(lambda pipeline: acted(pipeline, tally_actor, pairs, "quiet").said)
    assert codes(said) == [
        (code, "shop/order") for code in ("a", "c", "b", "an_hour_old", "an_hour_old", "an_hour_old")
    ]


@pytest.mark.parametrize(
    ("until", "reached", "hours_old"),
    [("quiet", 0, 3), ("last", 2000, 0), ("last", 1500 + HOUR, 2), (1000 + HOUR, 0, 1), (0, 0, 0)],
)
def test_a_run_ends_where_it_is_told(
    collect: Collect, tally_actor: Actor, pairs: Pairs, until: Until, reached: int, hours_old: int
) -> None:
    said = collect(lambda pipeline: acted(pipeline, tally_actor, pairs, until, reached).said)
    assert [code for code, _ in codes(said)].count("an_hour_old") == hours_old


def test_shuffled_and_doubled_arrivals_say_the_same(collect: Collect, tally_actor: Actor, pairs: Pairs) -> None:
    doubled = random.Random(7).sample(pairs * 2, 2 * len(pairs))
    said = collect(lambda pipeline: acted(pipeline, tally_actor, doubled, "quiet").said)
    assert sorted(said) == sorted(collect(lambda pipeline: acted(pipeline, tally_actor, pairs, "quiet").said))


def test_two_actors_in_a_row_say_what_the_loop_says(
    collect: Collect, tally_actor: Actor, relay_actor: Actor, pairs: Pairs
) -> None:
    def chained(pipeline: beam.Pipeline) -> Any:
        context = pipeline | "Log" >> beam.Create([b""]) | beam.Filter(bool) | beam.combiners.ToList()
        first = pipeline | "Arrivals" >> beam.Create(pairs) | "Tally" >> Act(tally_actor, {}, context, "quiet")
        return (first.said | "Relay" >> Act(relay_actor, {}, context, "quiet")).said

    context = LogContext({})
    onward = [item for key in ("tiny/1", "tiny/2") for item in by_loop(tally_actor, key, pairs, context)]
    expected = by_loop(relay_actor, "shop/order", onward, context)
    assert sorted(collect(chained)) == sorted(expected)
    assert all(isinstance(unpack(packed).body, News) for _, value in expected for packed in unbundle(value))


def both_outputs(outputs: Any) -> Any:
    return (outputs.said, outputs.failed) | beam.Flatten()


def by_loop(actor: Actor, key: str, pairs: Pairs, context: LogContext) -> Pairs:
    life = unfold(actor, [arrival for of, value in pairs if of == key for arrival in unbundle(value)], context)
    return list(bundled(route(actor.name, key, life.said).onward))


def test_a_step_that_raises_buries_its_arrival_and_its_neighbours_go_on(
    collect: Collect, tally_actor: Actor, pairs: Pairs, scan_of: ScanOf
) -> None:
    broken = ("tiny/1", scan_of(1800, "raise"))
    both = collect(lambda pipeline: both_outputs(acted(pipeline, tally_actor, [*pairs, broken], "quiet")))
    (failed,) = (found for found in both if isinstance(found, bytes))
    letter = unpack_record(failed)
    assert [code for code, _ in codes([found for found in both if isinstance(found, tuple)])][:3] == ["a", "c", "b"]
    assert isinstance(letter, DeadLetter)
    assert (letter.stage, letter.place, letter.original, letter.source) == (
        "tally",
        "tiny/1",
        broken[1],
        "/couriers/tiny",
    )
    assert "LookupError" in letter.reason
    assert "personal" not in letter.reason


def test_of_a_keys_snapshots_only_the_newest_is_recorded(collect: Collect, tally_actor: Actor, pairs: Pairs) -> None:
    records = collect(lambda pipeline: acted(pipeline, tally_actor, pairs, "quiet").records)
    found = [unpack_record(record) for value in records for record in unbundle(value)]
    assert sorted(record.status for record in found if isinstance(record, ParcelRecord)) == ["b", "c"]


def test_what_nobody_takes_is_an_error_that_names_it() -> None:
    with pytest.raises(TypeError, match="track said a str"):
        route("track", "tiny/1", [(0, "words")])


def test_keys_and_values_cross_the_stages_as_strings_and_bytes(tally_actor: Actor, pairs: Pairs) -> None:
    pipeline = beam.Pipeline()
    outputs = acted(pipeline, tally_actor, pairs, "last")
    types = [str(output.element_type) for output in (outputs.said, outputs.records, outputs.failed)]
    assert types == ["Tuple[<class 'str'>, <class 'bytes'>]", "<class 'bytes'>", "<class 'bytes'>"]
