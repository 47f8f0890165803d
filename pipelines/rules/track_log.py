"""The log that Track keeps of a parcel: compact scans in fold order, each event once.

Raw texts are not kept here (they are in the scan's record); raw codes are. A code that comes again shares its
`Reading`, so that a scan costs little more than its times.
"""

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from pipelines.rules.track_facts import news_in
from schemas.parcels import NO_FACTS, Facts, Scan
from schemas.status import RANK, Action, Status
from schemas.times import MINUTE, Millis
from schemas.wire import name_of

AHEAD: Millis = 10 * MINUTE
"""How far a carrier's clock may run ahead; a scan from further in the future is taken as of now."""

NEWEST = 200
"""How many of the newest scans are kept whatever they say."""

MOST = 400
"""How many are kept at all: the newest, those that opened occurrences, and retractions."""

TRUST: dict[str, int] = {"push": 0, "answer": 1, "shop": 2, "aggregator": 3}
"""Ways of hearing, the most trusted first; one that is not listed is trusted least."""

PREVIOUS, SELF = "previous", "self"
_AFTER_ALL = 1_000  # a retraction follows everything of its moment


class Reading(Struct, frozen=True, array_like=True):
    """What a courier's code was read as."""

    status: str
    raw_code: str
    source: str
    via: str
    reason: str = ""
    notice: str = ""
    informational: bool = False
    action: str = Action.NONE
    leg: str = "outbound"

    @property
    def stands_still(self) -> bool:
        """True for what never moves a parcel: information, and codes that are not known."""
        return self.informational or self.status == Status.UNKNOWN


class Kept(Struct, frozen=True, array_like=True):
    """A scan as the log keeps it. `reading` is its place in the log's readings."""

    reading: int
    at: Millis  # when it happened, clamped
    recorded: Millis
    reported: Millis = 0  # what the carrier's clock said, if that was clamped
    event: bytes = b""  # hash of the courier's own id of the event
    retracts: str = ""  # "" | previous | self | name of an event
    again: bool = False  # the same event read again, with newer facts
    facts: Facts | None = None


class Log(Struct, frozen=True, array_like=True):
    """What is known of a parcel's way, in fold order. Scans up to `horizon` were dropped and are not taken again."""

    readings: tuple[Reading, ...] = ()
    scans: tuple[Kept, ...] = ()
    horizon: Millis = 0


EMPTY = Log()


@lru_cache(maxsize=1 << 15)
def event_name(source: str, occurred_at: Millis, raw_code: str) -> str:
    """The name of an event that its courier gave no id: never of when it was recorded, so it never changes."""
    return name_of(source, occurred_at, raw_code)


def scan_name(scan: Scan) -> str:
    """The name of a scan's event."""
    if scan.event_id:
        return name_of(scan.source, scan.event_id)
    return event_name(scan.source, scan.occurred_at, scan.raw_code)


def kept_name(log: Log, kept: Kept) -> str:
    """The name of a kept scan's event: the same as its `scan_name`."""
    if kept.event:
        return kept.event.hex()
    reading = log.readings[kept.reading]
    return event_name(reading.source, kept.reported or kept.at, reading.raw_code)


def trust(via: str) -> int:
    """How far a way of hearing is trusted: 0 is best."""
    return TRUST.get(via, len(TRUST))


def read_as(scan: Scan) -> Reading:
    """What remains of a scan when its times, texts and facts are taken away."""
    return Reading(
        scan.status,
        scan.raw_code,
        scan.source,
        scan.via,
        scan.reason,
        scan.notice,
        scan.informational,
        scan.action,
        scan.leg,
    )


def take(log: Log, scan: Scan, now: Millis, recorded: Millis) -> tuple[Log, Kept | None]:
    """The log with this scan in its place, and the scan as kept; None if it says nothing that is not known."""
    if scan.occurred_at <= log.horizon:
        return log, None
    name = scan_name(scan)
    before = _same_event(log, scan, name)
    facts = _news(scan, before, recorded)
    if facts is None:
        return log, None
    readings, place = _placed(log.readings, read_as(scan))
    kept = _compact(scan, name, place, now, recorded, facts, again=bool(before))
    if before:
        kept = _beside(kept, before[0])
    log = Log(readings, log.scans, log.horizon)
    return Log(readings, _inserted(log, kept), log.horizon), kept


