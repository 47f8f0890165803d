"""What Gather remembers of an order, and its versioned bytes."""

import zlib
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from pipelines.rules.orders import Terms
from pipelines.rules.shipments import Parcel, Shipment
from schemas.orders import Happening, OrderFact, ShipmentFact
from schemas.times import Millis

VERSION = 1
PLAIN, DEFLATED = 0, 1
_SMALL = 1024  # bytes; below, compressing takes longer than all else in a step
_WINDOW, _MEMORY = -12, 5  # zlib's own defaults clear 256 KB a call: 60 microseconds for half a kilobyte of state
_COMMON = (
    b"collected_from_lockerat_delivery_depotready_for_pickupout_for_deliverydelivery_attempted"
    b"carrierservice_defaultpartnerrelabelreturnconsigneebuyercashcardblikshopbranchlocker"
    b"refundedin_preparationpackedcompletedcancelledon_holdcod_duepaidpendingprepaidconfirmed"
    b"createdlabel_createdregisteredacceptedin_transitdeliverednoneoutboundPLNUAHPLUAplukennova_poshtadpddhlinpost"
)
"""What many states share, for the compressor. Bytes of this version are read with these very words."""

Fact = OrderFact | ShipmentFact


class OrderState(Struct, frozen=True, array_like=True):
    """An order: the facts as they were told, what they fold to, and what Track told of its parcels."""

    shop: str
    order: str
    last: Millis  # when something new was last heard
    version: int = 0  # of the view told last
    terms: Terms = Terms()
    shipments: tuple[Shipment, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    promise: Millis = 0  # the promised dispatch that `late_at` is counted from
    late_at: Millis = 0  # when an order that has not left is late; 0: told, or no promise
    log: bytes = b"\x90"  # the facts, packed: read only when one more comes
    early: tuple[Happening, ...] = ()  # what parcels did before the order was placed

    @property
    def placed(self) -> bool:
        """Whether the shop told that the order was placed; before, nobody is told anything."""
        return self.terms.placed_at is not None


_encode = msgspec.msgpack.Encoder(decimal_format="string").encode
_decode = msgspec.msgpack.Decoder(OrderState).decode
_decode_log = msgspec.msgpack.Decoder(tuple[Fact, ...]).decode

pack_log = _encode
"""The bytes of facts."""


def unpack_log(data: bytes) -> tuple[Fact, ...]:
    """The facts of `pack_log`'s bytes."""
    return _decode_log(data)


def orders_in(log: Sequence[Fact]) -> list[OrderFact]:
    """What a log tells of the order itself: it is kept in the order in which that happened."""
    return [fact for fact in log if isinstance(fact, OrderFact)]


def dump(state: OrderState) -> bytes:
    """Versioned bytes of a state: `version | how | body`, compressed if that is worth its time."""
    body = _encode(state)
    return bytes((VERSION, PLAIN)) + body if len(body) <= _SMALL else bytes((VERSION, DEFLATED)) + _deflated(body)


def _deflated(body: bytes) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, _WINDOW, _MEMORY, zlib.Z_FIXED, _COMMON)
    return packer.compress(body) + packer.flush()


def load(data: bytes) -> OrderState:
    """The state of `dump`'s bytes. Raises ValueError for bytes of a version that is not known."""
    if data[0] != VERSION:
        raise ValueError(f"an order's state of version {data[0]}, this code reads {VERSION}")
    body = data[2:] if data[1] == PLAIN else zlib.decompressobj(_WINDOW, _COMMON).decompress(data[2:])
    return _decode(body)
