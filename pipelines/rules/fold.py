"""The fold: from a parcel's scans, in order, to its history, its present status, its facts and occurrences.

It knows no clock and no arrival order: the same scans give the same result. `named` are the occurrences that have
been told of by now: they keep their names whatever comes to light later.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipelines.rules.track_course import (
    CONTRADICTION,
    ILLEGAL,
    MOVED,
    NOBODY,
    NOT_APPLIED,
    ON_THE_WAY_BACK,
    OUTSIDE,
    RETRACTED,
    UNMAPPED,
    Claim,
    Course,
    Line,
    Stay,
)
from pipelines.rules.track_log import PREVIOUS, SELF, Kept, Reading, trust
from schemas.parcels import HistoryLine, Occurrence
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
    "history_line",
    "onward",
    "retracted",
]


class Folded(NamedTuple):
    """A parcel's way as one tells it: its course up to now, and what became of each scan."""

    course: Course
    lines: tuple[Line, ...]
    history: tuple[HistoryLine, ...]
    gone: frozenset[str]  # names of the events that were taken back

    def occurrences(self) -> tuple[Occurrence, ...]:
        """Those that stand, in order; the last is the present one."""
        return tuple(self.occurrence(stay) for stay in self.standing())

    def standing(self) -> list[Stay]:
        """The parcel's stays in its statuses, without those that a correction has undone."""
        return [stay for stay in self.course.stays if not stay.undone]

    def occurrence(self, stay: Stay) -> Occurrence:
        """A stay as others are told of it."""
        return Occurrence(
            stay.name, stay.status, stay.at, stay.recorded, stay.reason, self.number(stay), action=stay.action
        )

    def number(self, stay: Stay) -> int:
        """Which of the parcel's stays in its status it is, those counted that a correction has undone."""
        return [other for other in self.course.stays if other.status == stay.status].index(stay) + 1


def fold(scans: Sequence[Kept], courier: str, direction: str = "outbound", named: Iterable[str] = ()) -> Folded:
    """The way of a parcel by these scans (in fold order)."""
    gone = retracted(scans)
    course = Course(leader(scans, courier), direction, frozenset(named))
    lines = tuple(
        Line(kept, kept.reading.status, RETRACTED) if kept.name in gone else course.take(kept) for kept in scans
    )
    return Folded(course, lines, tuple(map(history_line, lines)), gone)


def onward(folded: Folded, kept: Kept, courier: str) -> Folded | None:
    """The fold with one more scan at its end; None if that sheds a new light on those before, so that all must be
    folded anew."""
    if kept.retracts or kept.name in folded.gone or claim(kept.reading, courier) < folded.course.lead:
        return None
    course = folded.course.copy()
    line = course.take(kept)
    return Folded(course, (*folded.lines, line), (*folded.history, history_line(line)), folded.gone)


def leader(scans: Iterable[Kept], courier: str) -> Claim:
    """The claim of the source that leads: the one most trusted, the courier itself before others."""
    return min((claim(reading, courier) for reading in {kept.reading for kept in scans}), default=NOBODY)


def claim(reading: Reading, courier: str) -> Claim:
    """The claim of a scan's source to lead; the least claim leads."""
    return trust(reading.via), reading.source != courier, reading.source


def retracted(scans: Sequence[Kept]) -> frozenset[str]:
    """Names of the events that were taken back."""
    if not any(kept.retracts for kept in scans):
        return frozenset()
    gone = {kept.name if kept.retracts == SELF else kept.retracts for kept in scans if kept.retracts}
    gone.discard(PREVIOUS)
    before: dict[str, list[str]] = {}
    for kept in scans:
        told = before.setdefault(kept.reading.source, [])
        if kept.retracts == PREVIOUS and kept.name not in gone and told:
            gone.add(told.pop())
        elif not (kept.retracts or kept.again or kept.name in gone):
            told.append(kept.name)
    return frozenset(gone)


def history_line(line: Line) -> HistoryLine:
    """A line as people read it."""
    kept = line.kept
    return HistoryLine(
        line.status,
        kept.reading.reason,
        kept.at,
        kept.name,
        kept.reading.notice or (line.notices[0].notice if line.notices else ""),
        line.became not in NOT_APPLIED,
        line.stay.name if line.stay else "",
        flags_of(line),
    )


def flags_of(line: Line) -> tuple[str, ...]:
    """What is odd about a scan, in words of a closed list."""
    kept, reading = line.kept, line.kept.reading
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
