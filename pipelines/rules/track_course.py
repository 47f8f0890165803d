"""How a parcel goes on by one scan: what the scan means here, whether it moves the parcel, what it tells beside."""

from copy import copy
from typing import NamedTuple

from msgspec import Struct

from pipelines.rules.track_facts import is_later, left_behind, merged, moved, notice_name
from pipelines.rules.track_log import Kept, Reading
from schemas.parcels import NO_FACTS, Eta, Facts, ParcelNotice
from schemas.status import CORRECTIONS, HARD_ENDS, MOVES, RANK, SOFT_ENDS, Action, Notice, Status
from schemas.times import HOUR, Millis
from schemas.wire import name_of

SAME_WITHIN: Millis = 4 * HOUR
"""A status that its source repeats so soon has not happened again."""

ANOTHER_WITHIN: Millis = 24 * HOUR
"""For how long what one source told is not told again by another, and a silent leader still leads."""

CORRECTED_WITHIN: Millis = 72 * HOUR

HAPPENS: frozenset[str] = frozenset({Status.OUT_FOR_DELIVERY, Status.DELIVERY_ATTEMPTED})
"""Statuses that happen. The others last: told again, however late, a parcel is still there."""

PROBLEMS: frozenset[str] = frozenset({Status.HELD, Status.EXCEPTION})
"""Statuses that last, but another reason is another problem."""

_S = Status
ON_THE_WAY_BACK: dict[str, str] = {
    **dict.fromkeys((_S.REGISTERED, _S.LABEL_CREATED, _S.ACCEPTED, _S.IN_TRANSIT, _S.IN_CUSTOMS), str(_S.RETURNING)),
    **dict.fromkeys((_S.DELAYED, _S.AT_DELIVERY_DEPOT, _S.OUT_FOR_DELIVERY), str(_S.RETURNING)),
    **dict.fromkeys((_S.DELIVERY_ATTEMPTED, _S.READY_FOR_PICKUP, _S.PICKUP_EXPIRED), str(_S.RETURNING)),
    _S.DELIVERED: str(_S.RETURNED),
}
"""What a status means on the return leg, where the sender is the one who receives."""

ENDS = HARD_ENDS | SOFT_ENDS
MOVED, AGAIN, STAYED, QUIET = "moved", "again", "stayed", "quiet"
ILLEGAL, CONTRADICTION, RETRACTED, OUTSIDE = "illegal_move", "contradiction", "retracted", "outside_window"
UNMAPPED = "unmapped"
NOT_APPLIED = frozenset({ILLEGAL, CONTRADICTION, RETRACTED, OUTSIDE})


Claim = tuple[int, bool, str]
"""How well a source leads: how it is heard (0 is most trusted), whether it is another than the courier, its name."""

NOBODY: Claim = (99, True, "")


class Stay(Struct):
    """An occurrence as it grows: one time that the parcel reached a status, and who confirmed it when."""

    status: str
    name: str
    at: Millis
    recorded: Millis
    reason: str
    action: str
    last: Millis
    heard: dict[str, Millis]
    undone: bool = False


def occurrence_name(kept: Kept, status: str) -> str:
    """What an occurrence is called that a scan opens: by its event, unless the event means another status than it
    says. What was told as delivered and turns out to be returned is another occurrence."""
    return kept.name if status == kept.reading.status else name_of(kept.name, status)


class Line(NamedTuple):
    """What became of one scan. `status` is its meaning here (on the return leg, delivered means returned)."""

    kept: Kept
    status: str
    became: str
    stay: Stay | None = None
    notices: tuple[ParcelNotice, ...] = ()


