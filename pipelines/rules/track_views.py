"""What each subscriber of a parcel sees of it, and what is new to them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from operator import attrgetter

import msgspec

from pipelines.rules.fold import CONTRADICTION, ILLEGAL, OUTSIDE, UNMAPPED, Folded, Line, flags_of, fold, history
from pipelines.rules.track_facts import still_holds
from pipelines.rules.track_log import Kept, kept_name
from pipelines.rules.track_state import ParcelState, Subscriber
from schemas.parcels import HistoryLine, Occurrence, ParcelNotice, ParcelRecord, ParcelUpdate, Scan, ScanRecord
from schemas.status import HARD_ENDS
from schemas.times import Millis

_at = attrgetter("at")
_encode = msgspec.msgpack.Encoder(decimal_format="string").encode


@dataclass(frozen=True, slots=True)
class Views:
    """A parcel as it is at one moment, folded once for each window."""

    courier: str
    number: str
    now: Millis
    state: ParcelState
    new: Kept | None = None  # the scan that this step has kept
    folds: dict[tuple[int, int, str], Folded] = field(default_factory=dict)

    def window(self, subscriber: Subscriber) -> tuple[int, int]:
        """From which to before which place of the log the subscriber's scans lie."""
        scans = self.state.log.scans
        begin = bisect_left(scans, subscriber.since, key=_at)
        return begin, bisect_right(scans, subscriber.until, begin, key=_at)

    def of(self, subscriber: Subscriber) -> Folded:
        """The way of the parcel within the subscriber's window."""
        return self._fold(*self.window(subscriber), subscriber.direction)

    def whole(self) -> Folded:
        """The way of the parcel within the newest window; of all scans while nobody has subscribed."""
        newest = self.newest()
        return self.of(newest) if newest else self._fold(0, len(self.state.log.scans), "outbound")

    def newest(self) -> Subscriber | None:
        """The subscriber whose window begins last."""
        return max(self.state.subscribers, key=attrgetter("since"), default=None)

    def _fold(self, begin: int, end: int, direction: str) -> Folded:
        key = (begin, end, direction)
        if key not in self.folds:
            log = self.state.log
            named = {name for each in self.state.subscribers for name in each.told}
            self.folds[key] = fold(log, log.scans[begin:end], self.courier, direction, named)
        return self.folds[key]


def told(views: Views, subscriber: Subscriber) -> tuple[Subscriber, ParcelUpdate | None]:
    """The update that brings a subscriber up to date (None if nothing has changed for it), and the subscriber then."""
    folded = views.of(subscriber)
    plain = snapshot(views, subscriber, folded)
    seen = blake2b(_encode(plain), digest_size=8).digest()
    opened, withdrawn = _opened(folded, subscriber.told), _withdrawn(folded, subscriber.told)
    notices = _notices(folded, views.new)
    if seen == subscriber.seen and not (opened or withdrawn or notices):
        return subscriber, None
    update = msgspec.structs.replace(
        plain, version=views.state.sequence, at=views.now, opened=opened, notices=notices, withdrawn=withdrawn
    )
    return _having(subscriber, folded, seen), update


def snapshot(views: Views, subscriber: Subscriber, folded: Folded) -> ParcelUpdate:
    """A subscriber's view, without what is new in it and when it was said."""
    present = folded.present
    return ParcelUpdate(
        subscriber.shop,
        subscriber.order,
        views.courier,
        views.number,
        version=0,
        at=0,
        status=folded.status,
        reason=folded.reason,
        action=folded.action,
        since=present.occurred_at if present else 0,
        occurrence=present.name if present else "",
        number_of=present.number if present else 1,
        direction=subscriber.direction,
        leg=folded.leg,
        facts=folded.facts,
        known_at=folded.known_at,
    )


def _having(subscriber: Subscriber, folded: Folded, seen: bytes) -> Subscriber:
    return Subscriber(
        subscriber.shop,
        subscriber.order,
        subscriber.since,
        subscriber.until,
        subscriber.direction,
        tuple(occurrence.name for occurrence in folded.occurrences),
        seen,
        folded.status in HARD_ENDS,
    )


def _opened(folded: Folded, before: Sequence[str]) -> tuple[Occurrence, ...]:
    """Occurrences that the subscriber has not been told of. Only the present one is still news."""
    return tuple(
        occurrence if occurrence is folded.present else msgspec.structs.replace(occurrence, late=True)
        for occurrence in folded.occurrences
        if occurrence.name not in before
    )


def _withdrawn(folded: Folded, before: Sequence[str]) -> tuple[str, ...]:
    stand = {occurrence.name for occurrence in folded.occurrences}
    return tuple(name for name in before if name not in stand)


def _notices(folded: Folded, new: Kept | None) -> tuple[ParcelNotice, ...]:
    """What the new scan tells beside the status, unless a later scan has overtaken it."""
    line = line_of(folded, new)
    if line is None:
        return ()
    return tuple(notice for notice in line.notices if still_holds(notice.notice, line.kept.facts, folded.facts))


def line_of(folded: Folded, new: Kept | None) -> Line | None:
    """What became of a scan; None if it is not in the window."""
    return next((line for line in reversed(folded.lines) if line.kept is new), None)


def scan_record(views: Views, scan: Scan, new: Kept) -> ScanRecord:
    """The record of a scan that was just kept."""
    return ScanRecord(
        scan.courier,
        scan.number,
        kept_name(views.state.log, new),
        new.at,
        new.recorded,
        scan.status,
        scan.reason,
        scan.notice,
        scan.raw_code,
        scan.raw_text,
        scan.source,
        scan.via,
        scan.zone,
        tuple(dict.fromkeys((*scan.flags, *_scan_flags(views, new)))),
    )


def _scan_flags(views: Views, new: Kept) -> Iterable[str]:
    log, subscribers = views.state.log, views.state.subscribers
    lines = (line_of(folded, new) for folded in (views.whole(), *map(views.of, subscribers)))
    line = next((line for line in lines if line), None) or Line(new, "", OUTSIDE)
    return (*(() if subscribers else ("orphan",)), *flags_of(log, line))


def parcel_record(views: Views) -> ParcelRecord:
    """The parcel as one reads it."""
    state, folded = views.state, views.whole()
    present, lines = folded.present, history(state.log, _all_lines(views, folded))
    return ParcelRecord(
        views.courier,
        views.number,
        views.now,
        state.sequence,
        folded.status,
        folded.reason,
        present.occurred_at if present else 0,
        lines,
        folded.facts,
        tuple(f"{each.shop}/{each.order}" for each in state.subscribers),
        _count(lines, CONTRADICTION),
        _count(lines, ILLEGAL),
        _count(lines, UNMAPPED),
    )


def _all_lines(views: Views, folded: Folded) -> Iterable[Line]:
    """Every scan that is kept; those outside the window stand before and after the others."""
    log, newest = views.state.log, views.newest()
    if newest is None or len(folded.lines) == len(log.scans):
        return folded.lines
    begin, end = views.window(newest)
    outside = [Line(kept, log.readings[kept.reading].status, OUTSIDE) for kept in log.scans]
    return (*outside[:begin], *folded.lines, *outside[end:])


def _count(lines: Iterable[HistoryLine], flag: str) -> int:
    return sum(flag in line.flags for line in lines if line.flags)
