"""Actors that do next to nothing but speak in real structs: what is left of a run is the cost of three hops."""

from msgspec import Struct, msgpack

from pipelines.graph import Actors
from pipelines.rules.actor import Actor, Context, Step
from schemas.messages import Decision
from schemas.orders import Happening, News, OrderFact, OrderView, ParcelView
from schemas.parcels import ParcelUpdate, Report, Subscription, parcel_key
from schemas.times import Millis
from schemas.wire import Arrival


class Told(Struct, frozen=True, array_like=True):
    """Whom a key speaks to, and how often it has spoken."""

    shop: str = ""
    whom: str = ""
    version: int = 0


def track(state: Told | None, now: Millis, arrival: Arrival | None, _context: Context) -> Step[Told]:
    """Each scan as an update for the order that asked."""
    told, body = state or Told(), None if arrival is None else arrival.body
    if isinstance(body, Subscription):
        return Step(Told(body.shop, body.order, told.version), (), None)
    if not isinstance(body, Report) or not told.whom:
        return Step(told, (), None)
    version, scan = told.version + 1, body.scans[-1]
    update = ParcelUpdate(told.shop, told.whom, scan.courier, scan.number, version, now, scan.status)
    return Step(Told(told.shop, told.whom, version), (update,), None)


def gather(state: Told | None, now: Millis, arrival: Arrival | None, _context: Context) -> Step[Told]:
    """Each update as news for the order's first recipient."""
    told, body = state or Told(), None if arrival is None else arrival.body
    if isinstance(body, OrderFact) and body.recipients:
        return Step(Told(body.shop, body.recipients[0].recipient, told.version), (), None)
    if not isinstance(body, ParcelUpdate) or not told.whom:
        return Step(told, (), None)
    version = told.version + 1
    view = OrderView(
        body.order, body.order, version, now, parcels=(ParcelView(body.courier, body.number, body.status),)
    )
    happening = Happening(body.status, parcel_key(body.courier, body.number), f"{version:016x}", now, now)
    news = News(told.shop, told.whom, view, now, happenings=(happening,))
    return Step(Told(told.shop, told.whom, version), (news,), None)


def plan(state: Told | None, now: Millis, arrival: Arrival | None, _context: Context) -> Step[Told]:
    """Each piece of news as a decision."""
    told, body = state or Told(), None if arrival is None else arrival.body
    if not isinstance(body, News):
        return Step(told, (), None)
    order, happening = body.order.order, body.happenings[0]
    verdicts = (("email", "handed_over"),)
    said = Decision(
        body.shop, body.recipient, order, happening.subject, "shipped", happening.occurrence, "1", now, verdicts
    )
    return Step(told, (said,), None)


def load(data: bytes) -> Told:
    return msgpack.decode(data, type=Told)


def dump(state: Told) -> bytes:
    return msgpack.encode(state)


HOPS = Actors(*(Actor(step.__name__, step, load, dump) for step in (track, gather, plan)))
