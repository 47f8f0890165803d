"""DHL Express: the tracking answers of MyDHL API (JSON) and of XML-PI (KnownTracking).

Checkpoints are two letters. Two public lists of their meaning contradict each other, so but for the few that are
confirmed each has its doubt in the table. Times are local to the service area, whose name ends with a country; some
answers give the offset. Sources: MyDHL API, XML-PI.
"""

from functools import partial
from typing import Any
from xml.etree.ElementTree import Element

from couriers.countries import alpha_2
from couriers.courier import Item, Shape, each, told, unread
from couriers.envelopes import local
from couriers.fields import Record, moment, needed, number, rows, text
from couriers.meanings import Table
from couriers.timestamps import Moment, iso
from schemas.errors import BadInput
from schemas.parcels import Facts, Malformed, Scan
from schemas.places import zone_of
from schemas.status import Status

CHECKPOINTS = Table("dhl", ("express_checkpoints",))


def events(payload: Record) -> list[Item | Malformed]:
    """The events of all shipments of a MyDHL answer; one without a number is one Malformed."""
    found: list[Item | Malformed] = []
    for index, shipment in enumerate(rows(payload, "shipments")):
        place = f"shipments[{index}]"
        try:
            found += _events(shipment, place)
        except BadInput as problem:
            found.append(unread("dhl", shipment, place, problem))
    return found


def _events(shipment: Any, place: str) -> list[Item | Malformed]:
    if not isinstance(shipment, dict):
        return [Item(place, shipment)]
    return each(rows(shipment, "events"), f"{place}.events", number(shipment, "shipmentTrackingNumber"))


def event_scan(item: Item, via: str) -> Scan:
    """One event of a MyDHL answer."""
    areas = item.record.get("serviceArea")
    area = areas[0] if isinstance(areas, list) and areas and isinstance(areas[0], dict) else {}
    return _scan({**item.record, "area": area.get("description")}, item.about, via)


def xml_events(payload: Element) -> list[Item | Malformed]:
    """The events of all waybills of an XML-PI answer; those of one without a number are Malformed."""
    found: list[Item | Malformed] = []
    for waybill in payload.iterfind(".//AWBInfo"):
        named = waybill.findtext("AWBNumber", "")
        for event in waybill.iterfind(".//ShipmentEvent"):
            found.append(Item(f"ShipmentEvent[{len(found)}]", _record(event), named, event))
    return found


def xml_scan(item: Item, via: str) -> Scan:
    """One event of an XML-PI answer."""
    return _scan(item.record, number({"AWBNumber": item.about}, "AWBNumber"), via)


FIELDS = {
    "Date": "date",
    "Time": "time",
    "GMTOffset": "GMTOffset",
    "ServiceEvent/EventCode": "typeCode",
    "ServiceEvent/Description": "description",
    "ServiceArea/Description": "area",
    "Signatory": "signedBy",
}
"""Where an XML-PI event has what a MyDHL event calls by the other name."""


def _record(event: Element) -> Record:
    return {name: event.findtext(path) for path, name in FIELDS.items()}


def _scan(record: Record, named: str, via: str) -> Scan:
    town, country = _place(text(record, "area"))
    code, clock = needed(record, "typeCode"), f"{needed(record, 'time')}{text(record, 'GMTOffset')}"
    meaning = CHECKPOINTS.meaning(code)
    signed = meaning.status == Status.DELIVERED and bool(text(record, "signedBy"))
    return told(
        "dhl",
        named,
        moment(record, "date", partial(_local, clock=clock, home=zone_of(country) or "")),
        code,
        meaning,
        via=via,
        text=text(record, "description"),
        facts=Facts(place=town, country=country, proof="signed" if signed else ""),
    )


def _local(day: str, clock: str, home: str) -> Moment:
    return iso(f"{day}T{clock}", home)


def _place(area: str) -> tuple[str, str]:
    """`Milan - Italy` or `Zurich-CH` as a town and a country."""
    town, _, last = area.rpartition("-")
    country = alpha_2(last)
    return (town.strip(), country) if country else (area, "")


def _is_mydhl(payload: Any) -> bool:
    shipments = payload.get("shipments") if isinstance(payload, dict) else None
    listed = shipments if isinstance(shipments, list) else ()
    return any(isinstance(shipment, dict) and "shipmentTrackingNumber" in shipment for shipment in listed)


def _is_known_tracking(payload: Any) -> bool:
    return isinstance(payload, Element) and local(payload) == "TrackingResponse"


SHAPES = (
    Shape("MyDHL tracking answer", _is_mydhl, events, event_scan),
    Shape("XML-PI tracking answer", _is_known_tracking, xml_events, xml_scan),
)
