"""What could have been a message: derived anew from the parcels' histories and the shops' events."""

from collections.abc import Iterator
from typing import NamedTuple

from checking.of_people import BUYERS_ONLY
from checking.parcels import Order, Shipment
from checking.world import World

from schemas.status import RANK, Status
from schemas.times import Millis

_S = Status

CALLED_FOR: dict[str, str] = {
    _S.DELAYED: "delayed",
    _S.OUT_FOR_DELIVERY: "out_for_delivery",
    _S.DELIVERY_ATTEMPTED: "delivery_attempted",
    _S.READY_FOR_PICKUP: "ready_for_pickup",
    _S.PICKUP_EXPIRED: "pickup_expired",
    _S.EXCEPTION: "problem",
    _S.UNDELIVERABLE: "problem",
    _S.LOST: "problem",
    _S.DELIVERED: "delivered",
    _S.RETURNING: "going_back",
    _S.RETURNED: "came_back",
}
"""A parcel's status -> the kind that it calls for each time. (Of a held parcel, it hangs on who must act.)"""

BY_DIRECTION: dict[str, dict[str, str]] = {
    "outbound": CALLED_FOR,
    "return": {_S.ACCEPTED: "return_received", _S.DELIVERED: "return_received"},
    "back": {_S.DELIVERED: "came_back", _S.RETURNED: "came_back"},
}

OF_AN_ORDER = {
    "placed": "order_received",
    "confirmed": "order_confirmed",
    "paid": "order_confirmed",
    "packed": "order_packed",
    "cancelled": "order_cancelled",
    "refunded": "order_refunded",
}
"""A shop's word about an order -> the kind that it calls for."""

ALWAYS: Millis = 1 << 60


class Slot(NamedTuple):
    """A could-have-been message of one recipient, and since when it could have been one."""

    shop: str
    order: str
    recipient: str
    subject: str
    kind: str
    occurrence: str
    since: Millis
    names: frozenset[str] = frozenset()  # of every event that told of it: it may be known by any


def owed(world: World) -> Iterator[Slot]:
    """The slots of parcels: every time a parcel was seen to reach a status that calls for a message."""
    for order in world.parcels.orders:
        placed = world.people.placed(order)
        for shipment in world.parcels.shipments(order, ALWAYS) if placed else ():
            yield from _of_parcel(world, order, shipment, max(placed.known if placed else 0, shipment.known))


def _of_parcel(world: World, order: Order, shipment: Shipment, tied: Millis) -> Iterator[Slot]:
    kinds = BY_DIRECTION[shipment.direction]
    history = world.parcels.history.get(shipment.parcel, [])
    for scan in history:
        kind = kinds.get(scan.meant)
        since = max(tied, scan.known)
        over = shipment.ended is not None and shipment.ended <= since
        if scan.opens and kind is not None and not over:
            for recipient in _hearers(world, order, kind, since + (since == tied)):
                names = frozenset(s.name for s in history if s.occurrence == scan.occurrence)
                yield Slot(*order, recipient, shipment.parcel, kind, scan.occurrence, since, names)


def _hearers(world: World, order: Order, kind: str, since: Millis) -> Iterator[str]:
    """Those who belonged to the order then, and whom the kind concerns."""
    for member in world.people.members(order, since):
        if member.recipient and (member.role == "buyer" or kind not in BUYERS_ONLY):
            yield member.recipient


def owed_once(world: World) -> Iterator[Slot]:
    """The slots that any event of its sort may name: a word of the shop's, and that a parcel has left."""
    for order in world.parcels.orders:
        placed = world.people.placed(order)
        if placed is not None:
            yield from _of_order(world, order, placed.known)
            yield from _left(world, order, placed.known)


def _of_order(world: World, order: Order, placed: Millis) -> Iterator[Slot]:
    for said in world.parcels.events(order, ALWAYS, *OF_AN_ORDER):
        since, kind = max(said.known, placed), OF_AN_ORDER[said.word]
        if said.word != "cancelled" or not world.parcels.is_over(order, said):
            for recipient in _hearers(world, order, kind, since + 1):
                yield Slot(*order, recipient, f"order/{order[1]}", kind, "", since)


def _left(world: World, order: Order, placed: Millis) -> Iterator[Slot]:
    """A parcel that was seen on its way has left, though nobody said so."""
    for shipment in world.parcels.shipments(order, ALWAYS):
        seen = [s for s in world.parcels.history.get(shipment.parcel, ()) if s.opens and _is_under_way(s.meant)]
        if seen and shipment.direction == "outbound" and shipment.ended is None:
            since = max(placed, shipment.known, min(scan.known for scan in seen))
            for recipient in _hearers(world, order, "shipped", since):
                yield Slot(*order, recipient, shipment.follows or shipment.parcel, "shipped", "", since)


def _is_under_way(status: str) -> bool:
    return RANK[status] >= RANK[_S.ACCEPTED] and status not in (_S.CANCELLED, _S.EXPIRED)
