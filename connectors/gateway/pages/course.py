"""A parcel's course in plain words: its folded history as a line of statuses, newest first. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter

from schemas.parcels import HistoryLine, ParcelRecord
from schemas.status import Status
from schemas.times import DAY, Millis, from_millis
from templates.formats import Manner
from templates.page_words import page_words
from templates.phrases import word

AT_ONCE = 5
"""So many lines are shown; older ones unfold."""

BEFORE = 2 * DAY
"""Nothing older than this before the order was placed belongs to it: couriers use numbers again."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: when (in words, and for machines), what, and the reason if the courier gave one that is told."""

    at: str
    moment: str
    words: str
    why: str


@dataclass(frozen=True, slots=True)
class Course:
    """The newest lines, and those before."""

    lines: tuple[Line, ...] = ()
    earlier: tuple[Line, ...] = ()


def course_of(records: Iterable[ParcelRecord], placed_at: Millis, direction: str, manner: Manner) -> Course:
    """The course of a parcel under all of its numbers."""
    all_lines = (line for record in records for line in record.history)
    told = [line for line in all_lines if _is_told(line) and line.occurred_at >= placed_at - BEFORE]
    lines = [_line(line, direction, manner) for line in _steps(sorted(told, key=attrgetter("occurred_at")))]
    lines.reverse()
    return Course(tuple(lines[:AT_ONCE]), tuple(lines[AT_ONCE:]))


def _is_told(line: HistoryLine) -> bool:
    """What moved the parcel; a mere notice, a code that we cannot read, a contradiction are not for customers."""
    return line.applied and line.status != Status.UNKNOWN


def _steps(lines: Iterable[HistoryLine]) -> Iterator[HistoryLine]:
    """The line with which each status began: ten depots are one "on its way"."""
    before = ""
    for line in lines:
        if line.status != before:
            yield line
        before = line.status


def _line(line: HistoryLine, direction: str, manner: Manner) -> Line:
    words = page_words(manner.language)
    special = words["return_statuses"].get(line.status) if direction == "return" else None
    delivered = line.status == Status.DELIVERED
    why = word("delivered", line.reason, manner.language).lstrip(", ") if delivered else ""
    return Line(
        at=manner.moment(line.occurred_at),
        moment=from_millis(line.occurred_at).isoformat(timespec="minutes"),
        words=str(special or words["statuses"][line.status]),
        why=why or word("reasons", line.reason, manner.language),
    )
