"""When a recipient may be spoken to: a window of the local day, without the days that are left in peace."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from itertools import takewhile

from pipelines.rules.calendar import is_holiday
from schemas.times import MINUTE, Millis, at_local, from_millis, zone

Interval = tuple[Millis, Millis]
"""From (with) to (without)."""

SUNDAY = 6
LONGEST_PEACE = 14
"""Days after which we stop looking for an opening: no country closes longer."""

LAST_MOMENT: Millis = MINUTE
"""How long before closing the last waking moment of a day is: the message still has to leave."""


@dataclass(frozen=True)
class WakingDay:
    """Hours on the clocks of `zone`, and whether Sundays and holidays of `country` count."""

    zone: str
    country: str
    opens: time
    closes: time
    sundays: bool = False
    holidays: bool = False


@lru_cache(maxsize=4096)
def _hours_of(day: date, waking: WakingDay) -> Interval | None:
    """The window on that day; None if the day is left in peace."""
    if day.weekday() == SUNDAY and not waking.sundays:
        return None
    if not waking.holidays and is_holiday(day, waking.country):
        return None
    return at_local(day, waking.opens, waking.zone), at_local(day, waking.closes, waking.zone)


def _day_of(moment: Millis, waking: WakingDay) -> date:
    return from_millis(moment).astimezone(zone(waking.zone)).date()


def _windows(start: Millis, waking: WakingDay) -> Iterator[Interval]:
    """Windows from the day of `start` on, in order, as long as it is sensible to look."""
    day = _day_of(start, waking)
    for offset in range(LONGEST_PEACE + 1):
        window = _hours_of(day + timedelta(days=offset), waking)
        if window is not None:
            yield window


def next_opening(start: Millis, waking: WakingDay) -> Millis | None:
    """The first moment from `start` on that is within the window; None if there is none in sight."""
    return next((max(start, opens) for opens, closes in _windows(start, waking) if start < closes), None)


def open_intervals(start: Millis, end: Millis, waking: WakingDay) -> tuple[Interval, ...]:
    """The parts of the window between `start` and `end`, in order."""
    windows = takewhile(lambda window: window[0] < end, _windows(start, waking))
    parts = ((max(start, opens), min(end, closes)) for opens, closes in windows)
    return tuple((begins, ends) for begins, ends in parts if begins < ends)


def last_waking_moment(until: Millis, waking: WakingDay) -> Millis | None:
    """The latest moment not after `until` at which the recipient may be spoken to; None within two weeks' peace."""
    day = _day_of(until, waking)
    for offset in range(LONGEST_PEACE + 1):
        window = _hours_of(day - timedelta(days=offset), waking)
        if window is not None and window[0] <= until:
            return min(until, window[1] - LAST_MOMENT)
    return None


def next_local(moment: Millis, clock: time, zone_name: str) -> Millis:
    """The next time after `moment` that clocks of the zone show `clock`."""
    day = from_millis(moment).astimezone(zone(zone_name)).date()
    today = at_local(day, clock, zone_name)
    return today if today > moment else at_local(day + timedelta(days=1), clock, zone_name)
