"""Packeta (Zásilkovna): packetTracking and packetStatus (SOAP, and their XML-REST twins); the public tracker (JSON).

Packeta's answers do not say of which packet they are: whoever asks adds the question's own `packetId` beside the result
(in the SOAP header, or in the REST response). A packet is named by its barcode, Z and ten digits. Times are naive and
taken as Prague's. The public tracker numbers its statuses otherwise, so it has its own table; of its events only the
newest has a code. Sources: Packeta's API 5; its plug-ins for shops; tracking.packeta.com.
"""

from functools import partial
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from couriers.courier import EITHER, Courier, Item, Shape, has, told
from couriers.envelopes import each_element, local
from couriers.fields import Record, first, maybe, moment, needed, rows, text
from couriers.fields import number as numbered
from couriers.meanings import Table
from couriers.timestamps import Moment, iso
from schemas.errors import BadInput, BadPayload
from schemas.parcels import Facts, Malformed, Point, Scan, Successor
from schemas.status import Status
from schemas.times import Millis

STATUSES = Table("packeta", ("api_status_code",))
TRACKER = Table("packeta", ("consumer_status_id",))

PARTNERS = {
    "dhl": "dhl",
    "dpd": "dpd",
    "fedex": "fedex",
    "gls": "gls",
    "inpost": "inpost",
    "ups": "ups",
}
"""Words of a carrier's name -> ours, for the number under which it carries the packet on (`PL InPost Paczkomaty`)."""

_prague = partial(iso, home="Europe/Prague")


class Packet(NamedTuple):
    """What an answer says of a packet as a whole. `now` is its present state alone."""

    number: str
    now: bool


def _is_api(payload: Any) -> bool:
    if not isinstance(payload, Element):
        return False
    names = ("*/{*}packetTrackingResult", "*/{*}packetStatusResult", "{*}Fault")
    return local(payload) == "response" or any(payload.find(f"{{*}}Body/{name}") is not None for name in names)


def records(payload: Element) -> list[Item | Malformed]:
    """The records of a packet, or its present state. Raises BadPayload if Packeta refused the question."""
    if payload.find("{*}Body/{*}Fault") is not None or payload.findtext("{*}status") == "fault":
        raise BadPayload("Packeta refused the question: see the API password and the packet's number")
    results = map(payload.find, ("{*}result", "{*}Body/*/{*}packetTrackingResult", "{*}Body/*/{*}packetStatusResult"))
    result = next((found for found in results if found is not None), None)
    if result is None or not len(result):
        return []
    history = result.findall("{*}record")
    return [*each_element(history or [result], Packet(_number(payload), not history))]


def record_scan(item: Item, via: str) -> Scan:
    """One record. The storage time and the way back are told of the present state only."""
    record, about = item.record, item.about
    code = needed(record, "statusCode")
    meaning = STATUSES.meaning(code)
    waits = meaning.status == Status.READY_FOR_PICKUP
    until = _until(record) if waits and about.now else None
    branch = first(record, "branchId", "destinationBranchId")
    return told(
        "packeta",
        about.number,
        moment(record, "dateTime", _prague),
        code,
        meaning,
        via=via,
        leg="return" if text(record, "isReturning").casefold() in ("1", "true") else "",
        text=first(record, "statusText", "codeText"),
        facts=Facts(
            deadline=until,
            deadline_source="carrier" if until else "",
            point=Point(branch) if waits and branch not in ("", "0") else None,
            successor=_partner(record),
        ),
    )


def _is_tracker(payload: Any) -> bool:
    return has("item")(payload) or has("error")(payload)


def tracker(payload: Record) -> list[Item | Malformed]:
    """The present state of one packet; a number that is not known (yet, or any more) is an answer, not an event.
    Raises BadPayload for any other error."""
    if "item" in payload:
        return [Item("item", payload["item"])]
    if text(payload, "error") != "notFound":
        raise BadPayload("Packeta's tracker refused the question", "error")
    return []


def tracker_scan(item: Item, via: str) -> Scan:
    """The present state, as of the newest event."""
    record = item.record
    code, where = needed(record, "packetStatusId"), text(record, "branchAddress")
    meaning = TRACKER.meaning(code)
    waits = meaning.status == Status.READY_FOR_PICKUP and bool(where)
    kind = "locker" if "z-box" in where.casefold() else ""
    facts = Facts(point=Point(kind=kind, address=where) if waits else None)
    said = text(record, "packetStatus")
    return told("packeta", _barcode(record, "barcode"), _newest(record), code, meaning, via=via, text=said, facts=facts)


def _number(payload: Element) -> str:
    return _barcode({"packetId": payload.findtext(".//{*}packetId")}, "packetId")


def _barcode(record: Record, key: str) -> str:
    """Z and ten digits, however the number was written."""
    if not text(record, key):
        raise BadInput("missing: the packet that was asked about was expected beside its answer", key)
    plain = numbered({key: text(record, key).replace(" ", "").upper()}, key)
    return f"Z{plain}" if plain.isdecimal() and len(plain) == 10 else plain


def _newest(record: Record) -> Moment:
    events = rows(record, "trackingDetails")
    times = [when for event in events if isinstance(event, dict) and (when := maybe(event, "time", _prague))]
    if not times:
        raise BadInput("no time that can be read: the newest event's was expected", "trackingDetails")
    return max(times, key=lambda when: when.at)


def _until(record: Record) -> Millis | None:
    """The end of the storage time; a day alone lasts until its last second."""
    found = maybe(record, "storedUntil", _prague)
    if found is None:
        return None
    if "day_only" not in found.flags:
        return found.at
    return _prague(f"{text(record, 'storedUntil')}T23:59:59").at


def _partner(record: Record) -> Successor | None:
    """The partner's number, if it is one of a courier that is known here."""
    given, words = text(record, "externalTrackingCode"), text(record, "carrierName").casefold().split()
    courier = next((PARTNERS[word] for word in words if word in PARTNERS), "")
    if not given or not courier:
        return None
    return Successor("dpd_pl" if courier == "dpd" and "pl" in words else courier, given, "partner")


PACKETA = Courier(
    "packeta",
    (
        Shape("packetTracking or packetStatus answer", _is_api, records, record_scan),
        Shape("public tracker's answer", _is_tracker, tracker, tracker_scan),
    ),
    (STATUSES, TRACKER),
    EITHER,
)
