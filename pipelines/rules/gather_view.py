"""An order's view: what any message about it may say, built from its terms, shipments and parcels."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from pipelines.rules.fold import ON_THE_WAY_BACK
from pipelines.rules.gather_state import OrderState
from pipelines.rules.shipments import NOT_YET, Line, Parcel, Shipment, lines
from schemas.orders import Happening, OrderView, ParcelView
from schemas.parcels import Cod, Facts
from schemas.status import HARD_ENDS, RANK, Status
from schemas.times import Millis

TROUBLE = frozenset({Status.EXCEPTION, Status.HELD, Status.UNDELIVERABLE, Status.LOST, Status.DESTROYED})
PAID_AT_DOOR = frozenset({"collected", "transferred", "paid_out"})

_PHASES: dict[str, int] = {
    **dict.fromkeys(Status, 1),
    **dict.fromkeys((*NOT_YET, Status.CANCELLED), 0),
    Status.READY_FOR_PICKUP: 2,
    Status.DELIVERED: 3,
}
_SHIPPING = ("not_shipped", "shipped", "ready_for_pickup", "delivered")


class Seen(NamedTuple):
    """An order as one looks at it: its lines, and how many parcels the customer waits for."""

    lines: Sequence[Line]
    outbound: Sequence[Line]
    expected: int


def look(state: OrderState) -> Seen:
    """The order's lines. A customer's return is a parcel of its own, and not one that the customer waits for."""
    return counted(lines(state.shipments, state.parcels), state.terms.parcels_expected)


def counted(every: Sequence[Line], expected: int) -> Seen:
    """The lines, with those that count among the `expected` parcels (or more, if there are more)."""
    outbound = [line for line in every if line.shipment.direction != "return"]
    return Seen(every, outbound, max(expected, len(outbound)))


def is_return(line: Line) -> bool:
    """Whether the line is a customer's return."""
    return line.shipment.direction == "return"


def departed_at(seen: Seen) -> Millis | None:
    """When the last of all parcels was accepted; None while one of them was not."""
    accepted = [line.parcel.accepted_at if line.parcel else 0 for line in seen.outbound]
    return max(accepted) if accepted and all(accepted) and len(accepted) == seen.expected else None


def build(state: OrderState, seen: Seen) -> OrderView:
    """The view of an order that was placed, in its next version."""
    terms = state.terms
    parcels = tuple(_parcel(line, state, seen) for line in seen.lines)
    promises = [line.shipment.promised for line in seen.outbound]
    return OrderView(
        state.order,
        terms.number or state.order,
        state.version + 1,
        terms.placed_at or 0,
        terms.lifecycle,
        "cod_collected" if terms.paid == "cod_due" and _collected(seen) else terms.paid,
        shipping([view for view in parcels if view.direction != "return"], seen.expected),
        terms.country,
        terms.segment,
        terms.gift,
        terms.test,
        terms.total,
        terms.refunded,
        terms.dispatch_by,
        parcels,
        seen.expected,
        terms.promised or (promises[0] if len(promises) == 1 else None),
    )


def _parcel(line: Line, state: OrderState, seen: Seen) -> ParcelView:
    """A line as its order sees it."""
    view = line.parcel.view if line.parcel else announced(line.shipment)
    cod = _cod(line, view, state, seen)
    if cod is not None:
        view = replace(view, facts=replace(view.facts, cod=cod))
    if line.leg is not None:
        view = _on_the_way_back(view, line.leg.view)
    return replace(view, formerly=line.formerly) if line.formerly else view


def announced(shipment: Shipment) -> ParcelView:
    """A parcel of which nothing is known but its number."""
    return ParcelView(
        shipment.courier,
        shipment.number,
        Status.REGISTERED,
        direction=shipment.direction,
        service=shipment.service,
    )


def _cod(line: Line, view: ParcelView, state: OrderState, seen: Seen) -> Cod | None:
    """The sum that the shop told, where the courier told none. An order's sum belongs to its only parcel."""
    if view.facts.cod is not None or view.status in HARD_ENDS or is_return(line):
        return None
    alone = seen.expected == 1 and state.terms.paid == "cod_due"
    return line.shipment.cod or (state.terms.cod if alone else None)


def _on_the_way_back(view: ParcelView, leg: ParcelView) -> ParcelView:
    """The outward parcel, standing where its return stands."""
    facts = Facts(cod=view.facts.cod, place=leg.facts.place, country=leg.facts.country, successor=view.facts.successor)
    return replace(
        view,
        status=ON_THE_WAY_BACK.get(leg.status, leg.status),
        reason=leg.reason or view.reason,
        action=leg.action,
        since=leg.since,
        occurrence=leg.occurrence,
        number_of=leg.number_of,
        facts=facts,
        known_at=max(view.known_at, leg.known_at),
        leg="return",
    )


def _collected(seen: Seen) -> bool:
    """Whether every parcel with a sum to collect was paid for, by the couriers' own word."""
    owed = [line.parcel for line in seen.outbound if line.shipment.cod or (line.parcel and _owes(line.parcel))]
    return bool(owed) and all(parcel is not None and _paid(parcel) for parcel in owed)


def _owes(parcel: Parcel) -> bool:
    cod = parcel.view.facts.cod
    return parcel.view.reason == "cod_collected" or (cod is not None and cod.state != "none")


def _paid(parcel: Parcel) -> bool:
    cod = parcel.view.facts.cod
    return parcel.view.reason == "cod_collected" or (cod is not None and cod.state in PAID_AT_DOOR)


def shipping(parcels: Sequence[ParcelView], expected: int) -> str:
    """How far an order's outward parcels are, of the `expected` ones: derived, never told."""
    statuses = {parcel.status for parcel in parcels}
    if statuses & TROUBLE:
        return "problem"
    if Status.RETURNING in statuses:
        return "returning"
    if statuses == {Status.RETURNED}:
        return "returned"
    phases = [_PHASES[parcel.status] for parcel in parcels]
    phases += [0] * (expected - len(parcels))
    furthest = max(phases, default=0)
    return _SHIPPING[furthest] if min(phases, default=0) == furthest else f"partly_{_SHIPPING[furthest]}"


def present(view: OrderView, now: Millis) -> tuple[Happening, ...]:
    """Where each parcel stands, for those who join now: to them it becomes known now."""
    return tuple(
        Happening(
            parcel.status,
            f"{parcel.courier}/{parcel.number}",
            parcel.occurrence,
            parcel.since,
            now,
            parcel.number_of,
            parcel.reason,
            parcel.action,
        )
        for parcel in view.parcels
        if parcel.occurrence and RANK[parcel.status] > RANK[Status.REGISTERED]
    )
