"""Checks against what was known: no message says what its parcel or order no longer is."""

from collections.abc import Callable, Iterator

from checking.course import Scan
from checking.parcels import Shipment
from checking.run import Slot, Told
from checking.world import Violation, World, broken

from schemas.status import HARD_ENDS, RANK, Status
from schemas.times import Millis

_S = Status
PROBLEMS = frozenset({_S.EXCEPTION, _S.UNDELIVERABLE, _S.LOST})
LATER_THAN_SHIPPED = frozenset(
    {
        _S.DELAYED,
        _S.OUT_FOR_DELIVERY,
        _S.DELIVERY_ATTEMPTED,
        _S.READY_FOR_PICKUP,
        _S.PICKUP_EXPIRED,
        _S.RETURNING,
        *PROBLEMS,
        *HARD_ENDS,
    }
)
"""Statuses that have a word of their own for the customer, after which "shipped" says nothing."""

POINTLESS: dict[str, Callable[[str], bool]] = {
    "shipped": lambda status: status in LATER_THAN_SHIPPED,
    "delayed": lambda status: RANK[status] >= RANK[_S.OUT_FOR_DELIVERY],
    "action_needed": lambda status: status != _S.HELD,
    "arriving_tomorrow": lambda status: RANK[status] >= RANK[_S.OUT_FOR_DELIVERY],
    "out_for_delivery": lambda status: RANK[status] > RANK[_S.OUT_FOR_DELIVERY],
    "delivery_attempted": lambda s: s == _S.OUT_FOR_DELIVERY or RANK[s] > RANK[_S.DELIVERY_ATTEMPTED],
    "ready_for_pickup": lambda status: status != _S.READY_FOR_PICKUP,
    "pickup_reminder": lambda status: status != _S.READY_FOR_PICKUP,
    "pickup_expired": lambda s: s in (_S.READY_FOR_PICKUP, _S.RETURNING) or s in HARD_ENDS,
    "problem": lambda status: status not in PROBLEMS,
    "delivered": lambda status: status != _S.DELIVERED,
    "going_back": lambda status: status not in (_S.RETURNING, _S.RETURNED),
}
"""Kind -> whether the parcel's status makes the message pointless, or a lie."""

ONE_OCCURRENCE = frozenset({"out_for_delivery", "delivery_attempted", "ready_for_pickup"})
"""Kinds that speak of one time that the status was reached: once it is reached anew, of the former no more."""


def contradicted(world: World) -> Iterator[Violation]:
    """Nothing that a status known when the message left makes pointless. Of what came at that very moment the message
    may have known or not."""
    for told in world.told_people:
        for slot in told.slots:
            against = [_against(world, told, slot, told.at + tie) for tie in (0, 1)]
            if all(against):
                yield broken("contradicted", told, against[0] or "")


def _against(world: World, told: Told, slot: Slot, before: Millis) -> str | None:
    subject, kind, occurrence = slot
    if subject.startswith("order/"):
        return _against_order(world, told, before)
    shipment = world.parcels.shipment(told.order, subject, before)
    if shipment is not None and shipment.ended is not None:
        return "the parcel is no longer of the order"
    scans = world.parcels.scans(subject, before, occurrence)
    if not scans:
        return None
    if kind == "no_movement":
        return scans[-1].status if scans[-1].happened_at > int(occurrence.partition("/")[2]) else None
    now = scans[-1]
    if shipment is not None and shipment.direction == "return":
        return None
    pointless = POINTLESS.get(kind)
    if pointless is not None and pointless(now.status):
        return now.status
    return now.status if kind in ONE_OCCURRENCE and _reached_anew(scans, occurrence) else None


def _reached_anew(scans: list[Scan], occurrence: str) -> bool:
    """Whether the status was opened again after the occurrence that the message speaks of."""
    opened = [scan for scan in scans if scan.status == scans[-1].status]
    return bool(opened) and any(s.name == occurrence for s in opened) and opened[-1].name != occurrence


def _against_order(world: World, told: Told, before: Millis) -> str | None:
    """What a message about the order itself says no more."""
    parcels = [s for s in world.parcels.shipments(told.order, before) if s.ended is None]
    cancelled = world.parcels.is_cancelled(told.order, before)
    if told.kind in ("order_received", "order_confirmed", "order_packed", "late_to_leave") and cancelled:
        return "cancelled"
    if told.kind in ("order_confirmed", "order_packed", "late_to_leave") and _any_left(world, told, parcels, before):
        return "shipped"
    return _against_asking(world, told, parcels, before) if told.kind == "feedback" else None


def _any_left(world: World, told: Told, parcels: list[Shipment], before: Millis) -> bool:
    outward = [world.parcels.present(s.parcel, before) for s in parcels if s.direction == "outbound"]
    return any(RANK[scan.status] >= RANK[_S.ACCEPTED] for scan in outward if scan is not None)


def _against_asking(world: World, told: Told, parcels: list[Shipment], before: Millis) -> str | None:
    """How it was is asked once all parcels came, and never after a return or an open problem."""
    if any(s.direction == "return" for s in parcels) or world.parcels.events(told.order, before, "return_requested"):
        return "return"
    outward = [world.parcels.present(s.parcel, before) for s in parcels if s.direction == "outbound"]
    if not all(scan is not None and scan.status == _S.DELIVERED for scan in outward):
        return "not all delivered"
    return None


CHECKS = (contradicted,)
