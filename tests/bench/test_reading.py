"""The measure of reading measures every courier, and says where a goal is missed."""

from couriers.registry import COURIERS
from tests.bench import reading


def test_every_courier_with_lists_of_events_is_measured() -> None:
    samples = list(reading.samples(50))
    assert {sample.courier for sample in samples} >= set(COURIERS)
    assert all(sample.events > 25 for sample in samples)


def test_a_missed_goal_names_the_courier_and_what_takes_the_time() -> None:
    (sample,) = [sample for sample in reading.samples(20) if (sample.courier, sample.shape[:5]) == ("gls", "MyGLS")]
    lines = reading.heaviest(sample)
    found = {"scans_per_s": {"gls: MyGLS answer (json)": 7}, "profile": {"gls: MyGLS answer": lines}}
    (said,) = reading.missed(found)
    assert len(lines) == 3
    assert said.startswith("reading gls: MyGLS answer: 7 scans/s, goal at least 20000: ")
