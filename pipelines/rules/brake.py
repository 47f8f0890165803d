"""The volume brake: a shop that suddenly sends far more than it usually does in this hour is stopped and asked.

A bulk import, a changed status or a bug of ours would write to thousands of people at once. The brake knows a shop's
usual hour from its past weeks, lets announced peaks pass, and never holds the word that an order was received,
for a customer who has just paid waits for it. Hours are counted since 1970; moments are message time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.messages import Kind
from schemas.times import DAY, HOUR, Millis

NEVER_HELD: frozenset[str] = frozenset({Kind.ORDER_RECEIVED})
"""Kinds that pass whatever the volume."""

WEEKS = 4
LEARNS = 3
"""A shop's first days: until it was seen on so many, only the least number holds."""

BRAKED = "brake"
"""Why a row is parked."""

RELEASED = "released"
"""Why a row that an operator let go waits; the brake does not hold it again."""

WEEK_HOURS = 7 * 24


@dataclass(frozen=True)
class Peak:
    """An announced peak: from `since` to before `until` the shop may send up to `times` its usual hour; 0: anything."""

    since: Millis
    until: Millis
    times: float = 0.0

    def covers(self, now: Millis) -> bool:
        """Does it hold at this moment?"""
        return self.since <= now < self.until


@dataclass(frozen=True)
class Measure:
    """When to brake: more than `times` the usual hour, and never at fewer than `least` messages. `times` 0: never."""

    times: float = 5.0
    least: int = 500


def usual(hour: int, volumes: Mapping[int, int]) -> float | None:
    """How many messages are usual in this hour: the mean of this hour of the week and of its neighbours in the past
    weeks, or the shop's busiest hour of the day before if that is more, for a shop that grows. None: not known yet."""
    if len({each // 24 for each in volumes if each < hour}) < LEARNS:
        return None
    same = [hour - WEEK_HOURS * week + shift for week in range(1, WEEKS + 1) for shift in (-1, 0, 1)]
    known = [volumes[each] for each in same if each in volumes]
    mean = sum(known) / len(known) if known else 0.0
    yesterday = max((number for each, number in volumes.items() if hour - 24 <= each < hour), default=0)
    return max(mean, float(yesterday))


def most(hour: int, volumes: Mapping[int, int], measure: Measure, peaks: Sequence[Peak] = ()) -> float:
    """How many messages may go in this hour before the brake holds."""
    announced = [peak for peak in peaks if peak.covers(hour * HOUR) or peak.covers((hour + 1) * HOUR - 1)]
    if not measure.times or any(not peak.times for peak in announced):
        return float("inf")
    times = max([measure.times, *(peak.times for peak in announced)])
    return max((usual(hour, volumes) or 0.0) * times, float(measure.least))


def holds(kind: str, now: Millis, volumes: Mapping[int, int], measure: Measure, peaks: Sequence[Peak] = ()) -> bool:
    """Must this message wait for an operator? `volumes`: hour -> messages of the shop that went, this hour's too."""
    hour = now // HOUR
    return kind not in NEVER_HELD and volumes.get(hour, 0) >= most(hour, volumes, measure, peaks)


def window(now: Millis) -> Millis:
    """From when on volumes are needed to decide at `now`."""
    return now - WEEKS * 7 * DAY - 2 * HOUR
