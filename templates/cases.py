"""Invented notices that show what a text does: ordinary ones to read, and the worst ones that it must bear."""

from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from msgspec import structs

from schemas.messages import Kind, Notice
from schemas.parcels import NO_FACTS, Cod, Eta, Facts, Point
from schemas.shops import Bundle
from schemas.status import Status
from templates.invented import (
    AT_POINT,
    HOURS_OPEN,
    OF_ORDER,
    Setting,
    about,
    among,
    bare,
    courier_of,
    notice_of,
    parcel_of,
    setting,
)
from templates.phrases import phrases


@dataclass(frozen=True)
class Case:
    """An invented notice and what it shows."""

    shows: str
    notice: Notice


def ordinary(kind: str, channel: str, language: str, bundle: Bundle) -> list[Case]:
    """Notices as they come every day: what each variant of a text is for."""
    here = setting(language)
    plain = notice_of(kind, channel, language, bundle, (parcel_of(kind, here, _facts(kind, here)),))
    return [Case("one parcel", plain), *_variants(kind, plain, here)]


def worst(kind: str, channel: str, language: str, bundle: Bundle) -> list[Case]:
    """The longest and the emptiest that a text of this kind may have to say."""
    here = setting(language)
    cases = []
    for shows, facts in _worst_facts(kind, here).items():
        for reason in _worst_reasons(kind, language):
            parcel = parcel_of(kind, here, facts, courier=_LONGEST_COURIER, number="9" * 28, reason=reason)
            notice = notice_of(kind, channel, language, bundle, (parcel,), number="ZAMOWIENIE/2026/123456789012")
            notice = structs.replace(notice, number=12)
            cases += [Case(f"{shows}, {reason or 'no reason'}", notice)]
            cases += [Case(f"{shows}, 9 of 12 parcels, {reason or 'no reason'}", among(notice, 9, 12))]
    empty = notice_of(kind, channel, language, bundle, (parcel_of(kind, here, NO_FACTS, since=0),))
    cases.append(Case("nothing is known", structs.replace(empty, order=bare(empty.order))))
    return cases


def _variants(kind: str, plain: Notice, here: Setting) -> list[Case]:
    """What this kind says otherwise, and when."""
    if kind in OF_ORDER:
        return _order_variants(kind, plain)
    if kind == Kind.SHOP_ALERT:
        return []
    parcel = plain.order.parcels[0]
    cases = [Case("2 of 3 parcels", among(plain, 2, 3))]
    for shows, changed in _PARCEL_VARIANTS.get(kind, {}).items():
        cases.append(Case(shows, about(plain, structs.replace(parcel, **changed))))
    for shows, facts in _fact_variants(kind, here).items():
        cases.append(
            Case(shows, about(plain, structs.replace(parcel, facts=facts, courier=courier_of(kind, here, facts))))
        )
    if kind == Kind.DELIVERY_ATTEMPTED:
        cases.append(Case("second attempt", structs.replace(plain, number=2)))
    if kind in _PAID_KINDS:
        cod = _facts(kind, here, cod=Cod(here.currency, total=Decimal("129.00"), methods=("cash", "card")))
        due = about(plain, structs.replace(parcel, facts=cod))
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
    if kind in AT_POINT:
        return Facts(deadline=here.at(time(18), 2), deadline_source="carrier", point=here.locker, cod=cod)
    if kind == Kind.DELIVERY_ATTEMPTED:
        return Facts(next_attempt=Eta(here.at(time(0), 3), day_only=True), cod=cod)
    if kind in (Kind.SHIPPED, Kind.DELAYED):
        return Facts(eta=Eta(here.at(time(0), 3), day_only=True), cod=cod)
    if kind == Kind.ARRIVING_TOMORROW:
        return Facts(eta=Eta(here.at(time(0), 1), day_only=True), cod=cod)
    return Facts(cod=cod)


def _worst_facts(kind: str, here: Setting) -> dict[str, Facts]:
    long_point = Point(
        "PUNKT-123456789", "Punkt odbioru pod Złotym Lwem", "shop", "ul. Klonowa 105/207, " * 3, HOURS_OPEN
    )
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
