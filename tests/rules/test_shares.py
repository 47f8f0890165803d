"""Shares: who is ill gets less, and comes back by itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.rules.shares import LEAST, Health, Seen, after, order, shares, weight
from schemas.times import DAY, HOUR, MINUTE, SECOND


def seen(*what: Seen, since: int = 0, every: int = SECOND, health: Health | None = None) -> Health:
    """The health after these, one each `every`."""
    health = health or Health()
    for place, each in enumerate(what):
        health = after(health, since + place * every, each)
    return health


def test_while_all_is_well_the_first_has_everything() -> None:
    well = weight(seen(*[Seen.ANSWERED] * 100), 100 * SECOND)
    assert shares([weight(Health(), 0), 1.0]) == (1.0, 0.0)
    assert well == 1.0


@pytest.mark.parametrize(("bad", "most"), [(Seen.FAILED, 0.1), (Seen.SLOW, 0.3)])
def test_a_share_falls_with_errors_and_with_slowness(bad: Seen, most: float) -> None:
    half = seen(*[Seen.ANSWERED, bad] * 50)
    now = 100 * SECOND
    assert weight(half, now) < most
    assert weight(seen(*[Seen.ANSWERED] * 99, bad), now) > 0.95
    first, second = shares([weight(half, now), 1.0])
    assert second > 1 - most > 0.5 > first


def test_an_ill_provider_recovers_by_itself() -> None:
    ill = seen(*[Seen.FAILED] * 100)
    weights = [weight(ill, 100 * SECOND + minutes * MINUTE) for minutes in range(0, 120, 5)]
    assert weights[0] == LEAST
    assert weights == sorted(weights)
    assert weights[-1] > 0.99


def test_good_answers_bring_it_back_sooner() -> None:
    ill = seen(*[Seen.FAILED] * 20)
    mended = seen(*[Seen.ANSWERED] * 200, since=20 * SECOND, health=ill)
    now = 220 * SECOND
    assert weight(mended, now) > 0.6 > weight(ill, now)


def test_a_share_falls_when_less_arrives_than_usually_does() -> None:
    usual = seen(*[Seen.DELIVERED] * 2_000, every=MINUTE)
    begun = 2_000 * MINUTE
    fell = seen(*[Seen.UNDELIVERED] * 100, since=begun, every=SECOND, health=usual)
    assert weight(usual, begun) == 1.0
    assert weight(fell, begun + 100 * SECOND) < 0.1
    assert weight(fell, begun + DAY) > 0.9


def test_a_country_that_never_says_delivered_is_no_illness() -> None:
    silent = seen(*[Seen.UNDELIVERED, Seen.DELIVERED] * 2_000, every=MINUTE)
    assert weight(silent, 4_000 * MINUTE) > 0.8


def test_what_fades_is_never_counted_twice_when_the_clock_goes_back() -> None:
    health = seen(Seen.FAILED, since=HOUR)
    assert weight(health, 0) == weight(health, HOUR)


@settings(deadline=None)
@given(st.lists(st.floats(LEAST, 1), min_size=1, max_size=5), st.floats(0, 1, exclude_max=True))
def test_shares_are_a_whole_and_every_provider_is_asked_once(weights: list[float], point: float) -> None:
    parts = shares(weights)
    assert sum(parts) == pytest.approx(1)
    assert all(part >= 0 for part in parts)
    assert sorted(order(parts, point)) == list(range(len(weights)))


def test_points_find_their_provider() -> None:
    parts = (0.5, 0.3, 0.2)
    assert [order(parts, point)[0] for point in (0, 0.49, 0.5, 0.79, 0.8, 0.99)] == [0, 0, 1, 1, 2, 2]
    assert order(parts, 0.6) == [1, 0, 2]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(Seen)), st.integers(0, DAY)), max_size=50), st.integers(0, 2 * DAY))
def test_a_weight_is_never_outside_its_bounds(events: list[tuple[Seen, int]], now: int) -> None:
    health = Health()
    for what, moment in events:
        health = after(health, moment, what)
    assert LEAST <= weight(health, now) <= 1
