"""What each subscriber of a parcel sees of it, and what is new to them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from operator import attrgetter

import msgspec
from msgspec.structs import replace

from pipelines.rules.fold import Folded, Line, fold, onward
from pipelines.rules.track_facts import still_holds
from pipelines.rules.track_log import Kept
from pipelines.rules.track_state import ANYBODY, ParcelState, Subscriber, Window
from schemas.parcels import Occurrence, ParcelNotice, ParcelUpdate
from schemas.status import HARD_ENDS
from schemas.times import Millis

_since = attrgetter("since")
_encode = msgspec.msgpack.Encoder(decimal_format="string").encode


@dataclass(frozen=True, slots=True)
class Views:
    """A parcel as it is at one moment, folded once for each window. `before`: as it was a step ago; `new`: the scans
    that this step has kept, in fold order."""

    courier: str
    number: str
    now: Millis
    state: ParcelState
    before: ParcelState
    new: tuple[Kept, ...] = ()
    folds: dict[Window, Folded] = field(default_factory=dict)

    def newest(self) -> Subscriber:
        """The subscriber whose window begins last."""
        return max(self.state.subscribers, key=_since, default=ANYBODY)

    def of(self, subscriber: Subscriber) -> Folded:
        """The way of the parcel within the subscriber's window."""
        folded = self.folds.get(subscriber.window)
        if folded is None:
            folded = self._continued(subscriber) or self._anew(subscriber)
            self.folds[subscriber.window] = folded
        return folded

    def whole(self) -> Folded:
        """The way of the parcel within the newest window; of all scans while nobody has subscribed."""
        return self.of(self.newest())

    def _continued(self, subscriber: Subscriber) -> Folded | None:
        """The fold of a step ago, as it is or with the new scans at its end; None if it does not go on so."""
        folded = self.before.folds.get(subscriber.window)
        new = [kept for kept in self.new if subscriber.holds(kept)]
        if folded is None or not new:
            return folded
        if self.state.log.scans[-len(self.new) :] != self.new:
            return None
        for kept in new:
            folded = onward(folded, kept, self.courier) if folded else None
        return folded

    def _anew(self, subscriber: Subscriber) -> Folded:
        scans = [kept for kept in self.state.log.scans if subscriber.holds(kept)]
        named = {name for each in self.state.subscribers for name in each.told}
        return fold(scans, self.courier, subscriber.direction, named)


def told(views: Views, subscriber: Subscriber) -> tuple[Subscriber, ParcelUpdate | None]:
    """The update that brings a subscriber up to date (None if nothing has changed for it), and the subscriber then."""
    folded = views.of(subscriber)
    plain = snapshot(views, subscriber, folded)
    seen = blake2b(_encode(plain), digest_size=8).digest()
    stand = tuple([stay.name for stay in folded.standing()])
    withdrawn = tuple([name for name in subscriber.told if name not in stand])
    opened = (*_undone(folded, views.new), *_opened(folded, subscriber.told, goes_on=bool(views.new) and not withdrawn))
    notices = _notices(folded, views.new)
    if seen == subscriber.seen and not (opened or withdrawn or notices):
        return subscriber, None
    update = replace(
        plain, version=views.state.sequence, at=views.now, opened=opened, notices=notices, withdrawn=withdrawn
    )
    return replace(subscriber, told=stand, seen=seen, ended=folded.course.status in HARD_ENDS), update


def snapshot(views: Views, subscriber: Subscriber, folded: Folded) -> ParcelUpdate:
    """A subscriber's view, without what is new in it and when it was said."""
    course = folded.course
    present = course.present
    return ParcelUpdate(
        subscriber.shop,
        subscriber.order,
        views.courier,
        views.number,
        version=0,
        at=0,
        status=course.status,
        reason=present.reason if present else "",
        action=present.action if present else "none",
        since=present.at if present else 0,
        occurrence=present.name if present else "",
        number_of=folded.number(present) if present else 1,
        direction=subscriber.direction,
        leg="return" if course.back else "outbound",
        facts=course.facts,
        known_at=course.known_at,
    )


def _opened(folded: Folded, before: Sequence[str], goes_on: bool) -> tuple[Occurrence, ...]:
    """Occurrences that the subscriber has not been told of. Where the way goes on, one that precedes a told one is
    late; where it was taken back, and to who subscribes late, all but the present one are."""
    standing, present = folded.standing(), folded.course.present
    told = max((place for place, stay in enumerate(standing) if stay.name in before), default=-1)
    opened = []
    for place, stay in enumerate(standing):
        if stay.name not in before:
            occurrence = folded.occurrence(stay)
            news = place > told if goes_on else stay is present
            opened.append(occurrence if news else replace(occurrence, late=True))
    return tuple(opened)


def _undone(folded: Folded, new: Sequence[Kept]) -> tuple[Occurrence, ...]:
    """Occurrences that came to light when a correction had already undone them: recorded, told to nobody."""
    fresh = {kept.name for kept in new}
    undone = [stay for stay in folded.course.stays if stay.undone and stay.name in fresh]
    return tuple([replace(folded.occurrence(stay), late=True) for stay in undone])


def _notices(folded: Folded, new: Sequence[Kept]) -> tuple[ParcelNotice, ...]:
    """What new scans tell beside the status, unless a later scan has overtaken it."""
    lines = [line for kept in new if (line := line_of(folded, kept))]
    present = folded.course.facts
    return tuple(
        [notice for line in lines for notice in line.notices if still_holds(notice.notice, line.kept.facts, present)]
    )


def line_of(folded: Folded, new: Kept) -> Line | None:
    """What became of a scan; None if it is not in the window."""
    return next((line for line in reversed(folded.lines) if line.kept is new), None)
