"""DPD's consumer answer: the parcelEvents that the group's own app shows.

An event has a day and a clock without a zone, local to the event; the zone that is given is that of the present
status. Source: the GEO event codes of the group.
"""

from functools import partial
from typing import NamedTuple

from couriers.countries import alpha_2
from couriers.courier import Item, Shape, has, told
from couriers.fields import Record, first, maybe, moment, needed, number, part, rows, text
from couriers.meanings import Table
from couriers.timestamps import iso
from schemas.parcels import Eta, Facts, Malformed, Scan
from schemas.places import ZONES, zone_of
from schemas.status import Status

EVENTS = Table("dpd", ("group_geo_event_types",))

_ZONES = frozenset(ZONES.values())
_ENDED = frozenset({Status.DELIVERED, Status.RETURNED})


class Parcel(NamedTuple):
    """What an answer says of the parcel as a whole."""

    number: str
    home: str  # the clock of events whose country is not given
    eta: Eta | None = None


def events(payload: Record) -> list[Item | Malformed]:
    """The events, newest first as DPD lists them. What is planned goes with the newest."""
    home = _home(part(payload, "status"))
    past = Parcel(number(payload, "parcelNumber"), home)
    newest = past._replace(eta=_eta(payload, home))
    listed = enumerate(rows(payload, "parcelEvents"))
    return [Item(f"parcelEvents[{at}]", record, past if at else newest) for at, record in listed]


def event_scan(item: Item, via: str) -> Scan:
    """One event."""
    record, about = item.record, item.about
    country = alpha_2(first(record, "country", "countryCode", "depotCountry"))
    home, clock = zone_of(country) or about.home, text(record, "time")
    code = needed(record, "eventType")
    meaning = EVENTS.meaning(code)
    return told(
        "dpd",
        about.number,
        moment(record, "date", lambda day: iso(f"{day}T{clock}" if clock else day, home)),
        code,
        meaning,
        via=via,
        text=first(record, "eventTypeText", "translation"),
        facts=Facts(None if meaning.status in _ENDED else about.eta, place=text(record, "city"), country=country),
    )


def _home(status: Record) -> str:
    named = text(status, "eventDateAndTimeZoneId")
    return named if named in _ZONES else zone_of(alpha_2(text(status, "countryCode"))) or ""


def _eta(payload: Record, home: str) -> Eta | None:
    """The window on the day of delivery; else the hours that the parcel was given; else the day."""
    window = part(payload, "fmpDeliveryDateAndTime")
    hours = part(window, "timeRange")
    exact = text(window, "deliveryDate"), text(hours, "from"), text(hours, "to")
    day, *clocks = (
        exact if all(exact) else [text(payload, f"delivery{name}") for name in ("Date", "TimeFrom", "TimeTo")]
    )
    read = partial(iso, home=home)
    begins, ends = (maybe({"at": f"{day}T{clock}"}, "at", read) if clock else None for clock in clocks)
    if begins is not None:
        return Eta(begins.at, ends.at if ends else None)
    whole = maybe({"at": day}, "at", read)
    return Eta(whole.at, day_only=True) if whole and "day_only" in whole.flags else None


SHAPE = Shape("consumer answer", has("parcelEvents"), events, event_scan)
