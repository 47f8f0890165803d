"""What Track remembers of a parcel, and for how long.

A state is forgotten 30 days after a hard end that every subscriber has seen, or 120 days after the last change.
A scan that lies in nobody's window (an orphan, if nobody has subscribed yet) waits 30 days for one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace

from pipelines.rules.fold import Folded
from pipelines.rules.track_course import ON_THE_WAY_BACK, occurrence_name
from pipelines.rules.track_log import EMPTY, NEWEST, Kept, Log, trimmed
from schemas.times import DAY, Millis

WAITS: Millis = 30 * DAY
"""How long a scan waits for its subscription."""

ENDED_FOR: Millis = 30 * DAY
SILENT_FOR: Millis = 120 * DAY

MOST_SUBSCRIBERS = 16
"""How many subscribers a parcel has at most: of a number that is used again and again, the last windows."""

Window = tuple[Millis, Millis, str]
"""From when to when a subscriber's scans lie, and the direction of its parcel: what its view depends on."""


class Subscriber(Struct, frozen=True):
    """A shop's order that wishes to hear of the parcel, and what it has been told."""

    shop: str
    order: str
    since: Millis = 0
    until: Millis = 0
    direction: str = "outbound"
    told: tuple[str, ...] = ()  # names of the occurrences that stood when it was last told
    seen: bytes = b""  # digest of the view that it has
    ended: bool = False  # what it saw last is a hard end

    def holds(self, kept: Kept) -> bool:
        """True if the scan is of this subscriber's parcel, and not of another that had the number."""
        return self.since <= kept.at <= self.until

    @property
    def window(self) -> Window:
        """What its view depends on, beside the scans."""
        return self.since, self.until, self.direction


ANYBODY = Subscriber("", "", -(1 << 62), 1 << 62)
"""Sees every scan."""


@dataclass(frozen=True, slots=True)
class ParcelState:
    """All that Track knows of a parcel. `folds` save work while the state is in memory; they are never written, and
    what follows from a state is the same without them."""

    log: Log = EMPTY
    subscribers: tuple[Subscriber, ...] = ()
    sequence: int = 0  # rises with every change; the version of updates and records
    touched: Millis = 0  # when it last changed
    folds: Mapping[Window, Folded] = field(default_factory=dict, compare=False, repr=False)


def remembered(state: ParcelState, now: Millis) -> ParcelState | None:
    """What is still worth remembering at `now`."""
    if _forget_at(state) <= now:
        return None
    expired = frozenset(place for place, since in _waiting(state) if since + WAITS <= now)
    if not expired:
        return state
    scans = tuple(kept for place, kept in enumerate(state.log.scans) if place not in expired)
    return ParcelState(Log(scans, state.log.horizon), state.subscribers, state.sequence, state.touched)


def bounded(state: ParcelState) -> ParcelState:
    """The state with no more scans than a log may hold. What opened an occurrence is the last to go."""
    before = state.log.scans
    if len(before) <= NEWEST:
        return state
    openers = {name: before[place % len(before)].name for name, place in namers(state).items()}
    log = trimmed(state.log, frozenset(openers.values()))
    if log is state.log:
        return state
    left = {kept.name for kept in log.scans}
    subscribers = tuple(
        replace(each, told=tuple(name for name in each.told if openers[name] in left)) for each in state.subscribers
    )
    return ParcelState(log, subscribers, state.sequence, state.touched)


def namers(state: ParcelState) -> dict[str, int]:
    """For each occurrence that was told, the place of the scan that named it; the number of scans is added if the
    scan meant another status than it says."""
    scans = state.log.scans
    names = {name for each in state.subscribers for name in each.told}
    found = {kept.name: place for place, kept in enumerate(scans) if kept.name in names}
    if len(found) < len(names):
        turned = ((meant_name(kept), place) for place, kept in enumerate(scans, len(scans)))
        found.update((name, place) for name, place in turned if name in names)
    return found


def meant_name(kept: Kept) -> str:
    """What an occurrence is called that a scan opens on the way back."""
    return occurrence_name(kept, ON_THE_WAY_BACK.get(kept.reading.status, kept.reading.status))


def wake_of(state: ParcelState | None) -> Millis | None:
    """When something has to be forgotten; None for nothing."""
    if state is None:
        return None
    return min([since + WAITS for _, since in _waiting(state)] + [_forget_at(state)])


def _forget_at(state: ParcelState) -> Millis:
    over = all(each.ended for each in state.subscribers)
    return state.touched + (ENDED_FOR if over else SILENT_FOR)


def _waiting(state: ParcelState) -> list[tuple[int, Millis]]:
    """Places of the scans that lie in nobody's window, and since when the log has had them."""
    scans, subscribers = state.log.scans, state.subscribers
    if not scans or any(each.holds(scans[0]) and each.holds(scans[-1]) for each in subscribers):
        return []
    return [
        (place, kept.recorded) for place, kept in enumerate(scans) if not any(each.holds(kept) for each in subscribers)
    ]
