"""Waking hours, reckoned anew: whether a recipient may be spoken to at a moment."""

from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays

from schemas.times import Millis, from_millis

OWN_WINDOWS: dict[str, tuple[int, int]] = {
    "out_for_delivery": (7 * 60, 20 * 60),
    "arriving_tomorrow": (17 * 60, 20 * 60),
    "feedback": (10 * 60, 18 * 60),
}
"""Kinds with hours of their own, in minutes of the local day."""

AT_ONCE = frozenset({"order_received", "order_confirmed", "order_cancelled", "order_refunded", "shop_alert"})
"""Kinds whose e-mail need not wait for the day."""


class Peace(NamedTuple):
    """On whose clock, in which hours, and whether Sundays and holidays of which country count."""

    zone: str
    country: str
    opens: int
    closes: int
    sundays: bool
    holidays: bool


def is_waking(moment: Millis, peace: Peace) -> bool:
    """Whether the moment lies in the window of a day on which the recipient may be spoken to."""
    clock = from_millis(moment).astimezone(ZoneInfo(peace.zone))
    if clock.weekday() == 6 and not peace.sundays:
        return False
    if not peace.holidays and clock.date() in _holidays(peace.country, clock.year):
        return False
    return peace.opens <= clock.hour * 60 + clock.minute < peace.closes


@lru_cache(maxsize=256)
def _holidays(country: str, year: int) -> "holidays.HolidayBase | dict[object, str]":
    try:
        return holidays.country_holidays(country, years=year)
    except NotImplementedError:
        return {}
