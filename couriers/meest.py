"""Meest: the openAPI's tracking answers (of one parcel, a day, a period), and Meest Polska's trackingParcel (SOAP).

Times are naive and taken as Kyiv's; Meest Polska's carry an offset. The same number means different things in the two,
so each has its own table. `eventCodeUPU` beside the code is only a hint, and is not read: Meest's own example has it
wrong. The list of what was delivered (trackingDelivered) has no codes and is not read either: a code that is missing
must not mean delivered. Sources: Meest's openAPI 3.0; Meest Polska's API for partners.
"""

from functools import partial
from xml.etree.ElementTree import Element

from couriers.countries import alpha_2
from couriers.courier import EITHER, Courier, Item, Shape, each, has, told
from couriers.envelopes import answers, each_element, within
from couriers.fields import Record, first, joined, moment, needed, number, part, rows, text
from couriers.meanings import Table
from couriers.timestamps import iso
from schemas.errors import BadPayload
from schemas.parcels import Facts, Malformed, Scan

STATUSES = Table("meest", ("event_code_v3",))
POLSKA = Table("meest", ("meest_polska_status_code",))

_kyiv = partial(iso, home="Europe/Kyiv")
_warsaw = partial(iso, home="Europe/Warsaw")


def tracked(payload: Record) -> list[Item | Malformed]:
    """The events of an answer, of one parcel or of many. Raises BadPayload if Meest refused the question."""
    listed = rows(payload, "result")
    if not listed and text(payload, "status").casefold() not in ("", "ok"):
        raise BadPayload("Meest refused the question: see its info and the token", "status")
    return each(listed, "result")


def event_scan(item: Item, via: str) -> Scan:
    """One event. `status` of the answer says whether it is one, not how the parcel is."""
    record = item.record
    code = needed(record, "eventCode")
    return told(
        "meest",
        number(record, "parcelNumber" if text(record, "parcelNumber") else "barCode"),
        moment(record, "eventDateTime", _kyiv),
        code,
        STATUSES.meaning(code),
        via=via,
        text=joined(_said(record, "eventDescr"), _said(record, "eventDetailDescr")),
        facts=Facts(place=_said(record, "eventCityDescr"), country=_country(record)),
    )


def polska(payload: Element) -> list[Item | Malformed]:
    """The events of one parcel of Meest Polska. Raises BadPayload for a SOAP fault."""
    return [*each_element(within(payload, "trackingParcelResponse").findall("{*}return"))]


def polska_scan(item: Item, via: str) -> Scan:
    """One event. The parcel is named by Meest Polska's own id, the only one that the answer has."""
    record = item.record
    code = needed(record, "statusCode")
    return told(
        "meest",
        number(record, "idParcel"),
        moment(record, "eventDate", _warsaw),
        code,
        POLSKA.meaning(code),
        via=via,
        text=joined(text(record, "eventDescription"), text(record, "additionalDescription")),
    )


def _said(record: Record, key: str) -> str:
    return first(part(record, key), "descrUA", "descrEN", "descrRU")


def _country(record: Record) -> str:
    named = part(record, "eventCountryDescr")
    return alpha_2(text(named, "descrEN")) or alpha_2(text(named, "descrUA"))


MEEST = Courier(
    "meest",
    (
        Shape("openAPI tracking answer", has("result"), tracked, event_scan),
        Shape("trackingParcel answer", lambda payload: answers(payload, "trackingParcelResponse"), polska, polska_scan),
    ),
    (STATUSES, POLSKA),
    EITHER,
)
