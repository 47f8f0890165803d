"""DPD Polska: the SOAP answers of DPDInfoServices (getEventsForWaybillV1 and the queue getEventsForCustomer).

Event times are naive and taken as Warsaw's. Codes have six digits; some clients strip the leading zero. Lists are not
in time order. Source: DPDInfoServices, DPDInfoServicesObjEvents.
"""

from functools import partial
from typing import Any
from xml.etree.ElementTree import Element

from couriers.courier import XML, Courier, Item, Shape, told
from couriers.fields import Record, first, moment, needed, number, text
from couriers.meanings import Table
from couriers.timestamps import iso
from schemas.errors import BadPayload
from schemas.parcels import Facts, Malformed, Scan


def _key(code: str) -> str:
    plain = code.strip().casefold()
    return plain.zfill(6) if plain.isdecimal() else plain


STATUSES = Table("dpd_pl", ("pl_business_codes", "pl_consumer_app"), _key)
"""Business codes first. The other set has the words of DPD's Polish app, kept for an answer that lets one through."""

_warsaw = partial(iso, home="Europe/Warsaw")


def events(payload: Element) -> list[Item | Malformed]:
    """The events of an answer. Raises BadPayload for a SOAP fault."""
    if payload.find(".//{*}Fault") is not None:
        raise BadPayload("DPD answered with a SOAP fault: see the client's credentials and the number")
    return [
        Item(f"eventsList[{index}]", _record(event), source=event)
        for index, event in enumerate(payload.iterfind(".//{*}eventsList"))
    ]


def event_scan(item: Item, via: str) -> Scan:
    """One event. DPD's own id names it."""
    record = item.record
    code = needed(record, "businessCode")
    return told(
        "dpd_pl",
        number(record, "waybill"),
        moment(record, "eventTime", _warsaw),
        code,
        STATUSES.meaning(code),
        via=via,
        event_id=first(record, "id", "objectId"),
        text=text(record, "description"),
        facts=Facts(place=text(record, "depotName"), country=_country(record)),
    )


def _record(event: Element) -> Record:
    """The event's own fields, by their names without namespace."""
    return {child.tag.rpartition("}")[2]: child.text for child in event if isinstance(child.tag, str)}


def _country(record: Record) -> str:
    code = text(record, "country").upper()
    return code if len(code) == 2 and code.isalpha() else ""


def _is_soap(payload: Any) -> bool:
    return isinstance(payload, Element) and payload.tag.rpartition("}")[2] == "Envelope"


DPD_PL = Courier("dpd_pl", (Shape("DPDInfoServices answer", _is_soap, events, event_scan),), (STATUSES,), XML)
