"""What Track leaves for people to read: each scan as it was kept, and the parcel as a whole."""

from collections.abc import Iterable

from pipelines.rules.fold import CONTRADICTION, ILLEGAL, OUTSIDE, UNMAPPED, Folded, Line, flags_of, history_line
from pipelines.rules.track_log import Kept
from pipelines.rules.track_views import Views, line_of
from schemas.parcels import HistoryLine, ParcelRecord, Scan, ScanRecord


def scan_record(views: Views, scan: Scan, new: Kept) -> ScanRecord:
    """The record of a scan that was just kept."""
    return ScanRecord(
        scan.courier,
        scan.number,
        new.name,
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
        (*scan.flags, *_became(views, new)),
    )


def _became(views: Views, new: Kept) -> Iterable[str]:
    """Flags of a new scan, by the newest window that holds it."""
    subscribers = views.state.subscribers
    holding = (each for each in (views.newest(), *subscribers) if each.holds(new))
    line = next((line_of(views.of(each), new) for each in holding), None)
    flags = flags_of(line or Line(new, new.reading.status, OUTSIDE))
    return flags if subscribers else ("orphan", *flags)


def parcel_record(views: Views) -> ParcelRecord:
    """The parcel as one reads it."""
    state, folded = views.state, views.whole()
    lines, present = _history(views, folded), folded.course.present
    return ParcelRecord(
        views.courier,
        views.number,
        views.now,
        state.sequence,
        folded.course.status,
        present.reason if present else "",
        present.at if present else 0,
        lines,
        folded.course.facts,
        tuple([f"{each.shop}/{each.order}" for each in state.subscribers]),
        _count(lines, CONTRADICTION),
        _count(lines, ILLEGAL),
        _count(lines, UNMAPPED),
    )


def _history(views: Views, folded: Folded) -> tuple[HistoryLine, ...]:
    """Every scan that is kept; those outside the window stand before and after the others."""
    scans, newest = views.state.log.scans, views.newest()
    if len(folded.history) == len(scans):
        return folded.history
    outside = [history_line(Line(kept, kept.reading.status, OUTSIDE)) for kept in scans if not newest.holds(kept)]
    before = sum(line.occurred_at < newest.since for line in outside)
    return (*outside[:before], *folded.history, *outside[before:])


def _count(lines: Iterable[HistoryLine], flag: str) -> int:
    return sum([flag in line.flags for line in lines if line.flags])
