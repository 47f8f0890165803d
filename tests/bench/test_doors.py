"""The bench of the doors, tiny: every post is really taken, and a missed goal is named."""

import pytest

from tests.bench import doors


@pytest.mark.long
def test_a_tiny_bench_posts_to_a_gateway_on_both_stores() -> None:
    found = doors.measure("tiny")
    assert set(doors.GOALS) <= set(found["figures"])
    assert all(found[store]["per_s"] > 0 and found[store]["cpu_us"] > 0 for store in ("sqlite", "postgres"))


def test_a_missed_goal_of_the_doors_is_named() -> None:
    reached = {"doors_per_s": 1_200.0, "doors_p99_ms_at_half": 20.0}
    assert doors.missed(reached) == []
    assert doors.missed(reached | {"doors_p99_ms_at_half": 51.0}) == ["doors_p99_ms_at_half: 51.0, goal at most 50.0"]
