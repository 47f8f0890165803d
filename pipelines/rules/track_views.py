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
    """A parcel as it is at one moment, folded once for each window. `before`: as it was a step ago; `new`: the scan
    that this step has kept, if any."""

    courier: str
    number: str
    now: Millis
    state: ParcelState
    before: ParcelState
    new: Kept | None = None
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
        """The fold of a step ago, as it is or with the new scan at its end; None if it does not go on so."""
        earlier = self.before.folds.get(subscriber.window)
        if earlier is None or self.new is None or not subscriber.holds(self.new):
            return earlier
        return onward(earlier, self.new, self.courier) if self.state.log.scans[-1] is self.new else None

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
    opened, notices = _opened(folded, subscriber.told), _notices(folded, views.new)
    withdrawn = tuple([name for name in subscriber.told if name not in stand])
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


def _opened(folded: Folded, before: Sequence[str]) -> tuple[Occurrence, ...]:
    """Occurrences that the subscriber has not been told of. Only the present one is still news."""
    present = folded.course.present
    return tuple(
        [
            folded.occurrence(stay) if stay is present else replace(folded.occurrence(stay), late=True)
            for stay in folded.standing()
            if stay.name not in before
        ]
    )


def _notices(folded: Folded, new: Kept | None) -> tuple[ParcelNotice, ...]:
    """What the new scan tells beside the status, unless a later scan has overtaken it."""
    line = line_of(folded, new)
    if line is None:
        return ()
    kept, present = line.kept, folded.course.facts
    return tuple([notice for notice in line.notices if still_holds(notice.notice, kept.facts, present)])


def line_of(folded: Folded, new: Kept | None) -> Line | None:
    """What became of a scan; None if it is not in the window."""
    if new is None:
        return None
    return next((line for line in reversed(folded.lines) if line.kept is new), None)
