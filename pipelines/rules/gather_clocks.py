"""Gather's clocks: late to leave, no movement, and when an order is forgotten.

Silence is news only while it could have been broken: a clock that ran out is believed while the courier's feed is
alive, or once it was heard from after that. Until then it is asked again, and in the end given up.
"""

from msgspec.structs import replace

from pipelines.rules.actor import Context
from pipelines.rules.calendar import working_days_after
from pipelines.rules.gather_state import OrderState
from pipelines.rules.gather_view import Seen, is_return
from pipelines.rules.orders import ENDED, Terms
from pipelines.rules.shipments import Line, Parcel, Shipment
from schemas.orders import Happening
from schemas.places import zone_of
from schemas.shops import Bundle
from schemas.status import HARD_ENDS, Status
from schemas.times import DAY, HOUR, Millis

LATE_AFTER = 2
"""Working days after the promised dispatch."""

STILL_AFTER: dict[str, int] = {
    Status.IN_TRANSIT: 3,
    Status.IN_CUSTOMS: 5,
    Status.AT_DELIVERY_DEPOT: 2,
    Status.OUT_FOR_DELIVERY: 1,
}
"""Working days without a scan that are too many, by status."""

STILL_AFTER_ACROSS_A_BORDER = 7
"""The same for a parcel in transit to another country."""

ASK_AGAIN: Millis = HOUR
"""How often a clock that ran out looks whether the courier's feed has spoken since."""

GIVEN_UP: Millis = 60 * DAY
"""For how long it looks."""

ALIVE_POLLED: Millis = 6 * HOUR
ALIVE_PUSHED: Millis = 24 * HOUR
"""For how long after its last sign of life a feed is taken to be alive."""

WAITS: Millis = 30 * DAY
"""For how long facts and updates wait for their order to be placed."""

FORGOTTEN_AFTER_END: Millis = 30 * DAY
FORGOTTEN_AFTER_SILENCE: Millis = 120 * DAY


def late_at(dispatch_by: Millis, bundle: Bundle) -> Millis:
    """When an order that should leave by then is late: the shop's working days count."""
    return working_days_after(dispatch_by, LATE_AFTER, bundle.country, bundle.zone)


def stalls_at(parcel: Parcel, shipment: Shipment | None, terms: Terms, bundle: Bundle | None) -> Millis:
    """When silence about a parcel becomes news, counted from its last scan; 0 if its status is none to wait in, or
    its shop is not known. The working days are those of the country where it was last seen, else where it goes."""
    view = parcel.view
    days = STILL_AFTER.get(view.status)
    if days is None or bundle is None or view.direction == "return" or view.leg == "return":
        return 0
    origin = (shipment.origin if shipment else "") or bundle.country
    goes_to = (shipment.country if shipment else "") or terms.country or origin
    if view.status == Status.IN_TRANSIT and origin != goes_to:
        days = STILL_AFTER_ACROSS_A_BORDER
    country = view.facts.country or goes_to
    return working_days_after(view.known_at, days, country, zone_of(country) or bundle.zone)


def promised(state: OrderState, now: Millis, context: Context) -> OrderState:
    """The state with its clock set for the dispatch that is promised now; told once for each promise."""
    dispatch_by = state.terms.dispatch_by
    if dispatch_by is None or dispatch_by == state.promise:
        return state
    bundle = context.bundle(state.shop, now)
    return state if bundle is None else replace(state, promise=dispatch_by, late_at=late_at(dispatch_by, bundle))


def run_out(state: OrderState, seen: Seen, now: Millis, context: Context) -> tuple[OrderState, tuple[Happening, ...]]:
    """What the clocks tell at `now`, and the state that will not tell it again."""
    late = late_to_leave(state, seen, now, context)
    still = [line.parcel for line in seen.outbound if line.parcel and _is_still(line, state.shop, now, context)]
    if not late and not still:
        return state, ()
    stopped = {parcel.key for parcel in still}
    parcels = tuple(replace(p, stalls_at=0) if p.key in stopped else p for p in state.parcels)
    told = tuple(_no_movement(parcel, now) for parcel in still)
    return replace(state, parcels=parcels, late_at=0 if late else state.late_at), (*late, *told)


