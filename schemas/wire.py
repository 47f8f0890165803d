"""What crosses a shuffle: versioned bytes that sort in the order in which they must be taken.

An arrival is `version | recorded | stream | source NUL id NUL | body`. Bytes compare as the design orders arrivals:
by recorded time, then stream, source and id. The body is msgpack of one tagged struct.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from hashlib import blake2b

import msgspec

from schemas.customers import Contact, CustomerFact, Receipt
from schemas.messages import DeadLetter, Decision, Message, Notice, Outcome, Withdraw
from schemas.orders import News, OrderFact, OrderRecord, ShipmentFact
from schemas.parcels import ParcelRecord, ParcelUpdate, Report, ScanRecord, Subscription
from schemas.times import Millis

VERSION = b"\x01"


class Stream(IntEnum):
    """The order of arrivals of one instant."""

    SHOPS = 0
    CUSTOMERS = 1
    ORDERS = 2
    PARCELS = 3
    NEWS = 4
    RECEIPTS = 5


Body = Report | Subscription | OrderFact | ShipmentFact | ParcelUpdate | News | Contact | CustomerFact | Receipt


class Arrival(msgspec.Struct, frozen=True):
    """Something that reaches an actor: when the log had it, which stream and event it is of, and what it says."""

    recorded: Millis
    stream: int
    source: str
    id: str
    body: Body


_encode = msgspec.msgpack.Encoder(decimal_format="string").encode
_decode = msgspec.msgpack.Decoder(Body).decode


def pack(arrival: Arrival) -> bytes:
    """Bytes of an arrival; their order is the order of arrivals."""
    name = f"{arrival.source}\0{arrival.id}\0".encode()
    return b"".join((VERSION, arrival.recorded.to_bytes(8), bytes((arrival.stream,)), name, _encode(arrival.body)))


def unpack(data: bytes) -> Arrival:
    """The arrival of `pack`'s bytes. Raises ValueError for bytes of a version that is not known."""
    if data[:1] != VERSION:
        raise ValueError(f"packed by a version that this code does not read: {data[:1]!r}")
    source_end = data.index(b"\0", 10)
    id_end = data.index(b"\0", source_end + 1)
    return Arrival(
        int.from_bytes(data[1:9]),
        data[9],
        data[10:source_end].decode(),
        data[source_end + 1 : id_end].decode(),
        _decode(data[id_end + 1 :]),
    )


BUNDLE = b"\x02"
"""Begins bytes that hold several packed arrivals."""

_decode_bundle = msgspec.msgpack.Decoder(tuple[bytes, ...]).decode


def bundle(arrivals: Sequence[bytes]) -> bytes:
    """Several packed arrivals for one key as one value: what a key says to another crosses a shuffle as one element."""
    return arrivals[0] if len(arrivals) == 1 else BUNDLE + _encode(arrivals)


def unbundle(value: bytes) -> tuple[bytes, ...]:
    """The packed arrivals of a value that crossed a shuffle."""
    return _decode_bundle(memoryview(value)[1:]) if value[:1] == BUNDLE else (value,)


def name_of(*parts: str | int) -> str:
    """A short name (16 hex digits) of its parts: the same parts, the same name, on any machine."""
    return blake2b("\0".join(map(str, parts)).encode(), digest_size=8).hexdigest()


Record = ParcelRecord | ScanRecord | OrderRecord | Decision | Message | Outcome | DeadLetter
"""What a run leaves behind for its readers."""

_decode_record = msgspec.msgpack.Decoder(Record).decode


def pack_record(record: Record) -> bytes:
    """Versioned bytes of a record."""
    return VERSION + _encode(record)


def unpack_record(data: bytes) -> Record:
    """The record of `pack_record`'s bytes. Raises ValueError for bytes of a version that is not known."""
    if data[:1] != VERSION:
        raise ValueError(f"packed by a version that this code does not read: {data[:1]!r}")
    record: Record = _decode_record(data[1:])
    return record


Item = Notice | Message | Withdraw
"""What goes from Plan to Compose and on to Deliver, one recipient's in order."""

_decode_items = msgspec.msgpack.Decoder(tuple[Item, ...]).decode


def pack_items(items: Iterable[Item]) -> bytes:
    """Versioned bytes of one recipient's items, in the order given."""
    return VERSION + _encode(tuple(items))


def unpack_items(data: bytes) -> tuple[Item, ...]:
    """The items of `pack_items`'s bytes. Raises ValueError for bytes of a version that is not known."""
    if data[:1] != VERSION:
        raise ValueError(f"packed by a version that this code does not read: {data[:1]!r}")
    return _decode_items(data[1:])
