"""From events to facts about orders and shipments, which Gather takes, and to the numbers that Track follows."""

from collections.abc import Iterable
from datetime import date, datetime, time

from msgspec.structs import replace

from pipelines.rules.book import Book, named, occurred
from pipelines.rules.people import language, roles
from schemas.envelope import Event
from schemas.event_parts import Amount, CashOnDelivery
from schemas.events import (
    Numbered,
    OfOrder,
    OrderChanged,
    OrderConfirmed,
    OrderPlaced,
    OrderRefunded,
    ShipmentCancelled,
    ShipmentChanged,
    ShipmentCreated,
    ShipmentLinked,
)
from schemas.orders import OrderFact, ShipmentFact
from schemas.parcels import Cod, Eta, Money, Subscription, parcel_key
from schemas.times import DAY, at_local, to_millis

BEFORE, AFTER = 2 * DAY, 90 * DAY
"""The ship window around the event that named the parcel."""

Shipment = ShipmentCreated | ShipmentCancelled | ShipmentLinked


def order_fact(event: Event, book: Book) -> OrderFact:
    """What Gather takes of an order's event: recipients by id, no addresses."""
    data = event.data
    assert isinstance(data, OfOrder)
    fact = OrderFact(
        data.shop, data.order, event.happened, occurred(event), event.recorded_at, named(event), reason=_reason(data)
    )
    if isinstance(data, OrderPlaced):
        return replace(fact, **_placed(data), **_promises(data, book), recipients=roles(data, book, data.locale))
    if isinstance(data, OrderChanged):
        return replace(fact, **_changed(data), **_promises(data, book), recipients=roles(data, book, ""))
    if isinstance(data, OrderRefunded):
        return replace(fact, refunded=_money(data.refunded), in_part=data.in_part)
    return replace(fact, payment_id=data.payment_id) if isinstance(data, OrderConfirmed) else fact


def _reason(data: object) -> str:
    return getattr(data, "reason", "")


def _placed(data: OrderPlaced) -> dict[str, object]:
    return {
        "number": data.number or data.order,
        "locale": language(data.locale),
        "country": data.country or "",
        "segment": data.segment,
        "gift": data.gift,
        "test": data.test,
        "total": _money(data.total),
        "cod": _cod(data.cod),
        "payment": data.payment,
        "parcels_expected": data.parcels,
    }


def _changed(data: OrderChanged) -> dict[str, object]:
    return {
        "country": data.country or "",
        "segment": data.segment,
        "gift": data.gift,
        "total": _money(data.total),
        "cod": _cod(data.cod),
        "payment": data.payment or "",
        "parcels_expected": data.parcels,
    }


def _promises(data: OrderPlaced | OrderChanged, book: Book) -> dict[str, object]:
    return {
        "dispatch_by": None if data.dispatch_by is None else to_millis(data.dispatch_by),
        "promised": eta(data.promised, book.homes[data.shop].zone),
    }


def eta(promised: datetime | date | None, zone: str) -> Eta | None:
    """A promise as an Eta; a day begins at its midnight on the shop's clock."""
    if promised is None:
        return None
    if isinstance(promised, datetime):
        return Eta(to_millis(promised))
    return Eta(at_local(promised, time(0), zone), day_only=True)


def _money(amount: Amount | None) -> Money | None:
    return None if amount is None else Money(amount.amount, amount.currency)


def _cod(cod: CashOnDelivery | None) -> Cod | None:
    if cod is None:
        return None
    return Cod(cod.currency, cod.total, cod.goods, methods=cod.methods, source="shop")


def shipment_fact(event: Event, book: Book) -> ShipmentFact:
    """What Gather takes of a shipment's event."""
    data = event.data
    assert isinstance(data, Shipment)
    fact = ShipmentFact(
        data.shop,
        data.order,
        event.happened,
        occurred(event),
        event.recorded_at,
        named(event),
        data.courier,
        data.number,
    )
    if isinstance(data, ShipmentLinked):
        return replace(fact, replaces=_key_of(data.replaces), link=data.link)
    if not isinstance(data, ShipmentCreated):
        return fact
    return replace(
        fact,
        service=data.service,
        direction=data.direction,
        country=data.country or "",
        origin=data.origin or "",
        cod=_cod(data.cod),
        promised=eta(data.promised, book.homes[data.shop].zone),
        parcel=data.parcel,
        replaces=_key_of(data.replaces) if isinstance(data, ShipmentChanged) and data.replaces else "",
    )


def _key_of(numbered: Numbered) -> str:
    return parcel_key(numbered.courier, numbered.number)


def subscriptions(event: Event) -> Iterable[Subscription]:
    """Which numbers the shop follows from now on, and which no longer. A change of mere details changes no window."""
    data, at = event.data, occurred(event)
    assert isinstance(data, Shipment)
    direction = getattr(data, "direction", "outbound")
    window = (data.shop, data.order, at - BEFORE, at + AFTER, direction)
    if isinstance(data, ShipmentChanged):
        before = data.replaces
        if before is None or _key_of(before) == _key_of(data):
            return
        yield Subscription(before.courier, before.number, *window, ended=True)
    yield Subscription(data.courier, data.number, *window, ended=isinstance(data, ShipmentCancelled))
