"""Poczta Polska and Pocztex: the SOAP tracking answers (sprawdzPrzesylke ...) and the REST one (checkmailex).

Times are naive and taken as Warsaw's; the REST answer has seconds, the SOAP one has not. An event that Poczta took
back stays in the list, marked `canceled`. A number that nobody knows yet is an answer without events.
Sources: Poczta Polska, tracking by web service (manual); the answers behind emonitoring.poczta-polska.pl.
"""

import re
from functools import partial
from typing import Any
from xml.etree.ElementTree import Element

from couriers.courier import EITHER, Courier, Item, Shape, each, has, told
from couriers.envelopes import local, record_of
from couriers.fields import Record, joined, moment, needed, number, part, rows, text
from couriers.meanings import Meaning, Table
from couriers.timestamps import iso
from schemas.errors import BadInput, BadPayload
from schemas.parcels import Facts, Malformed, Point, Scan
from schemas.status import Status

STATUSES = Table("poczta_polska", ("event_code", "pocztex_app"))
STATES = Table("poczta_polska", ("state_code",))  # coarse: counts where the event's own code says nothing
CAUSES = Table("poczta_polska", ("cause",))  # why a parcel was not handed over
LOOKUPS = Table("poczta_polska", ("lookup_status",))  # what became of the question; no word about the parcel

NAMES = {
    "kod": "code",
    "nazwa": "name",
    "czas": "time",
    "przyczyna": "cause",
    "jednostka": "postOffice",
    "daneSzczegolowe": "description",
    "miejscowosc": "city",
    "ulica": "street",
    "nrDomu": "houseNumber",
    "pna": "zipCode",
    "godzinyPracy": "openingHours",
}
"""The SOAP answer's names -> the REST answer's, by which events are read."""

DAYS = {"businessDays": range(5), "dniRobocze": range(5), "soboty": (5,), "niedzISw": (6,)}
"""Whose opening hours an entry has: 0 is Monday. (How the REST answer calls Saturdays is not known.)"""

_CLOCK = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)(?::\d\d)?")
_DEEPEST = 5  # levels of an event: event, office, details, hours, one day's

QUESTIONS = frozenset(
    f"sprawdz{what}{details}Response" for what in ("Przesylke", "Przesylki", "PrzesylkiOdDo") for details in ("", "Pl")
)
"""The questions whose answers are read; those with `Pl` have the details of post offices."""

_warsaw = partial(iso, home="Europe/Warsaw")


def answered(payload: Record) -> list[Item | Malformed]:
    """The events of a checkmailex answer, oldest first as Poczta lists them."""
    mail = part(payload, "mailInfo")
    if not mail:
        return _nothing(text(payload, "mailStatus"), "mailStatus")
    named = mail if text(mail, "number") else payload
    number(named, "number")
    return each(rows(mail, "events"), "mailInfo.events", named)


def parcels(payload: Element) -> list[Item | Malformed]:
    """The events of all parcels of a SOAP answer. Raises BadPayload for a fault."""
    if payload.find(".//{*}Fault") is not None:
        raise BadPayload("the service answered with a SOAP fault: see the client's credentials and the number")
    found: list[Item | Malformed] = []
    for data in payload.iterfind(".//{*}danePrzesylki"):
        named = {"number": record_of(data).get("numer")}
        events = data.findall(".//{*}zdarzenie")
        found += [Item(f"zdarzenie[{at}]", _record(event), named, event) for at, event in enumerate(events, len(found))]
    return found or _nothing(payload.findtext(".//{*}status") or "", "status")


def event_scan(item: Item, via: str) -> Scan:
    """One event, of either answer."""
    record = item.record
    code, state = text(record, "code"), text(part(record, "state"), "code")
    meaning, raw = _meaning(code, state)
    return told(
        "poczta_polska",
        number(item.about, "number"),
        moment(record, "time", _warsaw),
        raw or needed(record, "code"),
        meaning._replace(retracts="self") if record.get("canceled") is True else meaning,
        via=via,
        reason=_cause(record) if meaning.status == Status.DELIVERY_ATTEMPTED else "",
        text=text(record, "name"),
        facts=_facts(part(record, "postOffice"), meaning),
    )


def _meaning(code: str, state: str) -> tuple[Meaning, str]:
    """What an event means, and its raw code: with the state where that decided."""
    fine, coarse = STATUSES.meaning(code), STATES.meaning(state)
    if "unmapped" not in fine.flags or "unmapped" in coarse.flags:
        return fine, code or state
    return coarse, "/".join(filter(None, (code, state)))


def _cause(record: Record) -> str:
    return CAUSES.meaning(text(part(record, "cause"), "code")).reason


def _nothing(status: str, place: str) -> list[Item | Malformed]:
    """An answer without a parcel: none known yet is no event; a status that is not one of theirs is malformed."""
    if "unmapped" in LOOKUPS.meaning(status).flags:
        raise BadInput("a parcel, or a status of the search such as 0 or -1, was expected", place)
    return []


def _facts(office: Record, meaning: Meaning) -> Facts:
    """Where it happened; for a parcel that waits, the office where it does."""
    about = part(office, "description")
    town, waits = text(about, "city"), meaning.status == Status.READY_FOR_PICKUP
    name = text(office, "name")
    if not (waits and name):
        return Facts(place=town or name)
    street = " ".join(filter(None, (text(about, "street"), text(about, "houseNumber"))))
    address = joined(street, " ".join(filter(None, (text(about, "zipCode"), town))))
    return Facts(place=town or name, point=Point(text(office, "code"), name, "branch", address, _hours(about)))


def _hours(about: Record) -> tuple[tuple[int, int, int], ...]:
    found = part(about, "openingHours")
    spans = {key: _spans(found.get(key)) for key in DAYS}
    return tuple((day, *span) for key, days in DAYS.items() for day in days for span in spans[key])


def _spans(said: Any) -> list[tuple[int, int]]:
    """`[{"from": "08:00:00", "to": "20:00:00"}]` or `{"godziny": "08:00-20:00"}` in minutes of the day."""
    if isinstance(said, list):
        clocks = " ".join(text(span, key) for span in said if isinstance(span, dict) for key in ("from", "to"))
    else:
        clocks = text(said, "godziny") if isinstance(said, dict) else ""
    minutes = [int(hour) * 60 + int(minute) for hour, minute in _CLOCK.findall(clocks)]
    spans = list(zip(minutes[::2], minutes[1::2], strict=False))
    return spans if len(minutes) % 2 == 0 and all(opens < closes for opens, closes in spans) else []


def _record(event: Element, depth: int = _DEEPEST) -> Record:
    """An event of the SOAP answer as the REST answer would have it."""
    inner = {local(child): _record(child, depth - 1) for child in event if len(child) and depth > 1}
    return {NAMES.get(name, name): value for name, value in {**record_of(event), **inner}.items()}


def _is_soap(payload: Any) -> bool:
    if not isinstance(payload, Element) or local(payload) != "Envelope":
        return False
    return any(local(child) in QUESTIONS or local(child) == "Fault" for child in payload.iterfind("{*}Body/*"))


POCZTA_POLSKA = Courier(
    "poczta_polska",
    (
        Shape("sprawdzPrzesylke answer (SOAP)", _is_soap, parcels, event_scan),
        Shape("checkmailex answer (REST)", has("mailStatus"), answered, event_scan),
    ),
    (STATUSES, STATES),
    EITHER,
)
