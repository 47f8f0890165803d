"""Parcels and orders as they were known at a moment: from the scans of a run and the shops' events."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from checking.course import TRUST, Scan, moves
from checking.log import Said
from checking.run import Row, at, moment

from schemas.events import (
    CourierHeartbeat,
    OrderChanged,
    OrderPlaced,
    ShipmentCancelled,
    ShipmentChanged,
    ShipmentCreated,
    ShipmentLinked,
)
from schemas.status import RANK, Status
from schemas.times import Millis

Order = tuple[str, str]


class Shipment(NamedTuple):
    """A parcel as a shop's event ties it to an order, from when the log had it until it was untied. `direction`:
    outbound, return (a customer's), back (the way back to the sender under a number of its own)."""

    parcel: str
    known: Millis
    since: Millis
    direction: str
    ended: Millis | None
    follows: str = ""  # the number that the parcel went by before


class Parcels:
    """Answers about parcels, their orders and their couriers' feeds."""

    def __init__(self, log: Iterable[Said], parcels: list[Row], orders: list[Row]) -> None:
        self.history = {f"{row['courier']}/{row['number']}": list(map(_scan, row["history"])) for row in parcels}
        self._of_order: dict[Order, list[Said]] = defaultdict(list)
        self._heard: dict[tuple[str, str], list[tuple[Millis, Millis]]] = defaultdict(list)
        for said in log:
            if said.thing in ("order", "shipment"):
                self._of_order[said.shop, said.order].append(said)
            if isinstance(said.data, CourierHeartbeat):
                self._heard[said.data.courier, said.data.shop].append((said.known, said.happened_at))
        self.orders = {(row["shop"], row["order"]) for row in orders}

    def events(self, order: Order, before: Millis, *words: str) -> list[Said]:
        """What the log had of an order before the moment, by these words, oldest first by when it happened."""
        known = [s for s in self._of_order[order] if s.known < before and s.thing == "order" and s.word in words]
        return sorted(known, key=lambda said: said.happened_at)

    def is_cancelled(self, order: Order, before: Millis) -> bool:
        """Whether the order is known to be cancelled: a later word that takes it back must carry a payment."""
        life = self.events(order, before, "cancelled", "confirmed", "paid")
        cancelled = False
        for said in life:
            paid_anew = cancelled and bool(getattr(said.data, "payment_id", ""))
            cancels = said.word == "cancelled" and not self.is_over(order, said)
            cancelled = cancels or (cancelled and not paid_anew)
        return cancelled

    def is_over(self, order: Order, said: Said) -> bool:
        """Whether an order cannot be cancelled any more when it is said: it was completed, or all its parcels had left,
        so that they can only come back."""
        done = self.events(order, said.known + 1, "completed")
        if any(before.happened_at <= said.happened_at for before in done):
            return True
        outward = [s for s in self.shipments(order, said.known) if s.direction == "outbound" and s.ended is None]
        return bool(outward) and all(self._left_before(s.parcel, said.happened_at) for s in outward)

    def _left_before(self, parcel: str, moment: Millis) -> bool:
        scans = [scan for scan in self.history.get(parcel, ()) if scan.applied and scan.happened_at <= moment]
        return bool(scans) and max(RANK[scan.meant] for scan in scans) >= RANK[Status.ACCEPTED]

    def is_test(self, order: Order, before: Millis) -> bool:
        return any(isinstance(s.data, OrderPlaced) and s.data.test for s in self.events(order, before, "placed"))

    def last_given(self, order: Order, field: str, before: Millis) -> str:
        """The newest value of a field of the order that is given; "" if none is."""
        found = [getattr(s.data, field) for s in self.events(order, before, "placed", "changed")
                 if isinstance(s.data, OrderPlaced | OrderChanged)]  # fmt: skip
        return next((str(value) for value in reversed(found) if value), "")

    def shipments(self, order: Order, before: Millis) -> list[Shipment]:
        """The parcels that the log had for the order before the moment, those untied by then included."""
        found: dict[str, Shipment] = {}
        known = [s for s in self._of_order[order] if s.thing == "shipment" and s.known < before]
        for said in sorted(known, key=lambda said: (said.happened_at, said.known)):
            for shipment in _tied(said, found):
                found[shipment.parcel] = shipment
        return list(found.values())

    def shipment(self, order: Order, parcel: str, before: Millis) -> Shipment | None:
        return next((s for s in self.shipments(order, before) if s.parcel == parcel), None)

    def scans(self, parcel: str, before: Millis, told: str = "") -> list[Scan]:
        """The scans that gave the parcel its statuses, as far as the log had them before the moment. The one that is
        `told` was known: a scan that was read twice shows when it was read last."""
        known = [scan for scan in self.history.get(parcel, ()) if scan.known < before or scan.name == told]
        return moves(known, parcel.partition("/")[0])

    def present(self, parcel: str, before: Millis) -> Scan | None:
        """The scan that gives the parcel its status."""
        scans = self.scans(parcel, before)
        return scans[-1] if scans else None

    def known_at(self, parcel: str, shop: str, before: Millis) -> Millis:
        """The later of the last scan and the last heartbeat of the courier's feed for the shop."""
        scans = [s.happened_at for s in self.history.get(parcel, ()) if s.known < before]
        heard = [at for known, at in self._heard[parcel.partition("/")[0], shop] if known < before]
        return max([*scans, *heard], default=0)


def _scan(row: dict[str, Any]) -> Scan:
    known = moment(row["recorded_at"])
    happened = at(row, "occurred_at")
    said = row["raw_code"] if row["raw_code"] in RANK else row["status"]  # canonical payloads show what was said
    return Scan(
        happened if known is None else known,
        happened,
        said,
        row["name"],
        row["occurrence"],
        row["applied"],
        frozenset(row["flags"]),
        row["source"],
        row["via"] if row["via"] in TRUST else TRUST[-1],
        row["reason"],
        row["status"],
        row["notice"],
    )


def _tied(said: Said, found: dict[str, Shipment]) -> Iterator[Shipment]:
    """The shipments that an event of a shop makes or ends."""
    data = said.data
    if not isinstance(data, ShipmentCreated | ShipmentCancelled | ShipmentLinked):
        return
    parcel = f"{data.courier}/{data.number}"
    if isinstance(data, ShipmentCancelled):
        if parcel in found:
            yield found[parcel]._replace(ended=said.known)
        return
    before = data.replaces if isinstance(data, ShipmentChanged | ShipmentLinked) else None
    old = f"{before.courier}/{before.number}" if before else ""
    if old in found and isinstance(data, ShipmentChanged):
        yield found[old]._replace(ended=said.known)
    back = isinstance(data, ShipmentLinked) and data.link == "return"
    direction = data.direction if isinstance(data, ShipmentCreated) else "back" if back else "outbound"
    first = found.get(parcel)
    yield Shipment(parcel, first.known if first else said.known, said.happened_at, direction, None, old)
