"""The bench itself, tiny: what it compares is the same work, and a missed goal is named."""

import json
from pathlib import Path

import pytest

from pipelines.graph import ACTORS
from schemas.messages import Decision
from schemas.wire import unpack_items, unpack_record
from tests.bench import logs, loop
from tests.bench.__main__ import GOALS, SIZES, figures, measure, missed
from tests.bench.hops import HOPS
from tests.bench.measure import Case, scratch
from tests.bench.plot import plot


def test_a_made_log_has_its_events_in_the_order_of_time_and_of_the_size_asked_for() -> None:
    lines = logs.log(parcels=3, scans=8)
    times = [json.loads(line)["time"] for line in lines]
    assert times == sorted(times)
    pushed = [line for line in lines if b"reported" in line]
    assert len(pushed) == 24
    assert 250 < sum(map(len, pushed)) / len(pushed) < 400


def test_steps_of_any_number_end_with_the_delivery() -> None:
    assert [len(logs.steps(number)) for number in (4, 8, 30)] == [4, 8, 30]
    assert all(logs.steps(number)[-1] == "delivered" for number in (4, 8, 30))


def test_the_loop_decides_of_every_parcel_and_says_something() -> None:
    with scratch() as folder:
        case = Case.of(4, 8, folder)
        said, records = loop.run(case.lines, case.log.door, case.log.bundles, ACTORS)
    decisions = [record for record in map(unpack_record, records) if isinstance(record, Decision)]
    assert len({decision.order for decision in decisions}) == 4
    assert all(unpack_items(value) for values in said.values() for value in values)


def test_three_bare_hops_pass_every_scan_on() -> None:
    with scratch() as folder:
        case = Case.of(4, 8, folder)
        _, records = loop.run(case.lines, case.log.door, case.log.bundles, HOPS)
    assert len(records) == 32


@pytest.mark.long
def test_a_tiny_bench_measures_all_that_has_a_goal_and_draws_it(tmp_path: Path) -> None:
    found = measure(SIZES["tiny"])
    assert set(GOALS) <= set(found["figures"])
    assert found["figures"] == figures(found)
    assert all(cost > 0 for cost in found["growth"].values())
    plot(found, tmp_path / "bench.png")
    assert (tmp_path / "bench.png").stat().st_size > 10_000


def test_a_missed_goal_is_named() -> None:
    reached = {"pipeline_to_loop": 0.6, "pipeline_to_naive": 6.0, "hops_overhead_us": 70.0, "help_s": 0.1}
    reached |= {"track_30_scans_bytes": 400, "plan_order_bytes": 200}
    assert missed(reached) == []
    assert missed(reached | {"help_s": 0.4}) == ["help_s: 0.4, goal at most 0.3"]
