"""InPost Group (International API): the Shipment.Tracking webhook and the tracking answer, whose events are alike.

The webhook brings one event at a time; the answer lists parcels, each with its events. Times are UTC or carry an
offset; their fraction is cut, as everywhere at InPost. Source: developers.inpost-group.com (webhooks, tracking,
tracking-events).
"""

from typing import Any

from couriers.courier import Item, Shape, each, has, told, unread
from couriers.fields import Record, first, joined, moment, needed, number, part, rows, text
from couriers.meanings import Meaning, Table
from couriers.timestamps import Moment, iso, to_the_second
from schemas.errors import BadInput
from schemas.parcels import Facts, Malformed, Point, Scan, Successor
from schemas.status import Status

EVENTS = Table("inpost", ("inpost_group",))

KINDS = {"LOCKER_POINT": "locker", "PUDO_POINT": "shop", "MPOK_POINT": "branch"}
"""Types of locations where a parcel can wait; the others are addresses and halls."""

_WAITS = frozenset({Status.READY_FOR_PICKUP, Status.PICKUP_EXPIRED, Status.HELD})


def _utc(text_: str) -> Moment:
    return to_the_second(iso(text_))


def pushed(payload: Record) -> list[Item | Malformed]:
    """The one event of a webhook."""
    return [Item("", payload)]


def answered(payload: Record) -> list[Item | Malformed]:
    """The events of all parcels; a parcel without a number is one Malformed, the others go on."""
    found: list[Item | Malformed] = []
    for index, parcel in enumerate(rows(payload, "parcels")):
        found += _events(parcel, f"parcels[{index}]")
    return found


def _events(parcel: Any, place: str) -> list[Item | Malformed]:
    if not isinstance(parcel, dict):
        return [Item(place, parcel)]
    try:
        return each(rows(parcel, "events"), f"{place}.events", number(parcel, "trackingNumber"))
    except BadInput as problem:
        return [unread("inpost", parcel, place, problem)]


def event_scan(item: Item, via: str) -> Scan:
    """One event, of a webhook or of an answer (where the parcel, too, says its number)."""
    record = item.record
    code = needed(record, "eventCode")
    meaning = EVENTS.meaning(code)
    return told(
        "inpost",
        item.about or number(record, "trackingNumber"),
        moment(record, "timestamp", _utc),
        code,
        meaning,
        via=via,
        leg="return" if text(part(record, "shipment"), "type").upper() == "RETURN" else "",
        event_id=text(record, "eventId"),
        facts=_facts(record, meaning),
    )


def _facts(record: Record, meaning: Meaning) -> Facts:
    here, there, back = part(record, "location"), part(record, "newDestination"), part(record, "returnToSender")
    return Facts(
        point=_point(here) if meaning.status in _WAITS else None,
        place=text(here, "city"),
        country=_country(here),
        successor=_successor(back),
        redirect=joined(text(there, "name"), text(there, "address"), text(there, "city")),
    )


def _point(location: Record) -> Point | None:
    kind = KINDS.get(text(location, "type").upper())
    if kind is None:
        return None
    town = joined(text(location, "postalCode"), text(location, "city"))
    return Point(text(location, "id"), first(location, "name", "id"), kind, joined(text(location, "address"), town))


def _successor(back: Record) -> Successor | None:
    named = text(back, "trackingNumber")
    return Successor("inpost", named, "return") if named else None


def _country(location: Record) -> str:
    code = text(location, "country").upper()
    return code if len(code) == 2 and code.isalpha() else ""


SHAPES = (
    Shape("Group webhook", has("trackingNumber", "timestamp"), pushed, event_scan),
    Shape("Group tracking answer", has("parcels"), answered, event_scan),
)
