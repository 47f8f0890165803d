"""DHL Paket (Germany): the XML answer d-get-piece-detail, and d-get-piece-events.

An event is known by three codes together: what happened (ice), why (ric), and the standard event code, which alone is
coarse: ZU is a delivery, but also a disposal. STORN takes back the event before; `ruecksendung` is the way back. Times
are naive and Berlin's. Source: DHL Parcel DE tracking, d-get-piece-detail.
"""

from functools import partial
from typing import Any
from xml.etree.ElementTree import Element

from couriers.countries import alpha_2
from couriers.courier import Item, Shape, told, unread
from couriers.envelopes import local, record_of
from couriers.fields import first, moment, needed, number, text
from couriers.meanings import UNMAPPED, Meaning, Table
from couriers.timestamps import pointed
from schemas.errors import BadInput
from schemas.parcels import Facts, Malformed, Scan
from schemas.status import HARD_ENDS, SOFT_ENDS, Status

TRIPLES = Table("dhl", ("parcel_de_ice_ric",))
STANDARD = Table("dhl", ("parcel_de_standard_event_code",))

NUMBERS = ("piece-code", "searched-piece-code", "piece-identifier")
SHIPMENT, EVENT_LIST, EVENT = "pieceshipment", "pieceeventlist", "pieceevent"
"""Names of elements without hyphens, as some answers write them. The list stands in its shipment, or after it."""

CODES = ("ice", "ric", "standard-event-code")
_FINAL = HARD_ENDS | SOFT_ENDS | {Status.READY_FOR_PICKUP}
_berlin = partial(pointed, home="Europe/Berlin")


def events(payload: Element) -> list[Item | Malformed]:
    """The events of all pieces, oldest first as DHL lists them. Those of a piece without a number are Malformed."""
    found: list[Item | Malformed] = []
    piece = ""
    for element in payload.iter():
        name = _name(element)
        if name == SHIPMENT or (name == EVENT_LIST and not piece):
            piece = _number(element)
        elif name == EVENT:
            found.append(_event(element, f"piece-event[{len(found)}]", piece))
    return found


def _event(element: Element, place: str, piece: str) -> Item | Malformed:
    if not piece:
        return unread("dhl", element, place, BadInput("its piece has no number that can be read", "piece-code"))
    return Item(place, record_of(element), piece, element)


def event_scan(item: Item, via: str) -> Scan:
    """One event of a piece."""
    record = item.record
    raw = "/".join(filter(None, (text(record, code) for code in CODES))) or needed(record, "standard-event-code")
    return told(
        "dhl",
        item.about,
        moment(record, "event-timestamp", _berlin),
        raw,
        _meaning(*(text(record, code) for code in CODES)),
        via=via,
        leg="return" if text(record, "ruecksendung") == "true" else "",
        text=first(record, "event-status", "event-text", "event-short-status"),
        facts=Facts(place=text(record, "event-location"), country=alpha_2(text(record, "event-country"))),
    )


def _meaning(ice: str, ric: str, code: str) -> Meaning:
    """What the three codes mean; of an unknown combination, no more than the coarse code can say without an end."""
    exact = TRIPLES.meaning(f"{ice}/{ric}/{code}")
    if "unmapped" not in exact.flags:
        return exact
    coarse = STANDARD.meaning(code)
    return UNMAPPED if (ice or ric) and coarse.status in _FINAL else coarse


def _number(element: Element) -> str:
    """The piece code; an identifier is one that has lost the zeros in front."""
    named = first(dict(element.attrib), *NUMBERS)
    whole = f"00{named}" if len(named) == 18 and named.startswith("340") else named
    try:
        return number({"piece-code": whole}, "piece-code")
    except BadInput:
        return ""


def _name(element: Element) -> str:
    return element.get("name", local(element)).replace("-", "")


def _is_data(payload: Any) -> bool:
    return isinstance(payload, Element) and local(payload) == "data"


SHAPE = Shape("d-get-piece-detail answer", _is_data, events, event_scan)
