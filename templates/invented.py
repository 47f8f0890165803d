"""Invented orders: what the texts are tried on. No person, phone or address in them is real."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal

from msgspec import structs

from schemas.messages import Alert, Channel, Class, Kind, Notice, Route, Slot
from schemas.orders import OrderView, ParcelView
from schemas.parcels import Eta, Facts, Money, Point, parcel_key
from schemas.shops import Bundle
from schemas.status import Status
from schemas.times import DAY, HOUR, Millis, at_local

CONTRACT = frozenset(
    {
        Kind.ORDER_RECEIVED,
        Kind.ORDER_CONFIRMED,
        Kind.RETURN_RECEIVED,
        Kind.ORDER_CANCELLED,
        Kind.ORDER_REFUNDED,
    }
)
"""Kinds that stand on the contract."""

OF_ORDER = frozenset({Kind.ORDER_RECEIVED, Kind.ORDER_CONFIRMED, Kind.ORDER_CANCELLED, Kind.ORDER_REFUNDED})
"""Kinds that speak of the order, not of parcels."""

STATUSES: dict[str, Status] = {
    Kind.ORDER_PACKED: Status.LABEL_CREATED,
    Kind.SHIPPED: Status.ACCEPTED,
    Kind.LATE_TO_LEAVE: Status.LABEL_CREATED,
    Kind.DELAYED: Status.DELAYED,
    Kind.ACTION_NEEDED: Status.HELD,
    Kind.ARRIVING_TOMORROW: Status.AT_DELIVERY_DEPOT,
    Kind.OUT_FOR_DELIVERY: Status.OUT_FOR_DELIVERY,
    Kind.DELIVERY_ATTEMPTED: Status.DELIVERY_ATTEMPTED,
    Kind.READY_FOR_PICKUP: Status.READY_FOR_PICKUP,
    Kind.PICKUP_REMINDER: Status.READY_FOR_PICKUP,
    Kind.PICKUP_EXPIRED: Status.PICKUP_EXPIRED,
    Kind.PROBLEM: Status.EXCEPTION,
    Kind.NO_MOVEMENT: Status.IN_TRANSIT,
    Kind.DELIVERED: Status.DELIVERED,
    Kind.GOING_BACK: Status.RETURNING,
    Kind.CAME_BACK: Status.RETURNED,
    Kind.RETURN_RECEIVED: Status.DELIVERED,
    Kind.FEEDBACK: Status.DELIVERED,
}
"""Where the parcel stands when a kind is told."""

_TODAY = date(2026, 10, 24)
HOURS_OPEN = (*((day, 8 * 60, 20 * 60) for day in range(5)), (5, 9 * 60, 14 * 60))


@dataclass(frozen=True)
class Setting:
    """Where an invented parcel travels: what suits the reader's language."""

    country: str
    zone: str
    currency: str
    courier: str
    locker_courier: str
    number: str
    locker: Point
    branch: Point

    def at(self, clock: time, days: int = 0) -> Millis:
        """A moment by these clocks, some days from the invented today."""
        return at_local(_TODAY + timedelta(days=days), clock, self.zone)


POLAND = Setting(
    country="PL",
    zone="Europe/Warsaw",
    currency="PLN",
    courier="dpd_pl",
    locker_courier="inpost",
    number="14099912345678",
    locker=Point("WAW123M", "", "locker", "ul. Klonowa 5"),
    branch=Point("PL11222", "Kiosk przy Klonowej", "shop", "ul. Klonowa 7, Warszawa", HOURS_OPEN),
)
UKRAINE = Setting(
    country="UA",
    zone="Europe/Kyiv",
    currency="UAH",
    courier="nova_poshta",
    locker_courier="nova_poshta",
    number="20450000000000",
    locker=Point("12345", "", "locker", "вул. Кленова, 5"),
    branch=Point("12", "Відділення №12", "branch", "вул. Кленова, 7, Київ", HOURS_OPEN),
)


AT_POINT = frozenset({Kind.READY_FOR_PICKUP, Kind.PICKUP_REMINDER, Kind.PICKUP_EXPIRED})


def setting(language: str) -> Setting:
    """The invented surroundings for a language."""
    return UKRAINE if language == "uk" else POLAND


def courier_of(kind: str, here: Setting, facts: Facts) -> str:
    locker = facts.point is not None and facts.point.kind == "locker"
    return here.locker_courier if kind in AT_POINT and locker else here.courier


