"""Ukrposhta: the StatusTracking answers: all statuses of a barcode, the last one, and a batch with those not found.

Times are naive and taken as Kyiv's. `step` does not rise with time, so an event stands by its date alone. An event may
mean another thing by its reason: 41000 hands the parcel over, with reason 10 to the sender. Scans of the container it
travels in (four digits) say nothing of the parcel. Source: Ukrposhta's StatusTracking API 0.0.1.
"""

from functools import partial
from typing import Any

from couriers.countries import alpha_2
from couriers.courier import Courier, Item, Shape, each, has, told
from couriers.fields import Record, joined, moment, needed, number, text
from couriers.meanings import Meaning, Table
from couriers.timestamps import iso
from schemas.errors import BadPayload
from schemas.parcels import Facts, Malformed, Point, Scan
from schemas.status import Status


def _key(code: str) -> str:
    return code.strip().casefold().lstrip("0")


STATUSES = Table("ukrposhta", ("event", "container_events"), _key)
"""By event, or by event/reason where the reason makes another thing of it."""

_kyiv = partial(iso, home="Europe/Kyiv")


def history(payload: list[Any]) -> list[Item | Malformed]:
    """The statuses of one barcode, or of a plain batch."""
    return each(payload, "")


def last(payload: Record) -> list[Item | Malformed]:
    """The last status of one barcode."""
    return [Item("", payload)]


def batch(payload: Record) -> list[Item | Malformed]:
    """What was found of a batch: by barcode a list of statuses or the last one, or all of them in one list. A barcode
    that was not found is an answer, not an event."""
    found = payload["found"]
    if isinstance(found, list):
        return each(found, "found")
    if not isinstance(found, dict | None):
        raise BadPayload("an object or a list was expected", "found")
    items: list[Item | Malformed] = []
    for barcode, statuses in (found or {}).items():
        place = f"found.{barcode}" if barcode.isalnum() and len(barcode) <= 13 else "found.*"
        items += each(statuses, place) if isinstance(statuses, list) else [Item(place, statuses)]
    return items


def status_scan(item: Item, via: str) -> Scan:
    """One status."""
    record = item.record
    code, reason = needed(record, "event"), text(record, "eventReason_id")
    meaning, office = _meaning(code, reason), text(record, "name")
    waits = meaning.status == Status.READY_FOR_PICKUP and bool(office)
    return told(
        "ukrposhta",
        _number(record),
        moment(record, "date", _kyiv),
        f"{code}/{reason}" if reason else code,
        meaning,
        via=via,
        text=joined(text(record, "eventName"), text(record, "eventReason")),
        facts=Facts(
            point=Point(text(record, "index"), office, "branch") if waits else None,
            place=office,
            country=alpha_2(text(record, "country")),
        ),
    )


def _meaning(code: str, reason: str) -> Meaning:
    exact = STATUSES.meaning(f"{code}/{reason}")
    return STATUSES.meaning(code) if "unmapped" in exact.flags else exact


def _number(record: Record) -> str:
    """The barcode; a domestic one that was kept as a number has lost the zero in front."""
    barcode = number(record, "barcode")
    return f"0{barcode}" if len(barcode) == 12 and barcode.isdecimal() else barcode


def _is_list(payload: Any) -> bool:
    return isinstance(payload, list)


UKRPOSHTA = Courier(
    "ukrposhta",
    (
        Shape("statuses answer", _is_list, history, status_scan),
        Shape("statuses with-not-found answer", has("found"), batch, status_scan),
        Shape("last status answer", has("barcode"), last, status_scan),
    ),
    (STATUSES,),
)