def late_to_leave(state: OrderState, seen: Seen, now: Millis, context: Context) -> tuple[Happening, ...]:
    """That no parcel of the order has left, though every feed that could have told it is heard. Without a shipment
    the shop's own silence is the news."""
    if not _waits_to_leave(state, seen) or not _has_rung(state.late_at, state.last, now):
        return ()
    if not all(_is_heard(line, state.late_at, state.shop, now, context) for line in seen.outbound):
        return ()
    return (Happening("late_to_leave", "", f"promise/{state.promise}", state.late_at, now),)


def _waits_to_leave(state: OrderState, seen: Seen) -> bool:
    if state.late_at == 0 or state.terms.lifecycle in ENDED or state.terms.lifecycle == "on_hold":
        return False
    return not any(line.parcel and line.parcel.accepted_at for line in seen.outbound)


def _runs(line: Line) -> bool:
    """Whether a parcel's clock runs: its way back, and a customer's return, have none."""
    return line.parcel is not None and line.parcel.stalls_at > 0 and line.leg is None and not is_return(line)


def _is_still(line: Line, shop: str, now: Millis, context: Context) -> bool:
    parcel = line.parcel
    if parcel is None or not _runs(line) or not _has_rung(parcel.stalls_at, parcel.at, now):
        return False
    return _is_heard(line, parcel.stalls_at, shop, now, context)


def _no_movement(parcel: Parcel, now: Millis) -> Happening:
    occurrence = f"scan/{parcel.view.known_at}"
    return Happening("no_movement", parcel.key, occurrence, parcel.stalls_at, now, reason=parcel.view.status)


def _is_heard(line: Line, clock: Millis, shop: str, now: Millis, context: Context) -> bool:
    """Whether the courier could have told by now what would have stopped the clock: its feed is alive, or was heard
    after the clock had run out."""
    courier = line.shipment.courier
    heard = context.heard(courier, shop, now) or 0
    known_at = max(heard, line.parcel.view.known_at) if line.parcel else heard
    return known_at >= clock or now - known_at <= alive_for(courier, context.bundle(shop, now))


def alive_for(courier: str, bundle: Bundle | None) -> Millis:
    """For how long after it was heard a feed counts as alive."""
    services = bundle.services if bundle else ()
    polled = next((service.polled for service in services if service.courier == courier), True)
    return ALIVE_POLLED if polled else ALIVE_PUSHED


def _rings_at(clock: Millis, last: Millis) -> Millis:
    """When a clock rings. One that had run out by the time of the `last` news waits for what else comes with it: an
    old story is told scan by scan."""
    return clock if clock > last else last + ASK_AGAIN


def _has_rung(clock: Millis, last: Millis, now: Millis) -> bool:
    """Whether a clock has rung, and not so long ago that it was given up."""
    return _rings_at(clock, last) <= now < clock + GIVEN_UP


def forget_at(state: OrderState, seen: Seen) -> Millis:
    """When the order is forgotten."""
    if not state.placed:
        return state.last + WAITS
    return state.last + (FORGOTTEN_AFTER_END if _is_over(state, seen) else FORGOTTEN_AFTER_SILENCE)


def _is_over(state: OrderState, seen: Seen) -> bool:
    """Whether nothing more can come: every parcel is at a hard end, and there are as many as there should be."""
    open_parcels = [line for line in seen.lines if line.parcel is None or line.parcel.view.status not in HARD_ENDS]
    if state.terms.lifecycle in ("cancelled", "expired"):
        return not any(line.parcel and line.parcel.accepted_at for line in open_parcels)
    return not open_parcels and 0 < seen.expected == len(seen.outbound)


def next_wake(state: OrderState, seen: Seen, now: Millis) -> Millis:
    """When the order wants to be looked at again."""
    rings = (rings for clock, rings in _clocks(state, seen) if now < clock + GIVEN_UP)
    return min((*(at if at > now else now + ASK_AGAIN for at in rings), forget_at(state, seen)))


def _clocks(state: OrderState, seen: Seen) -> list[tuple[Millis, Millis]]:
    """The clocks that run, each with when it rings."""
    if not state.placed:
        return []
    parcels = [line.parcel for line in seen.outbound if line.parcel and _runs(line)]
    clocks = [(parcel.stalls_at, _rings_at(parcel.stalls_at, parcel.at)) for parcel in parcels]
    if _waits_to_leave(state, seen):
        clocks.append((state.late_at, _rings_at(state.late_at, state.last)))
    return clocks