def parcel_of(
    kind: str,
    here: Setting,
    facts: Facts,
    courier: str = "",
    number: str = "",
    reason: str = "",
    since: Millis | None = None,
) -> ParcelView:
    return ParcelView(
        courier=courier or courier_of(kind, here, facts),
        number=number or here.number,
        status=STATUSES.get(kind, Status.ACCEPTED),
        reason=reason,
        since=here.at(time(14, 32)) if since is None else since,
        direction="return" if kind == Kind.RETURN_RECEIVED else "outbound",
        facts=facts,
        known_at=here.at(time(14, 32), -4) if since is None else since,
    )


def notice_of(
    kind: str,
    channel: str,
    language: str,
    bundle: Bundle,
    parcels: tuple[ParcelView, ...],
    number: str = "10482",
) -> Notice:
    here = setting(language)
    now = here.at(time(18) if kind == Kind.ARRIVING_TOMORROW else time(15))
    keys = tuple(parcel_key(parcel.courier, parcel.number) for parcel in parcels)
    subjects = (f"order/{number}",) if kind in OF_ORDER else keys
    return Notice(
        shop=bundle.shop,
        bundle=bundle.version,
        recipient="@shop" if kind == Kind.SHOP_ALERT else "c-1",
        role="shop" if kind == Kind.SHOP_ALERT else "buyer",
        locale=language,
        kind=kind,
        cls=_class(kind),
        priority=1,
        slots=tuple(Slot(subject, kind, "o1") for subject in subjects),
        generation=1,
        at=now,
        valid_until=now + DAY,
        intervals=((now, now + 4 * HOUR),),
        routes=(_route(channel, here, bundle),),
        order=_order(kind, here, number, parcels),
        parcels=() if kind in OF_ORDER else keys,
        alerts=_alerts(here) if kind == Kind.SHOP_ALERT else (),
    )


def _order(kind: str, here: Setting, number: str, parcels: tuple[ParcelView, ...]) -> OrderView:
    early = kind in OF_ORDER
    return OrderView(
        order=number,
        number=number,
        version=1,
        placed_at=here.at(time(9), -2),
        payment="refunded" if kind == Kind.ORDER_REFUNDED else "paid",
        country=here.country,
        total=Money(Decimal("1250.00"), here.currency),
        refunded=Money(Decimal("1250.00"), here.currency) if kind == Kind.ORDER_REFUNDED else None,
        dispatch_by=here.at(time(16), 2 if early else -2),
        parcels=() if early else parcels,
        expected=0 if early else len(parcels),
        promised=Eta(here.at(time(0), 3), day_only=True),
    )


def bare(order: OrderView) -> OrderView:
    """The order with nothing known of it but its number."""
    return structs.replace(order, total=None, refunded=None, dispatch_by=None, promised=None)


def _class(kind: str) -> str:
    if kind in CONTRACT:
        return Class.CONTRACT
    return Class.FEEDBACK if kind == Kind.FEEDBACK else Class.SERVICE


def _route(channel: str, here: Setting, bundle: Bundle) -> Route:
    if channel == Channel.EMAIL:
        return Route(Channel.EMAIL, "klient@example.com", here.country)
    country = here.country if here.country in bundle.sms else next(iter(sorted(bundle.sms)), "")
    return Route(Channel.SMS, "+380670000001" if country == "UA" else "+48500000001", country)


def about(notice: Notice, parcel: ParcelView) -> Notice:
    """The notice about that parcel instead."""
    key = parcel_key(parcel.courier, parcel.number)
    slots = (structs.replace(notice.slots[0], subject=key),)
    return structs.replace(notice, order=structs.replace(notice.order, parcels=(parcel,)), parcels=(key,), slots=slots)


def among(notice: Notice, spoken: int, expected: int) -> Notice:
    """The notice about several parcels of an order of more. Only the first has cash on delivery."""
    first = notice.order.parcels[0] if notice.order.parcels else None
    if first is None:
        return notice
    free = structs.replace(first.facts, cod=None)
    more = [structs.replace(first, number=f"{first.number[:-2]}{place:02}", facts=free) for place in range(1, spoken)]
    keys = tuple(parcel_key(parcel.courier, parcel.number) for parcel in (first, *more))
    slots = tuple(structs.replace(notice.slots[0], subject=key) for key in keys)
    order = structs.replace(notice.order, parcels=(first, *more), expected=expected)
    return structs.replace(notice, order=order, parcels=keys, slots=slots)


def _alerts(here: Setting) -> tuple[Alert, ...]:
    parcel = parcel_key(here.courier, here.number)
    return (
        Alert("problem", "10482", parcel, Status.LOST, here.at(time(14, 32))),
        Alert("late_to_leave", "10490", "", "", here.at(time(14, 40))),
        Alert("low_mark", "10377", "", "2", here.at(time(14, 50))),
    )
