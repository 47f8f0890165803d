"""UPS: the Track answer, and the Track Alert push of one event.

What the codes mean is in ups_codes.py. The GMT fields say when; those of the place are only read where they are
missing. Sources: UPS's Tracking API and Track Alert API.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec.structs import replace

from couriers.courier import JSON, Courier, Item, Shape, each, has, told
from couriers.fields import Record, amount, country, joined, number, objects, part, rows, text
from couriers.meanings import Meaning
from couriers.timestamps import Moment, iso
from couriers.ups_codes import TABLES, read
from schemas.errors import BadInput, BadPayload
from schemas.parcels import Cod, Eta, Facts, Malformed, Point, Scan
from schemas.places import zone_of
from schemas.status import HARD_ENDS, Status
from schemas.times import DAY, MINUTE, Millis

ANSWERS = {
    "localActivityDate": "date",
    "localActivityTime": "time",
    "gmtActivityDate": "gmtDate",
    "gmtActivityTime": "gmtTime",
    "gmtOffset": "gmtOffset",
}
"""What the push calls its times -> what the answer calls them."""

UNKNOWN_YET = frozenset({"TW0001"})
"""Errors of a number that UPS has not heard of yet."""


class Package(NamedTuple):
    """What an answer says of a parcel as a whole. `whole` is empty but for its newest event."""

    number: str
    whole: Record


def refused(payload: Record) -> list[Item | Malformed]:
    """An answer of errors: nothing if the number is not known yet. Raises BadPayload for any other."""
    errors = rows(part(payload, "response"), "errors")
    if errors and all(isinstance(error, dict) and text(error, "code") in UNKNOWN_YET for error in errors):
        return []
    raise BadPayload("UPS refused the question: see its errors, the number and the credentials", "response.errors")


def answered(payload: Record) -> list[Item | Malformed]:
    """The events of all packages, newest first as UPS lists them; a package without a number is one Malformed."""
    found: list[Item | Malformed] = []
    for at, shipment in enumerate(rows(part(payload, "trackResponse"), "shipment")):
        place = f"trackResponse.shipment[{at}]"
        packages = shipment.get("package") if isinstance(shipment, dict) else None
        listed = packages if isinstance(packages, list) else [] if packages is None else [packages]
        found += [] if isinstance(shipment, dict) else [Item(place, shipment)]
        for index, package in enumerate(listed):
            found += _of_package(package, f"{place}.package[{index}]")
    return found


def _of_package(package: Any, place: str) -> list[Item | Malformed]:
    if not isinstance(package, dict):
        return [Item(place, package)]
    try:
        listed = rows(package, "activity")
        named = number(package, "trackingNumber") if listed else ""
    except BadInput as problem:
        return [Malformed("ups", problem.reason, f"{place}.{problem.place}", JSON.encode(package))]
    items = each(listed, f"{place}.activity", Package(named, {}))
    return [Item(f"{place}.activity[0]", listed[0], Package(named, package)), *items[1:]] if items else []


def pushed(payload: Record) -> list[Item | Malformed]:
    """The one event of a push, as the answer would have it."""
    status = part(payload, "activityStatus")
    activity = {ANSWERS[name]: value for name, value in payload.items() if name in ANSWERS}
    activity["status"] = {**status, "statusCode": status.get("descriptionCode")}
    activity["location"] = {"address": payload.get("activityLocation")}
    whole = {
        "deliveryDate": [{"type": "SDD", "date": payload.get("scheduledDeliveryDate")}],
        "deliveryTime": {"startTime": payload.get("deliveryStartTime"), "endTime": payload.get("deliveryEndTime")},
        "deliveryInformation": {"deliveryPhoto": payload.get("deliveryPhoto")},
    }
    return [Item("", activity, Package(number(payload, "trackingNumber"), whole), payload)]


def activity_scan(item: Item, via: str) -> Scan:
    """One activity of a package."""
    record, whole = item.record, item.about.whole
    where, status = part(record, "location", "address"), part(record, "status")
    meaning, raw = read(status)
    return told(
        "ups",
        item.about.number,
        _when(record, _country(where)),
        raw,
        meaning,
        via=via,
        text=text(status, "description"),
        facts=_facts(whole, where, meaning, raw),
    )


def _when(record: Record, where: str) -> Moment:
    for written in _written(record):
        found = _moment(written, where)
        if found is not None:
            return found
    raise BadInput("no time that can be read: a date such as 20261024 with a time such as 143200 was expected")


def _written(record: Record) -> Iterator[str]:
    """When it happened, best first: in GMT, with the place's offset (which may have a dot), on the place's clocks."""
    day, clock = text(record, "gmtDate"), text(record, "gmtTime")
    if day and clock:
        yield f"{_day(day)}T{_clock(clock)}+00:00"
    day, clock, offset = (text(record, name) for name in ("date", "time", "gmtOffset"))
    if day and clock and offset:
        yield f"{_day(day)}T{_clock(clock)}{offset.replace('.', ':')}"
    if day:
        yield f"{_day(day)}T{_clock(clock)}" if clock else _day(day)


def _day(digits: str) -> str:
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"


def _clock(text_: str) -> str:
    digits = text_.replace(":", "").zfill(6)
    return f"{digits[:2]}:{digits[2:4]}:{digits[4:]}"


def _moment(written: str, where: str) -> Moment | None:
    """A time that was written; None for what is none. `where`: the country whose clocks count if it has no offset."""
    try:
        return iso(written, zone_of(where) or "")
    except ValueError:
        return None


def _facts(whole: Record, where: Record, meaning: Meaning, raw: str) -> Facts:
    here, delivery = _country(where), part(whole, "deliveryInformation")
    facts = Facts(place=text(where, "city"), country=here, cod=_cod(whole) if whole else None)
    if meaning.status == Status.READY_FOR_PICKUP:
        until = _deadline(whole, here)
        point = _point(where, delivery, raw)
        return replace(facts, point=point, deadline=until, deadline_source="carrier" if until else "")
    if meaning.status == Status.DELIVERED:
        return replace(facts, proof=_proof(delivery))
    planned = whole and meaning.status not in HARD_ENDS and meaning.status != Status.RETURNING
    return replace(facts, eta=_planned(whole, _destination(whole) or here)) if planned else facts


def _planned(package: Record, where: str) -> Eta | None:
    """A rescheduled day counts before the scheduled one."""
    days = objects(package, "deliveryDate")
    day = next((text(day, "date") for kind in ("RDD", "SDD") for day in days if text(day, "type") == kind), "")
    hours = part(package, "deliveryTime")
    return _eta(day, text(hours, "startTime"), text(hours, "endTime"), where)


def _eta(day: str, begins: str, ends: str, where: str) -> Eta | None:
    whole = _moment(_day(day), where) if day else None
    if whole is None:
        return None
    opens, closes = (_moment(f"{_day(day)}T{_clock(clock)}", where) if clock else None for clock in (begins, ends))
    at = opens or closes
    return Eta(at.at, closes.at if opens and closes else None) if at else Eta(whole.at, day_only=True)


def _deadline(package: Record, where: str) -> Millis | None:
    """The end of the last day on which the point keeps the parcel."""
    day = text(part(package, "accessPointInformation"), "pickupByDate")
    last = _moment(_day(day), where) if len(day) == 8 else None
    return last.at + DAY - MINUTE if last else None


def _point(where: Record, delivery: Record, raw: str) -> Point | None:
    street, name = text(where, "addressLine1"), text(delivery, "location")
    town = " ".join(filter(None, (text(where, "postalCode"), text(where, "city"))))
    kind = "locker" if raw.startswith("1N/") else "shop"
    return Point(name=name, kind=kind, address=joined(street, town)) if name or street else None


def _cod(package: Record) -> Cod | None:
    payments = objects(package, "paymentInformation")
    due = next((payment for payment in payments if "COD" in text(payment, "type").upper()), {})
    total, currency = amount(due, "amount"), text(due, "currency")
    if total is None or not currency:
        return None
    return Cod(currency, total=total, state="collected" if due.get("paid") is True else "due", source="ups")


def _proof(delivery: Record) -> str:
    if delivery.get("deliveryPhoto"):
        return "photo"
    return "signed" if delivery.get("signature") else ""


def _destination(package: Record) -> str:
    places = (place for place in objects(package, "packageAddress") if text(place, "type") == "DESTINATION")
    return next((_country(part(place, "address")) for place in places), "")


def _country(where: Record) -> str:
    return country(where, "countryCode", "country")


UPS = Courier(
    "ups",
    (
        Shape("Track answer", has("trackResponse"), answered, activity_scan),
        Shape("Track error answer", has("response"), refused, activity_scan),
        Shape("Track Alert push", has("activityStatus"), pushed, activity_scan),
    ),
    TABLES,
)
