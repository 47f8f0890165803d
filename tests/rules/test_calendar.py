"""Working days of Poland and Ukraine, over weekends, holidays and the change of clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.rules.calendar import holidays_of, is_holiday, is_working_day, working_days_after
from schemas.times import DAY, local, to_millis

WARSAW = "Europe/Warsaw"
KYIV = "Europe/Kyiv"


def warsaw(text: str) -> int:
    return to_millis(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(WARSAW)))


def test_poland_does_not_work_on_weekends_and_on_independence_day() -> None:
    assert is_working_day(date(2026, 11, 10), "PL")
    assert is_holiday(date(2026, 11, 11), "PL")
    assert not is_working_day(date(2026, 11, 11), "PL")
    assert not is_working_day(date(2026, 11, 14), "PL")
    assert not is_working_day(date(2026, 11, 15), "PL")


def test_ukraine_has_no_holidays_under_martial_law() -> None:
    assert is_working_day(date(2026, 8, 24), "UA")
    assert holidays_of("UA", 2026) == frozenset()


def test_a_country_that_is_not_known_has_only_weekends() -> None:
    assert is_working_day(date(2026, 11, 11), "ZZ")
    assert is_working_day(date(2026, 11, 11), "")
    assert not is_working_day(date(2026, 11, 14), "ZZ")


def test_working_days_keep_the_time_of_day_and_skip_weekend_and_holiday() -> None:
    assert working_days_after(warsaw("2026-11-10T15:30"), 3, "PL", WARSAW) == warsaw("2026-11-16T15:30")
    assert working_days_after(warsaw("2026-11-10T15:30"), 3, "UA", WARSAW) == warsaw("2026-11-13T15:30")


@pytest.mark.parametrize("start", ["2026-10-23T15:00", "2026-10-24T15:00", "2026-10-25T15:00"])
def test_one_working_day_from_friday_or_the_weekend_ends_on_monday_though_the_clocks_changed(start: str) -> None:
    assert working_days_after(warsaw(start), 1, "PL", WARSAW) == warsaw("2026-10-26T15:00")


def test_the_clocks_that_went_back_make_a_span_an_hour_longer() -> None:
    friday = warsaw("2026-10-23T09:00")
    assert working_days_after(friday, 1, "PL", WARSAW) - friday == 3 * DAY + 3_600_000


def test_no_working_days_is_the_moment_itself() -> None:
    assert working_days_after(12_345, 0, "PL", WARSAW) == 12_345


@given(
    st.integers(to_millis(datetime(2024, 1, 1, tzinfo=UTC)), to_millis(datetime(2027, 1, 1, tzinfo=UTC))),
    st.integers(1, 12),
    st.sampled_from(["PL", "UA", "DE", "ZZ"]),
    st.sampled_from([WARSAW, KYIV, "UTC"]),
)
def test_the_days_between_hold_exactly_n_working_ones(when: int, n: int, country: str, zone: str) -> None:
    start = local(when, zone).date()
    end = local(working_days_after(when, n, country, zone), zone).date()
    days = (start + timedelta(days=i) for i in range(1, (end - start).days + 1))
    assert sum(is_working_day(day, country) for day in days) == n
    assert is_working_day(end, country)


@given(
    st.integers(to_millis(datetime(2026, 3, 20, tzinfo=UTC)), to_millis(datetime(2026, 11, 5, tzinfo=UTC))),
    st.integers(1, 7),
    st.sampled_from([WARSAW, KYIV, "Asia/Kathmandu"]),
)
def test_the_time_of_day_stays_the_same_but_in_the_hour_that_clocks_skip(moment: int, n: int, zone: str) -> None:
    start, end = local(moment, zone), local(working_days_after(moment, n, "PL", zone), zone)
    skipped = end.date() == date(2026, 3, 29)
    assert start.time() == end.time() or skipped
