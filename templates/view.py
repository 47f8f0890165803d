"""From a notice to the variables of its text: what is known of the order and its parcels, in one language's words."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from couriers.services import courier_name
from schemas.messages import Alert, Channel, Kind, Notice, Route
from schemas.orders import OrderView, ParcelView
from schemas.parcels import Eta, Money, Point, parcel_key
from schemas.places import zone_of
from schemas.shops import Bundle
from schemas.status import Status
from templates.due import cash_due
from templates.formats import Manner
from templates.links import feedback_scope, order_scope, page
from templates.phrases import counted, phrases, word
from templates.variables import AlertLine, Parcel, Place, Variables

SHORT = 12
"""How many characters of an order's number and of a point's identifier an SMS has room for."""

_BEGAN: dict[str, str] = {Kind.DELIVERED: Status.DELIVERED, Kind.DELIVERY_ATTEMPTED: Status.DELIVERY_ATTEMPTED}
_COLLECTED = frozenset({"collected_from_locker", "collected_from_point"})


@dataclass(frozen=True, slots=True)
class Telling:
    """One notice about to be said in one manner: what all that follows is made from."""

    notice: Notice
    bundle: Bundle
    manner: Manner
    parcels: tuple[ParcelView, ...]

    @property
    def language(self) -> str:
        return self.manner.language


def telling(notice: Notice, bundle: Bundle, route: Route, language: str) -> Telling:
    """The notice as it is told on this route: the reader's clock is the delivery country's, else the route's, else
    the shop's."""
    zone = zone_of(notice.order.country) or zone_of(route.country) or bundle.zone
    manner = Manner(language, zone, route.channel == Channel.SMS)
    return Telling(notice, bundle, manner, _spoken(notice))


def variables(told: Telling, route: Route, link: Callable[[str], str]) -> Variables:
    """Everything that the text may use."""
    notice, bundle, manner, order = told.notice, told.bundle, told.manner, told.notice.order
    buyer = notice.role == "buyer"
    lead = _lead(told)
    facts = lead.facts if lead else None
    eta = _common_eta(told) if told.parcels else order.promised
    began = _began(told)
    sender = bundle.sms.get(route.country)
    return Variables(
        shop=shop_name(bundle, manner.language),
        order=_order_number(order, manner.short),
        buyer=buyer,
        part=_part(told),
        tally=_tally(told),
        several=len(told.parcels) > 1,
        parcels=tuple(_parcel(parcel, told) for parcel in told.parcels),
        courier=", ".join(dict.fromkeys(_courier(parcel, told) for parcel in told.parcels)),
        tracking=one_line(lead.number) if lead and len(told.parcels) == 1 else "",
        status=lead.status if lead else "",
        reason=lead.reason if lead else "",
        why=word("reasons", lead.reason, manner.language) if lead else "",
        how=word("delivered", lead.reason, manner.language) if lead else "",
        collected=lead is not None and lead.reason in _COLLECTED,
        day=manner.day(began) if began else "",
        moment=manner.moment(began) if began else "",
        heard=manner.day(max(parcel.known_at for parcel in told.parcels)) if lead and lead.known_at else "",
        attempt=notice.number,
        eta=manner.eta(eta, notice.at),
        eta_hours=manner.hours_of(eta) if manner.eta(eta, notice.at) else "",
        later=manner.is_later_than_today(eta, notice.at),
        next_attempt=manner.eta(facts.next_attempt, notice.at) if facts else "",
        dispatch_by=manner.day(order.dispatch_by) if order.dispatch_by else "",
        point=place_of(lead, manner) if lead else None,
        deadline=_deadline(told),
        deadline_sure=all(parcel.facts.deadline_source != "service_default" for parcel in told.parcels),
        cod=cash_due(told.parcels, manner),
        total=_money(order.total, buyer, manner),
        refund=_money(order.refunded, buyer, manner),
        in_part=order.payment == "refunded_in_part",
        confirmed=notice.confirmed,
        link=page(bundle.host, link(order_scope(order.order))),
        feedback_link=page(bundle.host, link(feedback_scope(order.order))),
        phone=bundle.contact.phone,
        email=bundle.contact.email,
        hours=_hours(bundle, manner.language),
        returns_days=bundle.returns_days or 0,
        two_way=sender is not None and sender.two_way,
        room=True,
        tight=False,
        alerts=tuple(_alert(alert, told) for alert in notice.alerts),
    )


def _hours(bundle: Bundle, language: str) -> str:
    """When the shop answers; not said in a language in which it is not written."""
    contact = bundle.contact
    ours = contact.hours if language == bundle.default_language else ""
    return next((hours for spoken, hours in contact.hours_in.items() if spoken == language), ours)


def shop_name(bundle: Bundle, language: str) -> str:
    """The shop's name as it is written in a language."""
    return next((name for spoken, name in bundle.names.items() if spoken == language), bundle.name)


def _spoken(notice: Notice) -> tuple[ParcelView, ...]:
    keys = notice.parcels or tuple(slot.subject for slot in notice.slots)
    return tuple(parcel for parcel in notice.order.parcels if _goes_by(parcel, keys))