def _same_event(log: Log, scan: Scan, name: str) -> list[Kept]:
    if scan.event_id:
        event = bytes.fromhex(name)
        return [kept for kept in log.scans if kept.event == event]
    moment = scan.occurred_at
    return [
        kept
        for kept in log.scans
        if (kept.reported or kept.at) == moment and not kept.event and kept_name(log, kept) == name
    ]


def _news(scan: Scan, before: Sequence[Kept], recorded: Millis) -> Facts | None:
    """The facts worth keeping of a scan whose event was kept `before`; None if nothing is new."""
    if not before:
        return scan.facts
    if any(kept.retracts == SELF for kept in before):
        return None
    if scan.retracts == SELF:
        return NO_FACTS
    if recorded <= max(kept.recorded for kept in before):
        return None
    new = news_in(scan.facts, [kept.facts for kept in before if kept.facts])
    return None if new == NO_FACTS else new


def _placed(readings: tuple[Reading, ...], reading: Reading) -> tuple[tuple[Reading, ...], int]:
    if reading in readings:
        return readings, readings.index(reading)
    return (*readings, reading), len(readings)


def _compact(scan: Scan, name: str, reading: int, now: Millis, recorded: Millis, facts: Facts, *, again: bool) -> Kept:
    ahead = scan.occurred_at > now + AHEAD
    retracts = scan.retracts
    if retracts not in ("", PREVIOUS, SELF):
        retracts = name_of(scan.source, retracts)
    return Kept(
        reading,
        now if ahead else scan.occurred_at,
        recorded,
        scan.occurred_at if ahead else 0,
        bytes.fromhex(name) if scan.event_id else b"",
        retracts,
        again and retracts != SELF,
        None if facts == NO_FACTS else facts,
    )


def _beside(kept: Kept, first: Kept) -> Kept:
    """A later reading of an event happened when the event did, whatever the clock says by now."""
    return Kept(
        first.reading, first.at, kept.recorded, first.reported, kept.event, kept.retracts, kept.again, kept.facts
    )


def _inserted(log: Log, kept: Kept) -> tuple[Kept, ...]:
    scans = log.scans
    place = len(scans)
    while place and _precedes(log, kept, scans[place - 1]):
        place -= 1
    return (*scans[:place], kept, *scans[place:])


def _precedes(log: Log, one: Kept, other: Kept) -> bool:
    if one.at != other.at:
        return one.at < other.at
    return _order(log, one) < _order(log, other)


def _order(log: Log, kept: Kept) -> tuple[int, int, str, Millis]:
    """The order within one moment: rank, trust, name; readings of one event as they came."""
    reading = log.readings[kept.reading]
    rank = _AFTER_ALL if kept.retracts else RANK.get(reading.status, 0)
    return rank, trust(reading.via), kept_name(log, kept), kept.recorded


def trimmed(log: Log, openers: frozenset[str]) -> Log:
    """The log within its bounds: the newest scans, those that opened occurrences, and retractions."""
    if len(log.scans) <= NEWEST:
        return log
    old, newest = log.scans[:-NEWEST], log.scans[-NEWEST:]
    worth = [kept for kept in old if kept.retracts or kept_name(log, kept) in openers]
    if len(worth) == len(old) <= MOST - NEWEST:
        return log
    return _renumbered(Log(log.readings, (*worth[-(MOST - NEWEST) :], *newest), max(log.horizon, old[-1].at)))


def without(log: Log, gone: frozenset[int]) -> Log:
    """The log without the scans at those places."""
    return _renumbered(
        Log(log.readings, tuple(kept for place, kept in enumerate(log.scans) if place not in gone), log.horizon)
    )


def _renumbered(log: Log) -> Log:
    """The log without readings that no scan has."""
    used = sorted({kept.reading for kept in log.scans})
    places = {old: new for new, old in enumerate(used)}
    scans = tuple(_with_reading(kept, places[kept.reading]) for kept in log.scans)
    return Log(tuple(log.readings[old] for old in used), scans, log.horizon)


def _with_reading(kept: Kept, reading: int) -> Kept:
    return Kept(reading, kept.at, kept.recorded, kept.reported, kept.event, kept.retracts, kept.again, kept.facts)
