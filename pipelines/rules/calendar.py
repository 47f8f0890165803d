"""Working days: Monday to Friday without the holidays of a country, on the clocks of a zone.

Holidays are those of the `holidays` library. Ukraine has none under martial law: intended, its couriers work.
"""

from datetime import date, timedelta
from functools import lru_cache

from schemas.times import MINUTE, Millis, at_local, local

SATURDAY = 5
QUARTER: Millis = 15 * MINUTE
_DAY = timedelta(days=1)


@lru_cache(maxsize=1024)
def holidays_of(country: str, year: int) -> frozenset[date]:
    """The public holidays of a country (ISO 3166 alpha-2) in a year; none for "" or a country that is not known."""
    from holidays import country_holidays  # slow to import, and only needed where a calendar is asked

    try:
        return frozenset(country_holidays(country, years=year, observed=True)) if country else frozenset()
    except NotImplementedError:
        return frozenset()


def is_holiday(day: date, country: str) -> bool:
    """Whether the day is a public holiday of that country."""
    return day in holidays_of(country, day.year)


def is_working_day(day: date, country: str) -> bool:
    """Whether people of that country work on that day: Monday to Friday, and no holiday."""
    return day.weekday() < SATURDAY and not is_holiday(day, country)


@lru_cache(maxsize=4096)
def _working_day(day: date, n: int, country: str) -> date:
    """The n-th working day after a day."""
    while n > 0:
        day += _DAY
        n -= is_working_day(day, country)
    return day


def working_days_after(moment: Millis, n: int, country: str, zone: str) -> Millis:
    """The moment n working days later, at the same local time of day: from Friday or Saturday 15:00, one working day
    leads to Monday 15:00. A time that clocks skip is read as `schemas.times.at_local` says."""
    if n <= 0:
        return moment
    return moment + _span(moment - moment % QUARTER, n, country, zone)


@lru_cache(maxsize=4096)
def _span(moment: Millis, n: int, country: str, zone: str) -> Millis:
    """How long n working days are from a moment: the same for all of a quarter of an hour, since days begin and clocks
    change at its edges only."""
    here = local(moment, zone)
    return at_local(_working_day(here.date(), n, country), here.time(), zone) - moment