def _goes_by(parcel: ParcelView, keys: Collection[str]) -> bool:
    """Whether the parcel has, or once had, one of these numbers."""
    return parcel_key(parcel.courier, parcel.number) in keys or not set(parcel.formerly).isdisjoint(keys)


def _lead(told: Telling) -> ParcelView | None:
    leading = {slot.subject for slot in told.notice.slots[:1]}
    ours = [parcel for parcel in told.parcels if _goes_by(parcel, leading)]
    return next(iter(ours or told.parcels), None)


def one_line(text: str) -> str:
    """Foreign words as they can be set among ours: no line ends, no characters that cannot be seen."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _order_number(order: OrderView, short: bool) -> str:
    number = one_line(order.number or order.order)
    return shortened(number) if short and len(number) > SHORT else number


def shortened(number: str) -> str:
    """The end of a long order number, from a whole group on if it has groups: ALLEGRO/2026/00010482 -> 00010482."""
    tail = number[-SHORT:]
    groups = re.split(r"[-/ ._]", tail if number[-SHORT - 1].isalnum() else f"/{tail}", maxsplit=1)
    return groups[-1] or tail


def _outbound(order: OrderView) -> int:
    return max(order.expected, sum(parcel.direction == "outbound" for parcel in order.parcels))


def _part(told: Telling) -> str:
    spoken = sum(parcel.direction == "outbound" for parcel in told.parcels)
    total = _outbound(told.notice.order)
    if spoken == 0 or total <= 1:
        return ""
    if spoken == total:
        return f" ({counted('parcels', total, told.language)})"
    return f" ({counted('some_of', total, told.language, some=spoken)})"


def _tally(told: Telling) -> str:
    total = _outbound(told.notice.order)
    outbound = [parcel for parcel in told.notice.order.parcels if parcel.direction == "outbound"]
    here = sum(parcel.status == Status.DELIVERED for parcel in outbound)
    return counted("some_of", total, told.language, some=here) if total > 1 else ""


def _courier(parcel: ParcelView, told: Telling) -> str:
    return one_line(courier_name(parcel.courier, told.language))


def _parcel(parcel: ParcelView, told: Telling) -> Parcel:
    eta, now = parcel.facts.eta, told.notice.at
    old = told.notice.kind == Kind.DELAYED and not told.manner.is_later_than_today(eta, now)
    return Parcel(_courier(parcel, told), one_line(parcel.number), "" if old else told.manner.eta(eta, now))


def _common_eta(told: Telling) -> Eta | None:
    etas = {parcel.facts.eta for parcel in told.parcels}
    return etas.pop() if len(etas) == 1 else None


def _began(told: Telling) -> int:
    """When what the message tells came about; 0 if the parcel has moved on since, so that the time is not its."""
    wanted = _BEGAN.get(told.notice.kind)
    return max((p.since for p in told.parcels if wanted is None or p.status == wanted), default=0)


def place_of(parcel: ParcelView, manner: Manner) -> Place | None:
    """Where a parcel waits; None if the courier did not say."""
    point = parcel.facts.point
    if point is None:
        return None
    title, called = one_line(point.name), one_line(courier_name(parcel.courier, manner.language))
    return Place(
        name=_point_name(point, parcel.courier, called, manner),
        bare=_point_name(point, parcel.courier, "", manner),
        title="" if title == point.id else title,
        address=one_line(point.address),
        hours=manner.opening_hours(point.hours),
        locker=point.kind == "locker",
    )


def _point_name(point: Point, courier: str, called: str, manner: Manner) -> str:
    """What a point is called. "Paczkomat" is InPost's word only; `called` is the courier's name, "" to leave it out."""
    points = phrases(manner.language)["points"]
    pattern = points.get(f"{courier}_{point.kind}") or points.get(point.kind) or points[""]
    identifier = one_line(point.id or point.name)
    return one_line(pattern.format(courier=called, id=identifier[:SHORT].strip() if manner.short else identifier))


def _deadline(told: Telling) -> str:
    deadlines = [parcel.facts.deadline for parcel in told.parcels if parcel.facts.deadline]
    return told.manner.until(min(deadlines)) if deadlines else ""


def _money(money: Money | None, buyer: bool, manner: Manner) -> str:
    return manner.money(money) if money and buyer else ""


def _alert(alert: Alert, told: Telling) -> AlertLine:
    courier, _, number = alert.parcel.partition("/")
    return AlertLine(
        what=word("triggers", alert.trigger, told.language) or alert.trigger,
        order=one_line(alert.order),
        parcel=one_line(f"{courier_name(courier, told.language)} {number}") if number else "",
        detail=_detail(alert, told.language),
        at=told.manner.moment(alert.at) if alert.at else "",
    )


def _detail(alert: Alert, language: str) -> str:
    """A mark, the kind of a refused message, a status or a reason in words; a word that we do not know as it is."""
    if alert.trigger == "replied":
        return str(phrases(language)["details"]["replied"].format(words=one_line(alert.detail)))
    if alert.detail.isdigit():
        return str(phrases(language)["details"]["mark"].format(n=alert.detail))
    tables = ("kinds",) if alert.trigger == "refused" else ("details", "reasons")
    return next((said for table in tables if (said := word(table, alert.detail, language))), alert.detail)
