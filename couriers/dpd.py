"""DPD of the other countries: the group's parcel life cycle (SOAP) and DPD Germany's public answer of the same form.
The consumer answer is in `dpd_consumer`; DPD Polska has events of its own: `dpd_pl`.

A life cycle lists milestones, those to come as well: only reached ones are events. Its list is not in time order; its
SOAP form writes local time the American way and does not name the parcel, so whoever asks puts the parcelLabelNumber
into the envelope's header. Sources: ParcelLifeCycleService 2.0; tracking.dpd.de/rest/plc.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from xml.etree.ElementTree import Element

from couriers.courier import EITHER, Courier, Item, Shape, each, has, told
from couriers.dpd_consumer import EVENTS, SHAPE
from couriers.envelopes import answers, local, within
from couriers.fields import Record, first, moment, needed, number, part, rows, text
from couriers.meanings import Table
from couriers.timestamps import Moment, american, pointed
from schemas.errors import BadInput
from schemas.parcels import Facts, Malformed, Scan
from schemas.places import zone_of

MILESTONES = Table("dpd", ("parcel_lifecycle",))
PUBLIC = Table("dpd", ("de_public",))

HOME = "Europe/Berlin"
"""The clock of the public answer, and of a milestone whose place has no country: the service stands in Germany."""

PUBLIC_LIST = "parcellifecycleResponse.parcelLifeCycleData.statusInfo"
_WITH_COUNTRY = re.compile(r"(.*?)\s*\(([A-Z]{2})\)")


def milestones(payload: Element) -> list[Item | Malformed]:
    """The reached milestones of a SOAP answer. Raises BadPayload for a SOAP fault."""
    listed = within(payload, "getTrackingDataResponse").iterfind(".//{*}statusInfo")
    asked = _asked(payload)
    found = [Item(f"statusInfo[{at}]", _lines(info), asked, info) for at, info in enumerate(listed)]
    return [item for item in found if _is_reached(item.record)]


def public_milestones(payload: Record) -> list[Item | Malformed]:
    """The reached milestones of DPD Germany's answer; none for a number that it does not know."""
    data = part(payload, "parcellifecycleResponse", "parcelLifeCycleData")
    listed = rows(data, "statusInfo")
    found = each(listed, PUBLIC_LIST, number(part(data, "shipmentInfo"), "parcelLabelNumber")) if listed else []
    return [item for item in found if isinstance(item, Malformed) or _is_reached(item.record)]


def milestone_scan(item: Item, via: str) -> Scan:
    """One milestone of a SOAP answer."""
    _, country = _place(item.record)
    return _milestone(item, via, MILESTONES, partial(american, home=zone_of(country) or HOME))


def public_scan(item: Item, via: str) -> Scan:
    """One milestone of DPD Germany's answer."""
    return _milestone(item, via, PUBLIC, partial(pointed, home=HOME))


def _milestone(item: Item, via: str, table: Table, read: Callable[[str], Moment]) -> Scan:
    record, code = item.record, needed(item.record, "status")
    town, country = _place(record)
    facts = Facts(place=town, country=country)
    when = moment(record, "date", read)
    return told("dpd", item.about, when, code, table.meaning(code), via=via, text=_said(record), facts=facts)


def _asked(payload: Element) -> str:
    found = payload.find(".//{*}parcelLabelNumber")
    if found is None:
        reason = "DPD's answer does not name its parcel: put the number that was asked for into the envelope's header"
        raise BadInput(reason, "parcelLabelNumber")
    return number({"parcelLabelNumber": found.text}, "parcelLabelNumber")


def _is_reached(record: Any) -> bool:
    """True unless the milestone is still to come; one without a time says nothing unless it is the present one."""
    if not isinstance(record, dict):
        return True
    told_so = [record.get(key) for key in ("statusHasBeenReached", "isCurrentStatus")]
    return told_so[0] not in (False, "false") and (bool(text(record, "date")) or told_so[1] in (True, "true"))


def _lines(info: Element) -> Record:
    """A milestone's fields; of those that are paragraphs, the first line of content."""
    return {local(field): _line(field) for field in info}


def _line(field: Element) -> str:
    found = (part.text for part in field.iter() if local(part) == "content")
    return next((line for line in found if line and line.strip()), field.text or "")


def _place(record: Record) -> tuple[str, str]:
    """`Puurs (BE)` as a town and a country."""
    said = text(record, "location")
    found = _WITH_COUNTRY.fullmatch(said)
    return (found[1], found[2]) if found else (said, "")


def _said(record: Record) -> str:
    lines = part(record, "description").get("content")
    line = lines[0] if isinstance(lines, list) and lines else None
    return text({"line": line}, "line") or first(record, "description", "label")


DPD = Courier(
    "dpd",
    (
        Shape(
            "parcel life cycle answer",
            lambda payload: answers(payload, "getTrackingDataResponse"),
            milestones,
            milestone_scan,
        ),
        Shape("DPD Germany's public answer", has("parcellifecycleResponse"), public_milestones, public_scan),
        SHAPE,
    ),
    (MILESTONES, PUBLIC, EVENTS),
    EITHER,
)
