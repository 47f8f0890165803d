"""The bench of sending, tiny: everything it measures is really sent, and a missed goal is named."""

import pytest

from tests.bench import sending


@pytest.mark.long
def test_a_tiny_bench_sends_everything_on_both_stores_and_by_both_clients() -> None:
    found = sending.measure("tiny")
    assert set(sending.GOALS) <= set(found["figures"])
    assert all(found[store][name] > 0 for store in ("sqlite", "postgres") for name in ("per_s", "cpu_us_per_send"))
    assert found["sqlite"]["per_s"] <= sending.LIMIT
    assert all(figure > 0 for figure in found["ledger"].values())
    assert found["mail"]["ours_per_s"] > found["mail"]["official_per_s"] > 0


def test_a_missed_goal_of_sending_is_named() -> None:
    reached = {"postgres_share_of_limit": 0.96, "email_to_official": 11.0, "ledger_per_s": 1_200.0}
    assert sending.missed(reached) == []
    assert sending.missed(reached | {"email_to_official": 9.0}) == ["email_to_official: 9.0, goal at least 10.0"]
