"""The fold: from a parcel's scans, in order, to its history, its present status, its facts and occurrences.

It knows no clock and no arrival order: the same scans give the same result. `named` are the occurrences that have
been told of by now: they keep their names whatever comes to light later.
"""

from collections.abc import Iterable, Sequence

from pipelines.rules.track_course import (
    CONTRADICTION,
    ILLEGAL,
    MOVED,
    NOT_APPLIED,
    ON_THE_WAY_BACK,
    OUTSIDE,
    RETRACTED,
    UNMAPPED,
    Course,
    Folded,
    Line,
)
from pipelines.rules.track_log import PREVIOUS, SELF, Kept, Log, Reading, kept_name, trust
from schemas.parcels import HistoryLine
from schemas.status import Status

__all__ = [
    "CONTRADICTION",
    "ILLEGAL",
    "ON_THE_WAY_BACK",
    "OUTSIDE",
    "UNMAPPED",
    "Folded",
    "Line",
    "flags_of",
    "fold",
    "history",
    "leader",
    "retracted",
]


def fold(
    log: Log, scans: Sequence[Kept], courier: str, direction: str = "outbound", named: Iterable[str] = ()
) -> Folded:
    """The way of a parcel by these scans of its log (in the log's order)."""
    gone = retracted(log, scans)
    course = Course(log, leader(log, scans, courier), direction, frozenset(named))
    for kept in scans:
        if gone and kept_name(log, kept) in gone:
            course.lines.append(Line(kept, log.readings[kept.reading].status, RETRACTED))
        else:
            course.take(kept)
    return course.folded()


def leader(log: Log, scans: Iterable[Kept], courier: str) -> str:
    """The source that leads: the one most trusted, the courier itself before others; "" if there is none."""
    readings = [log.readings[place] for place in {kept.reading for kept in scans}]
    claims = ((trust(reading.via), reading.source != courier, reading.source) for reading in readings)
    return min(claims, default=(0, False, ""))[2]


def retracted(log: Log, scans: Sequence[Kept]) -> frozenset[str]:
    """Names of the events that were taken back."""
    if not any(kept.retracts for kept in scans):
        return frozenset()
    gone = {kept_name(log, kept) if kept.retracts == SELF else kept.retracts for kept in scans if kept.retracts}
    gone.discard(PREVIOUS)
    before: dict[str, list[str]] = {}
    for kept in scans:
        name, source = kept_name(log, kept), log.readings[kept.reading].source
        if kept.retracts == PREVIOUS and name not in gone and before.get(source):
            gone.add(before[source].pop())
        elif not (kept.retracts or kept.again or name in gone):
            before.setdefault(source, []).append(name)
    return frozenset(gone)


def history(log: Log, lines: Iterable[Line]) -> tuple[HistoryLine, ...]:
    """The lines as people read them."""
    return tuple(_history_line(log, line) for line in lines)


def _history_line(log: Log, line: Line) -> HistoryLine:
    kept, reading = line.kept, log.readings[line.kept.reading]
    return HistoryLine(
        line.status,
        reading.reason,
        kept.at,
        kept_name(log, kept),
        reading.notice or (line.notices[0].notice if line.notices else ""),
        line.became not in NOT_APPLIED,
        line.stay.name if line.stay else "",
        flags_of(log, line),
    )


def flags_of(log: Log, line: Line) -> tuple[str, ...]:
    """What is odd about a scan, in words of a closed list."""
    kept, reading = line.kept, log.readings[line.kept.reading]
    if line.became == MOVED and not kept.reported and not kept.retracts:
        return ()
    odd = (
        (line.became, line.became in NOT_APPLIED),
        ("clamped", kept.reported),
        ("retraction", kept.retracts),
        ("reread", kept.again),
        ("informational", reading.informational),
        (UNMAPPED, is_unmapped(reading) and not kept.retracts),
    )
    return tuple(flag for flag, holds in odd if holds)


def is_unmapped(reading: Reading) -> bool:
    """True for a code that nobody has read into our words yet."""
    return reading.status == Status.UNKNOWN and not (reading.informational or reading.notice)
