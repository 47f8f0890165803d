"""DHL eCommerce Polska: the SOAP answer getTrackAndTraceInfo of DHL24.

Times are naive and Warsaw's. A parcel that was refused or sent back ends its way home with the code of any delivery
(DOR), so the answer is read as a whole. Source: DHL24 WebAPI2.
"""

from functools import partial
from xml.etree.ElementTree import Element

from couriers.courier import Item, Shape, told
from couriers.envelopes import answers, each_element, record_of, within
from couriers.fields import moment, needed, number, text
from couriers.legs import homeward, turned_back, turns_back
from couriers.meanings import Meaning, Table
from couriers.timestamps import iso
from schemas.parcels import Facts, Malformed, Scan
from schemas.status import Status

EVENTS = Table("dhl", ("dhl24_pl",))

_warsaw = partial(iso, home="Europe/Warsaw")


def events(payload: Element) -> list[Item | Malformed]:
    """The events of one number. Raises BadPayload for a SOAP fault."""
    answer = within(payload, "getTrackAndTraceInfoResult")
    listed = answer.findall(".//{*}item")
    named = number(record_of(answer), "shipmentId")
    turned = turned_back([record_of(event) for event in listed], "status", "timestamp", _warsaw, EVENTS, _is_cue)
    return [*each_element(listed, (named, turned))]


def event_scan(item: Item, via: str) -> Scan:
    """One event. Who received the parcel is not kept."""
    record, (named, turned) = item.record, item.about
    code, when = needed(record, "status"), moment(record, "timestamp", _warsaw)
    meaning = homeward(EVENTS.meaning(code), when.at, turned)
    facts = Facts(place=text(record, "terminal"))
    return told("dhl", named, when, code, meaning, via=via, text=text(record, "description"), facts=facts)


def _is_cue(meaning: Meaning) -> bool:
    """Refused parcels go home as well as those that are sent back."""
    return turns_back(meaning) or (meaning.status == Status.UNDELIVERABLE and meaning.reason == "consignee_refused")


SHAPE = Shape("DHL24 answer", lambda payload: answers(payload, "getTrackAndTraceInfoResult"), events, event_scan)
