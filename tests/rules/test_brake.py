"""The volume brake: it knows the usual hour, lets peaks pass and never holds the word that an order was received."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.rules.brake import NEVER_HELD, WEEK_HOURS, Measure, Peak, holds, most, usual
from schemas.messages import Kind
from schemas.times import HOUR

NOW = 20_000 * 24 + 10  # ten o'clock of a day, in hours
MEASURE = Measure(times=5.0, least=100)


def weeks(number: int = 40, of: int = 4) -> dict[int, int]:
    """So many messages in every hour of the past weeks."""
    return dict.fromkeys(range(NOW - of * WEEK_HOURS - 1, NOW), number)


def test_an_hour_like_every_other_passes() -> None:
    assert usual(NOW, weeks()) == 40
    assert not holds("shipped", NOW * HOUR, weeks() | {NOW: 199}, MEASURE)


def test_far_more_than_usual_is_held() -> None:
    assert holds("shipped", NOW * HOUR, weeks() | {NOW: 200}, MEASURE)


def test_a_small_number_is_never_held_however_unusual() -> None:
    assert not holds("shipped", NOW * HOUR, weeks(1) | {NOW: 99}, MEASURE)
    assert holds("shipped", NOW * HOUR, weeks(1) | {NOW: 100}, MEASURE)


def test_the_hour_of_the_week_counts_and_not_the_quiet_night() -> None:
    quiet = {hour: (400 if (hour - NOW) % WEEK_HOURS in (0, 1, WEEK_HOURS - 1) else 2) for hour in weeks()}
    night = {hour: number for hour, number in quiet.items() if hour < NOW - 24}
    assert usual(NOW, night) == 400
    assert not holds("shipped", NOW * HOUR, night | {NOW: 1_999}, MEASURE)


def test_a_shop_that_grows_is_measured_by_its_busiest_hour_of_the_day_before() -> None:
    grown = weeks(40) | dict.fromkeys(range(NOW - 24, NOW), 300)
    assert usual(NOW, grown) == 300


def test_a_new_shop_is_held_only_by_the_least_number_until_it_is_known() -> None:
    two_days = dict.fromkeys(range(NOW - 30, NOW), 5_000)
    assert usual(NOW, {NOW - 1: 5_000}) is None
    assert most(NOW, {NOW - 1: 5_000}, MEASURE) == 100
    assert usual(NOW, two_days | {NOW - 60: 1}) == 5_000


@pytest.mark.parametrize(
    ("peak", "held"),
    [
        (Peak(NOW * HOUR, (NOW + 1) * HOUR), False),
        (Peak(NOW * HOUR, (NOW + 1) * HOUR, times=100.0), False),
        (Peak(NOW * HOUR, (NOW + 1) * HOUR, times=6.0), True),
        (Peak((NOW + 1) * HOUR, (NOW + 2) * HOUR), True),
        (Peak((NOW - 2) * HOUR, NOW * HOUR), True),
    ],
)
def test_an_announced_peak_passes_as_far_as_it_was_announced(peak: Peak, held: bool) -> None:
    assert holds("shipped", NOW * HOUR, weeks() | {NOW: 1_000}, MEASURE, [peak]) == held


@given(st.dictionaries(st.integers(NOW - 1_000, NOW), st.integers(0, 1_000_000)), st.floats(0, 100), st.integers(0, 9))
def test_the_word_that_an_order_was_received_is_never_held(volumes: dict[int, int], times: float, least: int) -> None:
    assert {Kind.ORDER_RECEIVED} == NEVER_HELD
    assert not holds(Kind.ORDER_RECEIVED, NOW * HOUR, volumes, Measure(times, least))


def test_the_brake_can_be_switched_off() -> None:
    assert not holds("shipped", NOW * HOUR, {NOW: 10**9}, Measure(times=0.0, least=0))
