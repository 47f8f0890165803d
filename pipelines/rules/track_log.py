"""The log that Track keeps of a parcel: compact scans in fold order, each event once.

Raw texts are not kept here (they are in the scan's record); raw codes are.
"""

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

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

SLACK = 40
"""How many more may gather before the log is trimmed."""

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


class Kept(Struct, frozen=True):
    """A scan as the log keeps it."""

    reading: Reading
    name: str  # of its event
    at: Millis  # when it happened, clamped
    recorded: Millis
    reported: Millis = 0  # what the carrier's clock said, if that was clamped
    identified: bool = False  # named by the courier's own id of the event
    retracts: str = ""  # "" | previous | self | name of an event
    again: bool = False  # the same event read again, with newer facts
    facts: Facts = NO_FACTS


class Log(Struct, frozen=True):
    """What is known of a parcel's way, in fold order. Scans up to `horizon` were dropped and are not taken again."""

    scans: tuple[Kept, ...] = ()
    horizon: Millis = 0


EMPTY = Log()


@lru_cache(maxsize=4096)
def event_name(source: str, occurred_at: Millis, raw_code: str) -> str:
    """The name of an event that its courier gave no id: never of when it was recorded, so it never changes."""
    return name_of(source, occurred_at, raw_code)


def scan_name(scan: Scan) -> str:
    """The name of a scan's event."""
    if scan.event_id:
        return name_of(scan.source, scan.event_id)
    return event_name(scan.source, scan.occurred_at, scan.raw_code)


def trust(via: str) -> int:
    """How far a way of hearing is trusted: 0 is best."""
    return TRUST.get(via, len(TRUST))


def take(log: Log, scan: Scan, now: Millis, recorded: Millis) -> tuple[Log, Kept | None]:
    """The log with this scan in its place, and the scan as kept; None if it says nothing that is not known."""
    if scan.occurred_at <= log.horizon:
        return log, None
    name = scan_name(scan)
    before = [kept for kept in log.scans if kept.name == name]
    kept = _again(scan, before, recorded) if before else _compact(scan, name, now, recorded)
    return (Log(_inserted(log.scans, kept), log.horizon), kept) if kept else (log, None)


def _compact(scan: Scan, name: str, now: Millis, recorded: Millis) -> Kept:
    ahead, retracts = scan.occurred_at > now + AHEAD, scan.retracts
    return Kept(
        read_as(scan),
        name,
        now if ahead else scan.occurred_at,
        recorded,
        scan.occurred_at if ahead else 0,
        bool(scan.event_id),
        retracts if retracts in ("", PREVIOUS, SELF) else name_of(scan.source, retracts),
        facts=NO_FACTS if scan.facts == NO_FACTS else scan.facts,
    )


def read_as(scan: Scan) -> Reading:
    """What remains of a scan when its times, texts and facts are taken away. A word that is no status is unknown."""
    return Reading(
        scan.status if scan.status in RANK else Status.UNKNOWN,
        scan.raw_code,
        scan.source,
        scan.via,
        scan.reason,
        scan.notice,
        scan.informational,
        scan.action,
        scan.leg,
    )


def _again(scan: Scan, before: Sequence[Kept], recorded: Millis) -> Kept | None:
    """A later reading of an event that is kept: it takes the event back, or has newer facts; else it is a double."""
    first, last = before[0], before[-1]
    if any(kept.retracts == SELF for kept in before):
        return None
    if scan.retracts == SELF:
        return replace(first, recorded=recorded, retracts=SELF, facts=NO_FACTS)
    if scan.facts in (NO_FACTS, last.facts) or recorded <= max(kept.recorded for kept in before):
        return None
    facts = news_in(scan.facts, [kept.facts for kept in before])
    return None if facts == NO_FACTS else replace(first, recorded=recorded, retracts="", again=True, facts=facts)


def in_fold_order(log: Log, new: Sequence[Kept]) -> tuple[Kept, ...]:
    """Scans that were just kept, in the order of the log."""
    if len(new) == 1:
        return (new[0],)
    wanted = {id(kept) for kept in new}
    return tuple([kept for kept in log.scans if id(kept) in wanted])


def _inserted(scans: tuple[Kept, ...], kept: Kept) -> tuple[Kept, ...]:
    place = len(scans)
    while place and _precedes(kept, scans[place - 1]):
        place -= 1
    return (*scans[:place], kept, *scans[place:])


def _precedes(one: Kept, other: Kept) -> bool:
    return one.at < other.at if one.at != other.at else _order(one) < _order(other)


def _order(kept: Kept) -> tuple[int, int, str, Millis]:
    """The order within one moment: rank, trust, name; readings of one event as they came."""
    rank = _AFTER_ALL if kept.retracts else RANK.get(kept.reading.status, 0)
    return rank, trust(kept.reading.via), kept.name, kept.recorded


def trimmed(log: Log, openers: frozenset[str]) -> Log:
    """The log within its bounds: the newest scans, those whose events opened occurrences, and retractions."""
    if len(log.scans) <= NEWEST + SLACK:
        return log
    old, newest = log.scans[:-NEWEST], log.scans[-NEWEST:]
    worth = [kept for kept in old if kept.retracts or kept.name in openers]
    if len(worth) == len(old) <= MOST - NEWEST + SLACK:
        return log
    return Log((*worth[-(MOST - NEWEST) :], *newest), max(log.horizon, old[-1].at))
