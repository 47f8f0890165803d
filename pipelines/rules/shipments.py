"""Which parcels an order has, and under which number each goes on.

A shipment is what the shop told of a number; a parcel is what Track told of it; a line is a parcel as the customer
knows it, which may have gone through several numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from schemas.orders import ParcelView, ShipmentFact
from schemas.parcels import Cod, Eta, parcel_key
from schemas.status import RANK, Status
from schemas.times import Millis

NOT_YET = frozenset({Status.UNKNOWN, Status.REGISTERED, Status.LABEL_CREATED})
"""Statuses in which no courier has the parcel."""

ARRIVED = frozenset({Status.DELIVERED, Status.RETURNED})
"""Ends at which nobody looks further: a number that says so later than another is believed."""

_BIT: dict[str, int] = {status: 1 << place for place, status in enumerate(Status)}  # the enum is only ever appended to


class Shipment(Struct, frozen=True, array_like=True):
    """What the shop (or a link) told of a number. `since` is when its line began (the order of parcels), `begun` when
    this number did."""

    courier: str
    number: str
    since: Millis
    service: str = ""
    direction: str = "outbound"
    country: str = ""
    origin: str = ""
    cod: Cod | None = None
    promised: Eta | None = None
    replaces: str = ""
    link: str = ""
    cancelled: bool = False
    begun: Millis = 0
    parcel: str = ""

    @property
    def key(self) -> str:
        return f"{self.courier}/{self.number}"


class Parcel(Struct, frozen=True, array_like=True):
    """What Track told last of a number. `told`: a bit for each status that it ever reached; `accepted_at`: when a
    courier first had it, 0 if none has; `stalls_at`: when silence becomes news, 0 if it does not."""

    view: ParcelView
    version: int
    at: Millis
    told: int = 0
    accepted_at: Millis = 0
    stalls_at: Millis = 0
    ended: bool = False

    @property
    def key(self) -> str:
        return f"{self.view.courier}/{self.view.number}"

    @property
    def alive(self) -> bool:
        """Whether a courier has it under this number."""
        return not self.ended and self.view.status not in NOT_YET


class Line(NamedTuple):
    """A parcel as the customer knows it: the number that leads, the other numbers under which it went, and its way
    back if that has a number of its own."""

    shipment: Shipment
    parcel: Parcel | None
    formerly: tuple[str, ...] = ()
    leg: Parcel | None = None


def bits(statuses: Iterable[str]) -> int:
    """A set of statuses as a number."""
    told = 0
    for status in statuses:
        told |= _BIT[status]
    return told


def has_left(status: str) -> bool:
    """Whether a status says that a courier has, or had, the parcel."""
    return RANK[status] >= RANK[Status.ACCEPTED] and status not in (Status.CANCELLED, Status.EXPIRED)


def fold_shipments(facts: Iterable[ShipmentFact]) -> tuple[Shipment, ...]:
    """All shipments of an order, in the order in which they were shipped."""
    known: dict[str, Shipment] = {}
    under: dict[str, str] = {}  # the shop's own name of a parcel -> the number that it has
    for fact in sorted(facts, key=lambda fact: (fact.occurred_at, fact.event)):
        key = parcel_key(fact.courier, fact.number)
        if fact.parcel and fact.happened == "created":
            fact = _in_place_of(under.get(fact.parcel, ""), fact, key)
            under[fact.parcel] = key
        known[key] = _told(known.get(key) or _begun(fact, known), fact, known)
    return tuple(sorted(known.values(), key=lambda shipment: (shipment.since, shipment.key)))


def _in_place_of(before: str, fact: ShipmentFact, key: str) -> ShipmentFact:
    """A number that a shop wrote anew takes the place of the one before, unless it is told what it replaces."""
    return fact if before in ("", key) or fact.replaces else replace(fact, replaces=before)


def _begun(fact: ShipmentFact, known: Mapping[str, Shipment]) -> Shipment:
    """A shipment new to the order; a corrected or linked number begins with what was known of the one before."""
    before = known.get(fact.replaces)
    if before is None:
        return Shipment(fact.courier, fact.number, fact.occurred_at, begun=fact.occurred_at)
    own = {"courier": fact.courier, "number": fact.number, "begun": fact.occurred_at}
    return replace(before, replaces="", link="", cancelled=False, **own)


def _told(shipment: Shipment, fact: ShipmentFact, known: Mapping[str, Shipment]) -> Shipment:
    """The shipment after one more fact; what the fact does not carry stays."""
    replaces = "" if _goes_back(fact.replaces, shipment.key, known) else fact.replaces
    begins = fact.happened == "created"
    return Shipment(
        shipment.courier,
        shipment.number,
        shipment.since,
        fact.service or shipment.service,
        fact.direction if begins else shipment.direction,
        fact.country or shipment.country,
        fact.origin or shipment.origin,
        fact.cod or shipment.cod,
        fact.promised or shipment.promised,
        replaces or shipment.replaces,
        (fact.link if replaces else "") or shipment.link,
        fact.happened == "cancelled" or (shipment.cancelled and not begins),
        shipment.begun,
        fact.parcel or shipment.parcel,
    )


def _goes_back(key: str, to: str, known: Mapping[str, Shipment]) -> bool:
    """Whether a number goes back to another, so that it cannot be what that one replaces."""
    while key and key != to:
        before = known.get(key)
        key = before.replaces if before else ""
    return key == to


def lines(shipments: Sequence[Shipment], parcels: Sequence[Parcel]) -> list[Line]:
    """The order's parcels, in the order in which they were shipped; cancelled ones and numbers that others replace
    are left out."""
    by_key = {parcel.key: parcel for parcel in parcels}
    known = {shipment.key: shipment for shipment in shipments}
    after = _successors(shipments)
    known |= {key: _unannounced(parcel) for key, parcel in by_key.items() if key not in known}
    heads = ((key, shipment) for key, shipment in known.items() if shipment.replaces not in known)
    every = [_line(key, head, by_key, after) for key, head in heads]
    return [line for line in every if not line.shipment.cancelled and not (line.parcel and line.parcel.ended)]


def _successors(shipments: Iterable[Shipment]) -> dict[str, list[Shipment]]:
    """The numbers that follow each number, in the order in which they did; ways back come last."""
    after: dict[str, list[Shipment]] = {}
    for shipment in shipments:
        if shipment.replaces and not shipment.cancelled:
            after.setdefault(shipment.replaces, []).append(shipment)
            after[shipment.replaces].sort(key=lambda each: (each.link == "return", each.begun))
    return after


def _unannounced(parcel: Parcel) -> Shipment:
    view = parcel.view
    return Shipment(view.courier, view.number, parcel.at, view.service, view.direction)


def _line(key: str, head: Shipment, parcels: Mapping[str, Parcel], after: Mapping[str, Sequence[Shipment]]) -> Line:
    """Follows a parcel through its numbers: a corrected number counts at once, a courier's new one when it moves."""
    line = Line(head, parcels.get(key))
    following = list(after.get(key, ()))
    for shipment in following:
        line = _goes_on(line, shipment, parcels.get(shipment.key))
        following += after.get(shipment.key, ())
    return line


def _goes_on(line: Line, following: Shipment, parcel: Parcel | None) -> Line:
    moves = parcel is not None and parcel.alive
    if not following.link:
        return Line(following, parcel, line.formerly)
    if following.link == "return" or line.leg:
        return line._replace(leg=parcel if moves else line.leg)
    if parcel is None or not moves:
        return line
    if _arrived_since(line.parcel, parcel):
        return line._replace(formerly=(*line.formerly, following.key))
    return Line(following, parcel, (*line.formerly, line.shipment.key))


def _arrived_since(parcel: Parcel | None, following: Parcel) -> bool:
    """Whether the number before says that the parcel arrived, later than all that its new number says."""
    if parcel is None or parcel.view.status not in ARRIVED or following.view.status in ARRIVED:
        return False
    return parcel.view.since > following.view.since
