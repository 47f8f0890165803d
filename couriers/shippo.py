"""Shippo: the track_updated webhook and the Track itself: an aggregator.

RETURNED is one word for on the way back and arrived there, so it is read as the first. The substatus may refine the
status, never contradict it. The present status comes again in the history; it is told once, and it alone carries what
is planned. Times are UTC. Source: Shippo's tracking documentation.
"""

from functools import partial
from typing import Any

from couriers.aggregators import ENDS_THE_WAIT, Parcel, parcel, planned, refined
from couriers.countries import alpha_2
from couriers.courier import Courier, Item, Shape, each, has, told
from couriers.fields import Record, moment, needed, part, rows, text
from couriers.meanings import Meaning, Table
from couriers.timestamps import iso, to_the_second
from schemas.errors import BadInput
from schemas.parcels import Eta, Facts, Malformed, Scan
from schemas.places import zone_of

STATUSES = Table("shippo", ("shippo_status",))
SUBS = Table("shippo", ("shippo_substatus",))


def pushed(payload: Record) -> list[Item | Malformed]:
    """The statuses of a webhook's parcel."""
    try:
        return _statuses(part(payload, "data"), "data.")
    except BadInput as problem:
        raise type(problem)(problem.reason, f"data.{problem.place}") from None


def answered(payload: Record) -> list[Item | Malformed]:
    """The statuses of one parcel."""
    return _statuses(payload, "")


def _statuses(track: Record, place: str) -> list[Item | Malformed]:
    """The present status, and those before it that are not the same."""
    about = parcel(track, "carrier", "tracking_number", "Shippo")
    before = each(rows(track, "tracking_history"), f"{place}tracking_history", (about, {}))
    present = track.get("tracking_status")
    if not isinstance(present, dict) or not present:
        return before
    others = [item for item in before if isinstance(item, Malformed) or not _same(item.record, present)]
    return [Item(f"{place}tracking_status", present, (about, track)), *others]


def _same(record: Any, present: Record) -> bool:
    return isinstance(record, dict) and _signature(record) == _signature(present)


def _signature(record: Record) -> tuple[str, str, str]:
    return text(record, "status_date"), text(record, "status"), text(part(record, "substatus"), "code")


def status_scan(item: Item, via: str) -> Scan:
    """One status. Whatever brought it, it is an aggregator's word: `via` is set so."""
    del via
    record, (about, whole) = item.record, item.about
    status, sub = needed(record, "status"), text(part(record, "substatus"), "code")
    meaning, where = _meaning(status, sub), part(record, "location")
    when = moment(record, "status_date", partial(iso, home=about.home))
    return told(
        about.courier,
        about.number,
        to_the_second(when),
        f"{status}/{sub}" if sub else status,
        meaning,
        via="aggregator",
        source="shippo",
        text=text(record, "status_details"),
        facts=Facts(
            eta=None if meaning.status in ENDS_THE_WAIT else _eta(whole, about),
            place=text(where, "city"),
            country=alpha_2(text(where, "country")),
        ),
    )


def _meaning(status: str, sub: str) -> Meaning:
    return refined(STATUSES.meaning(status), SUBS.meaning(sub))


def _eta(track: Record, about: Parcel) -> Eta | None:
    home = zone_of(alpha_2(text(part(track, "address_to"), "country"))) or about.home
    return planned(text(track, "eta"), "", home)


SHIPPO = Courier(
    "shippo",
    (
        Shape("track_updated webhook", has("event", "data"), pushed, status_scan),
        Shape("Track", has("tracking_number", "tracking_status"), answered, status_scan),
    ),
    (STATUSES, SUBS),
)
