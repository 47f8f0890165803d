"""A parcel's state as bytes: `version | how | body`.

The body is msgpack of columns, deflated when that is worth the time: what repeats (codes, facts) is written once,
times as differences in the coarsest unit that loses nothing. An event's name is written only where the courier gave
it an id, else it follows from the scan; an occurrence that was told is written as the place of the scan that named it.
Fields are only ever appended, so that yesterday's bytes are read today.
"""

import zlib
from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from pipelines.rules.track_log import Kept, Log, Reading, event_name
from pipelines.rules.track_state import ParcelState, Subscriber, meant_name, namers
from schemas.parcels import NO_FACTS, Facts
from schemas.times import SECOND, Millis

VERSION = 1
_PLAIN, _DEFLATED = 0, 1
_WORTH_DEFLATING = 512  # bytes: below, the time is worth more than the space

_WORDS = b"".join(
    (
        b"unknownlostexpireddestroyedcancelledundeliverablepickup_expiredreturnedreturningexceptionheld\xa7delayed",
        b"\xaain_customs\xaaregistered\xadlabel_created\xb2consignee_not_home\xaadue\xa9collectedPLNUAHEUR\xa6locker",
        b"\xa6branch\xa7carrier\xa9recipient\xaaaggregator\xa4shop\xa6return\xa2UA\xa2PL\xacdeparted_hub",
        b"\xaearrived_at_hub\xb2delivery_attempted\xa8accepted\xb1at_delivery_depot\xb0ready_for_pickup",
        b"\xb0out_for_delivery\xa9delivered\x9b\xc0\xc0\xa0\xc0\xc0\xa0\xa0\xa0\xc0\xc0\xa0\xa4push\xa0\xa0\xc2\xa4none\xa8outbound",
        b"\x99\xaain_transit\xa6inpost\xa6answer\xa0\xa0\xc2\xa4none\xa8outbound",
    )
)
"""What most states say, so that they need not spell it. Part of version 1: a change here is another version."""

Item = TypeVar("Item")


class Odd(Struct, frozen=True, array_like=True):
    """What few scans have, and at which place of the log."""

    place: int
    reported: Millis = 0
    retracts: str = ""
    again: bool = False


_PLAIN_ONE = Odd(-1)
_NO_EVENT = bytes(8)


class Told(Struct, frozen=True, array_like=True):
    """A subscriber as it is written."""

    shop: str
    order: str
    since: Millis
    until: Millis
    direction: str
    told: list[int]
    seen: bytes
    ended: bool


class Columns(Struct, frozen=True, array_like=True):
    """A state as it is written."""

    sequence: int
    touched: Millis
    horizon: Millis
    subscribers: list[Told]
    readings: list[Reading]
    facts: list[Facts]
    began: Millis
    unit: Millis
    gaps: list[int]  # from scan to scan
    lags: list[int]  # from when it happened to when it was recorded
    reading_of: list[int]
    facts_of: list[int]
    odd: list[Odd]
    events: bytes = b""  # names of the events that have an id, zeros for the others; empty if none has


_encode = msgspec.msgpack.Encoder(decimal_format="string").encode
_decode = msgspec.msgpack.Decoder(Columns).decode


def dump(state: ParcelState) -> bytes:
    """The bytes of a state."""
    body = _encode(_columns(state))
    if len(body) <= _WORTH_DEFLATING:
        return bytes((VERSION, _PLAIN)) + body
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS, zdict=_WORDS)
    return bytes((VERSION, _DEFLATED)) + deflate.compress(body) + deflate.flush()


def load(data: bytes) -> ParcelState:
    """The state of `dump`'s bytes. Raises ValueError for a version that this code does not read."""
    if data[:1] != bytes((VERSION,)):
        raise ValueError(f"a parcel's state of version {data[:1].hex()!r}: this code reads version {VERSION} only")
    body = data[2:]
    return _state(_decode(_inflated(body) if data[1] == _DEFLATED else body))


def _inflated(body: bytes) -> bytes:
    inflate = zlib.decompressobj(wbits=-zlib.MAX_WBITS, zdict=_WORDS)
    return inflate.decompress(body) + inflate.flush()


def _columns(state: ParcelState) -> Columns:
    scans = state.log.scans
    readings, reading_of = _once(kept.reading for kept in scans)
    facts, facts_of = _once(kept.facts for kept in scans)
    began = scans[0].at if scans else 0
    times = [kept.at for kept in scans]
    unit = 1 if any(time % SECOND for time in times) else SECOND
    gaps = [(time - before) // unit for before, time in zip([began, *times], times, strict=False)]
    lags = [kept.recorded - kept.at for kept in scans]
    return Columns(
        state.sequence,
        state.touched,
        state.log.horizon,
        _written(state),
        readings,
        facts,
        began,
        unit,
        gaps,
        lags,
        reading_of,
        facts_of,
        _odd(scans),
        _events(scans),
    )


def _once(items: Iterable[Item]) -> tuple[list[Item], list[int]]:
    """Every item once, and for each its place among them."""
    places: dict[Item, int] = {}
    column = [places.setdefault(item, len(places)) for item in items]
    return list(places), column


def _odd(scans: Sequence[Kept]) -> list[Odd]:
    return [
        Odd(place, kept.reported, kept.retracts, kept.again)
        for place, kept in enumerate(scans)
        if kept.reported or kept.retracts or kept.again
    ]


def _events(scans: Sequence[Kept]) -> bytes:
    if not any(kept.identified for kept in scans):
        return b""
    return b"".join([bytes.fromhex(kept.name) if kept.identified else _NO_EVENT for kept in scans])


def _written(state: ParcelState) -> list[Told]:
    places = namers(state)
    return [
        Told(
            each.shop,
            each.order,
            each.since,
            each.until,
            each.direction,
            [places[name] for name in each.told],
            each.seen,
            each.ended,
        )
        for each in state.subscribers
    ]


def _state(columns: Columns) -> ParcelState:
    scans = _scans(columns)
    subscribers = tuple(
        Subscriber(
            each.shop,
            each.order,
            each.since,
            each.until,
            each.direction,
            tuple([_told_name(scans, place) for place in each.told]),
            each.seen,
            each.ended,
        )
        for each in columns.subscribers
    )
    return ParcelState(Log(scans, columns.horizon), subscribers, columns.sequence, columns.touched)


def _told_name(scans: Sequence[Kept], place: int) -> str:
    return scans[place].name if place < len(scans) else meant_name(scans[place - len(scans)])


def _scans(columns: Columns) -> tuple[Kept, ...]:
    odd = {each.place: each for each in columns.odd}
    facts = [NO_FACTS if each == NO_FACTS else each for each in columns.facts]
    at, found = columns.began, []
    rows = zip(columns.gaps, columns.lags, columns.reading_of, columns.facts_of, strict=True)
    for place, (gap, lag, reading, told) in enumerate(rows):
        at += gap * columns.unit
        event = columns.events[8 * place : 8 * place + 8]
        found.append(_kept(columns.readings[reading], at, at + lag, facts[told], odd.get(place, _PLAIN_ONE), event))
    return tuple(found)


def _kept(reading: Reading, at: Millis, recorded: Millis, facts: Facts, odd: Odd, event: bytes) -> Kept:
    identified = event not in (b"", _NO_EVENT)
    name = event.hex() if identified else event_name(reading.source, odd.reported or at, reading.raw_code)
    return Kept(reading, name, at, recorded, odd.reported, identified, odd.retracts, odd.again, facts)