class Course(Struct):
    """A parcel on its way through its scans."""

    lead: Claim
    direction: str
    named: frozenset[str]
    status: str = Status.REGISTERED
    back: bool = False
    facts: Facts = NO_FACTS
    promised: Eta | None = None
    led_at: Millis | None = None
    known_at: Millis = 0
    present: Stay | None = None
    stays: list[Stay] = []
    left: dict[str, Millis] = {}

    def copy(self) -> "Course":
        """A course to go on by, which leaves this one as it is."""
        course = copy(self)
        course.stays, course.left = self.stays[:-1], dict(self.left)
        if self.present is not None:
            course.present = copy(self.present)
            course.present.heard = dict(self.present.heard)
            course.stays.append(course.present)
        return course

    def take(self, kept: Kept) -> Line:
        """Go on by one scan."""
        reading = kept.reading
        follows = self._follows(kept, reading)
        status = self._meaning(reading)
        became = self._became(kept, reading, status, follows)
        notices: tuple[ParcelNotice, ...] = ()
        if became not in NOT_APPLIED:
            self._go(kept, reading, status, became, follows)
            notices = self._learn(kept, reading, became, follows)
        self._heard(kept, reading)
        stay = None if became in NOT_APPLIED or became == QUIET else self.present
        return Line(kept, status, became, stay, notices)

    def _follows(self, kept: Kept, reading: Reading) -> bool:
        """True for another source than the leader, unless the leader has been silent for a day."""
        if reading.source == self.lead[2] or self.led_at is None:
            return False
        return kept.at - self.led_at <= ANOTHER_WITHIN

    def _meaning(self, reading: Reading) -> str:
        """The status of a scan, which on the return leg is another than its word says."""
        if reading.reason != "return_cancelled" and (self.back or self._turns_back(reading)):
            return ON_THE_WAY_BACK.get(reading.status, reading.status)
        return reading.status

    def _turns_back(self, reading: Reading) -> bool:
        return reading.leg == "return" and self.direction != "return"

    def _became(self, kept: Kept, reading: Reading, status: str, follows: bool) -> str:
        if kept.again or reading.stands_still:
            return QUIET
        if self.present is None:
            return MOVED
        if status == self.status:
            return AGAIN if not follows and self._happens_again(kept, reading, self.present) else STAYED
        if follows and self._contradicts(kept, status):
            return CONTRADICTION
        if status in MOVES[self.status] or self._corrects(kept, reading, status, self.present):
            return MOVED
        return ILLEGAL

    def _contradicts(self, kept: Kept, status: str) -> bool:
        """A follower may advance a parcel, but neither turn it back nor bring back what it has just left."""
        left = self.left.get(status)
        return RANK[status] < RANK[self.status] or (left is not None and kept.at - left <= ANOTHER_WITHIN)

    def _corrects(self, kept: Kept, reading: Reading, status: str, end: Stay) -> bool:
        if status not in CORRECTIONS.get(self.status, ()) or reading.via == "aggregator" or reading.notice:
            return False  # a reminder that the courier sends by itself does not take a delivery back
        return 0 < kept.at - end.at <= CORRECTED_WITHIN

    def _happens_again(self, kept: Kept, reading: Reading, stay: Stay) -> bool:
        """True if a status that the parcel has is a new occurrence of it."""
        heard = stay.heard.get(reading.source)
        if reading.notice or stay.status in ENDS or (heard is None and reading.source != self.lead[2]):
            return False
        if self._asks_anew(reading, stay) or (heard is not None and self._waits_elsewhere(kept, stay)):
            return True
        if kept.at - (stay.last if heard is None else heard) <= (ANOTHER_WITHIN if heard is None else SAME_WITHIN):
            return False
        return stay.status in HAPPENS or (stay.status in PROBLEMS and reading.reason not in ("", stay.reason))

    def _asks_anew(self, reading: Reading, stay: Stay) -> bool:
        return stay.status in PROBLEMS and reading.action not in (Action.NONE, stay.action)

    def _waits_elsewhere(self, kept: Kept, stay: Stay) -> bool:
        if stay.status != Status.READY_FOR_PICKUP or kept.facts.point is None:
            return False
        here, there = (self.facts.point or kept.facts.point).id, kept.facts.point.id
        return bool(here and there) and here != there

    def _go(self, kept: Kept, reading: Reading, status: str, became: str, follows: bool) -> None:
        if became == QUIET:
            return
        if became == STAYED and self.present is not None:
            self._confirm(kept, reading, self.present, follows)
        else:
            self._enter(kept, reading, status)
        if reading.reason == "return_cancelled":
            self.back = False
        elif status == Status.RETURNING or self._turns_back(reading):
            self.back = True

    def _enter(self, kept: Kept, reading: Reading, status: str) -> None:
        if self.present is not None:
            self.present.undone = self.status in HARD_ENDS
            self.left[self.status] = kept.at
            self.facts = left_behind(self.facts, self.status)
        self.status = status
        heard = {reading.source: kept.at}
        self.present = Stay(
            status,
            occurrence_name(kept, status),
            kept.at,
            kept.recorded,
            reading.reason,
            reading.action,
            kept.at,
            heard,
        )
        self.stays.append(self.present)

    def _confirm(self, kept: Kept, reading: Reading, stay: Stay, follows: bool) -> None:
        stay.last = stay.heard[reading.source] = kept.at
        if stay.name not in self.named and (name := occurrence_name(kept, stay.status)) in self.named:
            stay.name, stay.recorded = name, kept.recorded
        if not (follows or reading.notice):
            stay.reason = reading.reason or stay.reason
            stay.action = stay.action if reading.action == Action.NONE else reading.action

    def _learn(self, kept: Kept, reading: Reading, became: str, follows: bool) -> tuple[ParcelNotice, ...]:
        """Take the scan's facts; the notices are what it says without moving the parcel, and what follows from it."""
        told = () if not reading.notice or kept.again else _told_notices(kept, reading)
        if kept.facts is NO_FACTS:
            return told
        old, self.facts = self.facts, merged(self.facts, kept.facts, fills=follows)
        if kept.facts.eta is None and kept.facts.deadline is None:
            return told
        says_late = became == MOVED and self.status == Status.DELAYED
        found = () if says_late else moved(old, self.facts, self.promised, self.status)
        self._promise()
        return told + tuple([self._follows_from(kept, notice) for notice in found if notice != reading.notice])

    def _follows_from(self, kept: Kept, notice: str) -> ParcelNotice:
        at = kept.recorded if kept.again else kept.at
        return ParcelNotice(notice_name(notice, self.facts), notice, at, kept.recorded)

    def _promise(self) -> None:
        eta, promised = self.facts.eta, self.promised
        if eta and (promised is None or eta.at < promised.at or is_later(eta, promised)):
            self.promised = eta

    def _heard(self, kept: Kept, reading: Reading) -> None:
        self.known_at = max(self.known_at, kept.at)
        if reading.source == self.lead[2]:
            self.led_at = kept.at


def _told_notices(kept: Kept, reading: Reading) -> tuple[ParcelNotice, ...]:
    if reading.notice == Notice.INFORMATION:
        return ()
    name = notice_name(reading.notice, kept.facts) or name_of(kept.name, reading.notice)
    return (ParcelNotice(name, reading.notice, kept.at, kept.recorded),)
