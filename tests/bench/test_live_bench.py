"""The live bench itself, without a runner: what it publishes is what it waits for, and a missed goal is named."""

import json
from itertools import islice

from schemas.envelope import read_structured
from schemas.times import DAY
from tests.bench import live, logs
from tests.bench.lives import STEPS, entry, steps
from tests.bench.stage import MORNING, Told
from tests.bench.steady import summary


def test_orders_live_side_by_side_each_step_in_turn() -> None:
    some = list(islice(steps(3), 3 * len(STEPS) + 1))
    assert [step.word for step in some[:4]] == ["placed"] * 3 + ["created"]
    assert len({step.order for step in some[:-1]}) == 3
    assert some[-1].order not in {step.order for step in some[:-1]}


def test_every_step_is_an_event_that_can_be_read() -> None:
    read = [read_structured(entry(step, MORNING).event) for step in islice(steps(1), len(STEPS))]
    assert {event.occurred_at for event in read} == {MORNING}
    assert len({event.type for event in read}) == 3


def test_a_provider_s_requests_are_known_by_the_key_that_they_carry() -> None:
    key = "0123456789abcdef" * 2
    told = Told([(7, b"Body=x&StatusCallback=https%3A%2F%2Fx%2F" + key.encode()), (9, key.encode())])
    assert told.by_key() == {key: 7}


def test_waits_are_told_by_their_median_and_their_worst() -> None:
    assert live.shares([n / 100 for n in range(1, 101)]) == {"n": 100, "p50_s": 0.5, "p99_s": 0.99, "max_s": 1.0}


def test_a_missed_latency_is_named() -> None:
    assert live.missed({"latency_p99_s": 1.4}) == []
    assert live.missed({"latency_p99_s": 1.6}) == ["latency_p99_s: 1.6, goal at most 1.5"]


def test_a_month_s_log_of_days_keeps_its_length_and_a_further_day_has_parcels_of_its_own() -> None:
    month = logs.log(30, 8, days=30)
    day = logs.log(2, 8, seed=2, days=1, prefix="D")
    at = [read_structured(line).occurred_at for line in month if b"order.placed" in line]
    assert 20 * DAY < at[-1] - at[0] < 30 * DAY
    numbers = [{json.loads(line)["data"].get("number") for line in some} - {None} for some in (month, day)]
    assert numbers[0] & numbers[1] == set()


def test_the_summary_of_a_steady_run_leaves_out_its_beginning() -> None:
    rows = [
        {
            "s": s,
            "published": s * 8,
            "requests": s,
            "lag_s": 1.0,
            "pipeline": 1024 * (100 if s < 100 else 200),
            "prism": 0,
        }
        for s in range(0, 300, 10)
    ]
    found = summary(rows)
    assert found["pipeline"] == {
        "mb_at_a_third": 200.0,
        "mb_at_the_end": 200.0,
        "mb_a_minute": 0.0,
        "bytes_an_order": 0,
    }
    assert (found["lag_p50_s"], found["lag_max_s"]) == (1.0, 1.0)
