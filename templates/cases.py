"""Invented notices that show what a text does: ordinary ones to read, and the worst ones that it must bear."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal

from msgspec import structs

from schemas.messages import Alert, Channel, Class, Kind, Notice, Route, Slot
from schemas.orders import OrderView, ParcelView
from schemas.parcels import NO_FACTS, Cod, Eta, Facts, Money, Point, parcel_key
from schemas.shops import Bundle
from schemas.status import Status
from schemas.times import DAY, HOUR, Millis, at_local
from templates.phrases import phrases

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
_HOURS = (*((day, 8 * 60, 20 * 60) for day in range(5)), (5, 9 * 60, 14 * 60))


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
    branch=Point("PL11222", "Kiosk przy Klonowej", "shop", "ul. Klonowa 7, Warszawa", _HOURS),
)
UKRAINE = Setting(
    country="UA",
    zone="Europe/Kyiv",
    currency="UAH",
    courier="nova_poshta",
    locker_courier="nova_poshta",
    number="20450000000000",
    locker=Point("12345", "", "locker", "вул. Кленова, 5"),
    branch=Point("12", "Відділення №12", "branch", "вул. Кленова, 7, Київ", _HOURS),
)


@dataclass(frozen=True)
class Case:
    """An invented notice and what it shows."""

    shows: str
    notice: Notice


def setting(language: str) -> Setting:
    """The invented surroundings for a language."""
    return UKRAINE if language == "uk" else POLAND


def ordinary(kind: str, channel: str, language: str, bundle: Bundle) -> list[Case]:
    """Notices as they come every day: what each variant of a text is for."""
    here = setting(language)
    plain = _notice(kind, channel, language, bundle, (_parcel(kind, here, _facts(kind, here)),))
    return [Case("one parcel", plain), *_variants(kind, plain, here)]


def worst(kind: str, channel: str, language: str, bundle: Bundle) -> list[Case]:
    """The longest and the emptiest that a text of this kind may have to say."""
    here = setting(language)
    cases = []
    for shows, facts in _worst_facts(kind, here).items():
        for reason in _worst_reasons(kind, language):
            parcel = _parcel(kind, here, facts, courier=_LONGEST_COURIER, number="9" * 28, reason=reason)
            notice = _notice(kind, channel, language, bundle, (parcel,), number="ZAMOWIENIE/2026/123456789012")
            notice = structs.replace(notice, number=12)
            cases += [Case(f"{shows}, {reason or 'no reason'}", notice)]
            cases += [Case(f"{shows}, 9 of 12 parcels, {reason or 'no reason'}", _among(notice, 9, 12))]
    bare = _notice(kind, channel, language, bundle, (_parcel(kind, here, NO_FACTS, since=0),))
    cases.append(Case("nothing is known", structs.replace(bare, order=_bare(bare.order))))
    return cases


def _variants(kind: str, plain: Notice, here: Setting) -> list[Case]:
    """What this kind says otherwise, and when."""
    if kind in OF_ORDER:
        return _order_variants(kind, plain)
    if kind == Kind.SHOP_ALERT:
        return []
    parcel = plain.order.parcels[0]
    cases = [Case("2 of 3 parcels", _among(plain, 2, 3))]
    for shows, changed in _PARCEL_VARIANTS.get(kind, {}).items():
        cases.append(Case(shows, _with(plain, structs.replace(parcel, **changed))))
    for shows, facts in _fact_variants(kind, here).items():
        cases.append(
            Case(shows, _with(plain, structs.replace(parcel, facts=facts, courier=_courier(kind, here, facts))))
        )
    if kind == Kind.DELIVERY_ATTEMPTED:
        cases.append(Case("second attempt", structs.replace(plain, number=2)))
    if kind in _PAID_KINDS:
        cod = _facts(kind, here, cod=Cod(here.currency, total=Decimal("129.00"), methods=("cash", "card")))
        due = _with(plain, structs.replace(parcel, facts=cod))
        cases.append(Case("cash on delivery to a consignee", structs.replace(due, role="consignee")))
    return cases


def _order_variants(kind: str, plain: Notice) -> list[Case]:
    cases = [Case("to a consignee", structs.replace(plain, role="consignee"))]
    if kind == Kind.ORDER_RECEIVED:
        cases.append(Case("also confirmed", structs.replace(plain, confirmed=True)))
    if kind == Kind.ORDER_REFUNDED:
        in_part = structs.replace(plain.order, payment="refunded_in_part")
        cases.append(Case("in part", structs.replace(plain, order=in_part)))
    return cases


_PAID_KINDS = frozenset({Kind.OUT_FOR_DELIVERY, Kind.READY_FOR_PICKUP, Kind.PICKUP_REMINDER})
_AT_POINT = frozenset({Kind.READY_FOR_PICKUP, Kind.PICKUP_REMINDER, Kind.PICKUP_EXPIRED})
_LONGEST_COURIER = "poczta_polska"

_PARCEL_VARIANTS: dict[str, dict[str, dict[str, object]]] = {
    Kind.DELAYED: {"with a reason": {"reason": "weather_delay"}},
    Kind.ACTION_NEEDED: {
        "customs papers": {"reason": "customs_documentation"},
        "duty": {"reason": "customs_duties_unpaid"},
        "address": {"reason": "address_incomplete"},
    },
    Kind.DELIVERY_ATTEMPTED: {"nobody at home": {"reason": "consignee_not_home"}},
    Kind.PROBLEM: {
        "damaged": {"reason": "damaged_in_transit"},
        "undeliverable": {"status": Status.UNDELIVERABLE, "reason": "consignee_refused"},
        "lost": {"status": Status.LOST},
        "destroyed": {"status": Status.DESTROYED},
    },
    Kind.DELIVERED: {
        "to a neighbour": {"reason": "neighbour"},
        "to reception": {"reason": "reception"},
        "from a locker": {"reason": "collected_from_locker"},
        "in part": {"reason": "in_part"},
    },
    Kind.GOING_BACK: {"refused": {"reason": "consignee_refused"}},
    Kind.RETURN_RECEIVED: {"with the carrier": {"status": Status.ACCEPTED}},
}


def _fact_variants(kind: str, here: Setting) -> dict[str, Facts]:
    """The same parcel with other facts."""
    if kind in (Kind.SHIPPED, Kind.DELAYED, Kind.DELIVERY_ATTEMPTED):
        return {"no date known": NO_FACTS}
    if kind not in _PAID_KINDS:
        return {}
    total = Cod(here.currency, total=Decimal("129.00"), methods=("cash", "card", "blik"))
    goods = Cod(here.currency, goods=Decimal("1250"))
    found = {
        "cash on delivery": _facts(kind, here, cod=total),
        "cash on delivery, goods only": _facts(kind, here, cod=goods),
    }
    if kind == Kind.OUT_FOR_DELIVERY:
        found["hours known"] = Facts(eta=Eta(here.at(time(14)), here.at(time(16))))
        return found
    staffed = structs.replace(_facts(kind, here), point=here.branch)
    found["staffed point"] = staffed
    found["staffed point, cash on delivery"] = structs.replace(staffed, cod=total)
    found["deadline by the service's usual time"] = structs.replace(staffed, deadline_source="service_default")
    if kind == Kind.READY_FOR_PICKUP:
        found["no deadline known"] = structs.replace(staffed, deadline=None)
        found["no point known"] = structs.replace(staffed, point=None)
    return found


def _facts(kind: str, here: Setting, cod: Cod | None = None) -> Facts:
    if kind in _AT_POINT:
        return Facts(deadline=here.at(time(18), 2), deadline_source="carrier", point=here.locker, cod=cod)
    if kind == Kind.DELIVERY_ATTEMPTED:
        return Facts(next_attempt=Eta(here.at(time(0), 3), day_only=True), cod=cod)
    if kind in (Kind.SHIPPED, Kind.DELAYED):
        return Facts(eta=Eta(here.at(time(0), 3), day_only=True), cod=cod)
    if kind == Kind.ARRIVING_TOMORROW:
        return Facts(eta=Eta(here.at(time(0), 1), day_only=True), cod=cod)
    return Facts(cod=cod)


def _worst_facts(kind: str, here: Setting) -> dict[str, Facts]:
    long_point = Point("PUNKT-123456789", "Punkt odbioru pod Złotym Lwem", "shop", "ul. Klonowa 105/207, " * 3, _HOURS)
    base = Facts(
        eta=Eta(here.at(time(14), 3), here.at(time(16), 5)),
        deadline=here.at(time(18), 29),
        deadline_source="service_default",
        point=long_point,
        next_attempt=Eta(here.at(time(14), 28), here.at(time(16), 28)),
    )
    if kind not in _PAID_KINDS:
        return {"all known": base}
    today = structs.replace(base, eta=Eta(here.at(time(14)), here.at(time(16))))
    highest = Decimal("29999") if here.currency == "UAH" else Decimal("12345.67")  # hryvnias are asked whole
    total = Cod(here.currency, total=highest, methods=("cash", "card", "blik", "app", "link"))
    goods = Cod(here.currency, goods=highest)
    locker = structs.replace(today, point=structs.replace(long_point, kind="locker"))
    return {
        "all known": today,
        "cash on delivery": structs.replace(today, cod=total),
        "cash on delivery, goods only": structs.replace(today, cod=goods),
        "cash on delivery in a locker": structs.replace(locker, cod=goods),
    }


def _worst_reasons(kind: str, language: str) -> list[str]:
    """The reasons with the longest words, of those that the kind tells."""
    words = phrases(language)
    if kind == Kind.DELIVERED:
        return ["", max(words["delivered"], key=lambda reason: len(words["delivered"][reason]))]
    return ["", max(words["reasons"], key=lambda reason: len(words["reasons"][reason]))]


def _courier(kind: str, here: Setting, facts: Facts) -> str:
    locker = facts.point is not None and facts.point.kind == "locker"
    return here.locker_courier if kind in _AT_POINT and locker else here.courier


def _parcel(
    kind: str,
    here: Setting,
    facts: Facts,
    courier: str = "",
    number: str = "",
    reason: str = "",
    since: Millis | None = None,
) -> ParcelView:
    return ParcelView(
        courier=courier or _courier(kind, here, facts),
        number=number or here.number,
        status=STATUSES.get(kind, Status.ACCEPTED),
        reason=reason,
        since=here.at(time(14, 32)) if since is None else since,
        direction="return" if kind == Kind.RETURN_RECEIVED else "outbound",
        facts=facts,
        known_at=here.at(time(14, 32), -4) if since is None else since,
    )


def _notice(
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


def _bare(order: OrderView) -> OrderView:
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


def _with(notice: Notice, parcel: ParcelView) -> Notice:
    """The notice about that parcel instead."""
    key = parcel_key(parcel.courier, parcel.number)
    slots = (structs.replace(notice.slots[0], subject=key),)
    return structs.replace(notice, order=structs.replace(notice.order, parcels=(parcel,)), parcels=(key,), slots=slots)


def _among(notice: Notice, spoken: int, expected: int) -> Notice:
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
