"""GLS: the group's Track and Trace v1 answer. Other answers are in `gls_mygls` (MyGLS of six countries), `gls_web` (the
public page) and `gls_netherlands`.

Events are newest first; their offset is that of central Europe even for scans in Ireland, and counts. A number that
is not known comes as an item with an errorCode: an answer, not an event. Source: GLS Track and Trace v1 (OpenAPI).
"""

from collections import Counter
from typing import Any, NamedTuple

from couriers.countries import alpha_2
from couriers.courier import Courier, Item, Shape, each, has, told, unread
from couriers.fields import Record, moment, needed, number, rows, text
from couriers.gls_mygls import MYGLS
from couriers.gls_mygls import SHAPE as MYGLS_ANSWER
from couriers.gls_netherlands import SHAPE as DUTCH_ANSWER
from couriers.gls_netherlands import STATES
from couriers.gls_web import EVENT_NUMBERS, PROGRESS
from couriers.gls_web import SHAPES as WEB_ANSWERS
from couriers.meanings import Table
from couriers.timestamps import iso
from schemas.errors import BadInput
from schemas.parcels import Facts, Malformed, Scan

STATUSES = Table("gls", ("group_v1_status",))
EVENTS = Table("gls", ("group_v1_event_code",))

UNKNOWN_NUMBER = "E_404_01"


class Parcel(NamedTuple):
    """Whose event it is, and whether it is the present status."""

    number: str
    present: bool = False


def parcels(payload: Record) -> list[Item | Malformed]:
    """The present status and the events of all parcels; one without a number is one Malformed, the others go on."""
    listed = rows(payload, "parcels")
    times = Counter(text(parcel, "requested") for parcel in listed if isinstance(parcel, dict))
    found: list[Item | Malformed] = []
    for index, parcel in enumerate(listed):
        place = f"parcels[{index}]"
        try:
            found += _parcel(parcel, place, times)
        except BadInput as problem:
            found.append(unread("gls", parcel, place, problem))
    return found


def _parcel(parcel: Any, place: str, times: Counter[str]) -> list[Item | Malformed]:
    if not isinstance(parcel, dict):
        return [Item(place, parcel)]
    error = text(parcel, "errorCode")
    if error == UNKNOWN_NUMBER:
        return []
    if error:
        raise BadInput("GLS answered with an error instead of events: ask again", "errorCode")
    named = _number(parcel, times)
    present = [Item(place, parcel, Parcel(named, present=True))] if text(parcel, "status") else []
    return [*present, *each(rows(parcel, "events"), f"{place}.events", Parcel(named))]


def _number(parcel: Record, times: Counter[str]) -> str:
    """The number that was asked for, as the shop knows it; of several parcels for one question, each one's own."""
    asked = text(parcel, "requested")
    return number(parcel, "requested" if asked and times[asked] == 1 else "unitno")


def parcel_scan(item: Item, via: str) -> Scan:
    """The present status of a parcel, or one event."""
    return _status_scan(item, via) if item.about.present else _event_scan(item, via)


def _status_scan(item: Item, via: str) -> Scan:
    code = needed(item.record, "status")
    when = moment(item.record, "statusDateTime", iso)
    return told("gls", item.about.number, when, code, STATUSES.meaning(code), via=via)


def _event_scan(item: Item, via: str) -> Scan:
    record, code = item.record, needed(item.record, "code")
    return told(
        "gls",
        item.about.number,
        moment(record, "eventDateTime", iso),
        code,
        EVENTS.meaning(code),
        via=via,
        text=text(record, "description"),
        facts=Facts(place=text(record, "city"), country=alpha_2(text(record, "country"))),
    )


GLS = Courier(
    "gls",
    (
        DUTCH_ANSWER,  # before the group's: it has parcels, too, but of another kind
        Shape("Track and Trace v1 answer", has("parcels"), parcels, parcel_scan),
        MYGLS_ANSWER,
        *WEB_ANSWERS,
    ),
    (STATUSES, EVENTS, MYGLS, PROGRESS, EVENT_NUMBERS, STATES),
)
