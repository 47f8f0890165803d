"""What an update of a parcel means to its order: the parcel as it is kept, and what has happened."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from couriers.services import storage_hours
from pipelines.rules.actor import Context
from pipelines.rules.fold import ON_THE_WAY_BACK
from pipelines.rules.gather_clocks import stalls_at
from pipelines.rules.gather_state import OrderState
from pipelines.rules.shipments import Line, Parcel, Shipment, bits, has_left
from schemas.orders import Happening, ParcelView
from schemas.parcels import Facts, Occurrence, ParcelNotice, ParcelUpdate, parcel_key
from schemas.shops import Bundle
from schemas.status import Status
from schemas.times import HOUR, Millis


def is_old(update: ParcelUpdate, parcel: Parcel | None) -> bool:
    """Whether an update tells nothing that a newer one did not. A number that was given up may be followed anew."""
    if parcel is None:
        return False
    return update.at <= parcel.at if parcel.ended and not update.ended else update.version <= parcel.version


def parcel_of(state: OrderState, update: ParcelUpdate, before: Parcel | None, context: Context, now: Millis) -> Parcel:
    """The parcel as of this update; `before` is as it was."""
    key = parcel_key(update.courier, update.number)
    shipment = next((shipment for shipment in state.shipments if shipment.key == key), None)
    bundle = context.bundle(state.shop, now)
    view = _view(update, shipment, bundle)
    told = (before.told if before else 0) | bits(opened.status for opened in update.opened)
    parcel = Parcel(view, update.version, update.at, told, _accepted_at(update, before), 0, update.ended)
    if before and (before.view.known_at, before.view.status) == (view.known_at, view.status):
        return replace(parcel, stalls_at=before.stalls_at)
    return replace(parcel, stalls_at=stalls_at(parcel, shipment, state.terms, bundle))


def _view(update: ParcelUpdate, shipment: Shipment | None, bundle: Bundle | None) -> ParcelView:
    service = shipment.service if shipment else ""
    return ParcelView(
        update.courier,
        update.number,
        update.status,
        update.reason,
        update.action,
        update.since,
        update.occurrence,
        update.number_of,
        shipment.direction if shipment else update.direction,
        service,
        _with_deadline(update, service, bundle),
        update.known_at,
        update.leg,
    )


def _accepted_at(update: ParcelUpdate, before: Parcel | None) -> Millis:
    """When a courier first had the parcel; 0 if it turns out that none has it yet."""
    if not has_left(update.status) and update.status != Status.UNKNOWN:
        return before.accepted_at if before and update.status == Status.EXPIRED else 0
    known = [opened.occurred_at for opened in update.opened if has_left(opened.status)]
    known += [before.accepted_at] if before and before.accepted_at else []
    return min(known, default=update.since)


def _with_deadline(update: ParcelUpdate, service: str, bundle: Bundle | None) -> Facts:
    """The facts, with the last moment to pick the parcel up where the courier did not say it but its service does."""
    facts = update.facts
    if update.status != Status.READY_FOR_PICKUP or facts.deadline is not None:
        return facts
    hours = _storage(bundle, update.courier, service)
    if hours is None:
        return facts
    return replace(facts, deadline=update.since + hours * HOUR, deadline_source="service_default")


def _storage(bundle: Bundle | None, courier: str, service: str) -> int | None:
    """For how many hours a point keeps a parcel: as the shop says of the service, of the courier, else our table."""
    known = {(row.courier, row.service): row.storage_hours for row in bundle.services} if bundle else {}
    return known.get((courier, service)) or known.get((courier, "")) or storage_hours(courier, service)


class Place(Struct, frozen=True):
    """Where a number stands in a line: what the line told of the parcel before, and whether the number leads it."""

    subject: str
    told: int = 0
    leads: bool = True
    back: bool = False  # it is the way back of a parcel that went out under another number


def place_of(key: str, lines: Sequence[Line], before: Sequence[Parcel]) -> Place:
    """The place of a number among the order's lines; one that leads none has nothing more to tell. `before`: the
    parcels as they were."""
    told = {parcel.key: parcel.told for parcel in before}
    for line in lines:
        if line.shipment.key == key:
            return Place(key, _all(told, line.formerly))
        if line.leg and line.leg.key == key:
            outward = _all(told, (*line.formerly, line.shipment.key))
            return Place(line.shipment.key, outward | _seen_from_sender(told.get(key, 0)), back=True)
    return Place(key, leads=False)


def _all(told: Mapping[str, int], keys: Sequence[str]) -> int:
    every = 0
    for key in keys:
        every |= told.get(key, 0)
    return every


def _seen_from_sender(told: int) -> int:
    return bits(ON_THE_WAY_BACK.get(status, status) for status in Status if told & bits((status,)))


def happenings(update: ParcelUpdate, place: Place) -> tuple[Happening, ...]:
    """What an update tells that may be worth a message; what the line told already is late."""
    found, told = [], place.told
    for opened in update.opened:
        trigger = ON_THE_WAY_BACK.get(opened.status, opened.status) if place.back else opened.status
        again = bool(told & bits((trigger,))) and (place.back or opened.number == 1)
        told |= bits((trigger,)) if place.back else 0
        found.append(_happened(opened, place, trigger, again))
    return (*found, *(_noticed(notice, place) for notice in update.notices))


def _happened(opened: Occurrence, place: Place, trigger: str, again: bool) -> Happening:
    return Happening(
        trigger,
        place.subject,
        opened.name,
        opened.occurred_at,
        opened.recorded_at,
        opened.number,
        opened.reason,
        opened.action,
        opened.late or again or not place.leads,
    )


def _noticed(notice: ParcelNotice, place: Place) -> Happening:
    return Happening(
        notice.notice,
        place.subject,
        notice.name,
        notice.occurred_at,
        notice.recorded_at,
        late=not place.leads or place.back,
    )
