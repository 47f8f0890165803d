"""Times. Inside the rules a moment is an int of milliseconds since 1970 in UTC; at the doors, an aware datetime."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Millis = int
"""Milliseconds: a moment since 1970-01-01T00:00Z, or a span."""

SECOND: Millis = 1_000
MINUTE: Millis = 60 * SECOND
HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR

YEARS = range(2000, 2101)
"""Of what orders and parcels do; a moment of another year is of a clock that is not set."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def is_of_our_time(moment: date) -> bool:
    """True for a day or a moment that an order or a parcel can have."""
    return moment.year in YEARS


def to_millis(moment: datetime) -> Millis:
    """Milliseconds of an aware datetime (finer digits are cut). Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000


def from_millis(moment: Millis) -> datetime:
    """The aware UTC datetime of a moment."""
    return _EPOCH + moment * _MILLISECOND


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name. Raises ZoneInfoNotFoundError."""
    return ZoneInfo(name)


def local(moment: Millis, zone_name: str) -> datetime:
    """The moment as an aware datetime on the clocks of that zone."""
    return from_millis(moment).astimezone(zone(zone_name))


def at_local(day: date, clock: time, zone_name: str) -> Millis:
    """The moment when clocks of the zone show that day and time.

    An hour that occurs twice (October) means its first pass; one that never occurs (March) is read by the offset
    before the jump, so that 02:30 becomes 03:30.
    """
    return to_millis(datetime.combine(day, clock, tzinfo=zone(zone_name)))
