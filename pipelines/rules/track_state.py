"""What Track remembers of a parcel, for how long, and how it is written.

A state is forgotten 30 days after a hard end that every subscriber has seen, or 120 days after the last change.
A scan that lies in nobody's window (an orphan, if nobody has subscribed yet) waits 30 days for one.
"""

import zlib

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pipelines.rules.track_log import EMPTY, NEWEST, Kept, Log, kept_name, trimmed, without
from schemas.times import DAY, Millis

WAITS: Millis = 30 * DAY
"""How long a scan waits for its subscription, and a window that is over is remembered."""

ENDED_FOR: Millis = 30 * DAY
SILENT_FOR: Millis = 120 * DAY

VERSION = 1
_PLAIN, _DEFLATED = 0, 1
_WORTH_DEFLATING = 800  # bytes: below, the time is worth more than the space


class Subscriber(Struct, frozen=True, array_like=True):
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


class ParcelState(Struct, frozen=True, array_like=True):
    """All that Track knows of a parcel."""

    log: Log = EMPTY
    subscribers: tuple[Subscriber, ...] = ()
    sequence: int = 0  # rises with every change; the version of updates and records
    touched: Millis = 0  # when it last changed


_encode = msgspec.msgpack.Encoder(decimal_format="string").encode
_decode = msgspec.msgpack.Decoder(ParcelState).decode


def dump(state: ParcelState) -> bytes:
    """Versioned bytes of a state: `version | how | body`."""
    body = _encode(state)
    if len(body) <= _WORTH_DEFLATING:
        return bytes((VERSION, _PLAIN)) + body
    return bytes((VERSION, _DEFLATED)) + zlib.compress(body, wbits=-15)


def load(data: bytes) -> ParcelState:
    """The state of `dump`'s bytes. Raises ValueError for a version that this code does not read."""
    if data[:1] != bytes((VERSION,)):
        raise ValueError(f"a parcel's state of version {data[:1].hex()!r}: this code reads version {VERSION} only")
    return _decode(zlib.decompress(data[2:], wbits=-15) if data[1] == _DEFLATED else data[2:])


def remembered(state: ParcelState, now: Millis) -> ParcelState | None:
    """What is still worth remembering at `now`."""
    if _forget_at(state) <= now:
        return None
    subscribers = tuple(each for each in state.subscribers if each.until + WAITS > now)
    if len(subscribers) != len(state.subscribers):
        state = ParcelState(state.log, subscribers, state.sequence, state.touched)
    expired = frozenset(place for place, since in _waiting(state) if since + WAITS <= now)
    if not expired:
        return state
    return ParcelState(without(state.log, expired), subscribers, state.sequence, state.touched)


def bounded(state: ParcelState) -> ParcelState:
    """The state with no more scans than a log may hold. What opened an occurrence is the last to go."""
    if len(state.log.scans) <= NEWEST:
        return state
    log = trimmed(state.log, frozenset(name for each in state.subscribers for name in each.told))
    if log is state.log:
        return state
    left = {kept_name(log, kept) for kept in log.scans}
    subscribers = tuple(replace(each, told=tuple(filter(left.__contains__, each.told))) for each in state.subscribers)
    return ParcelState(log, subscribers, state.sequence, state.touched)


def wake_of(state: ParcelState | None) -> Millis | None:
    """When something has to be forgotten; None for nothing."""
    if state is None:
        return None
    return min((since + WAITS for _, since in _waiting(state)), default=_forget_at(state))


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
