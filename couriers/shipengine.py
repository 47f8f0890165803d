"""ShipEngine (ShipStation API): the track webhook (API_TRACK, TRACK_EVENT_V2) and the tracking answer: an aggregator.

`status_detail_code` may refine `status_code`, never contradict it. Delivered to a pickup point is not delivered.
`occurred_at` is UTC; `carrier_occurred_at`, which stands in for it, is local to the event. Source: ShipEngine's
tracking documentation.
"""

from couriers.aggregators import ENDS_THE_WAIT, REFINES, Parcel, moment_at, parcel, planned, refined
from couriers.countries import alpha_2
from couriers.courier import Courier, Item, Shape, each, has, told
from couriers.fields import Record, first, moment, needed, part, rows, text
from couriers.meanings import Meaning, Table
from schemas.errors import BadInput
from schemas.parcels import Eta, Facts, Malformed, Scan
from schemas.status import Status

STATUSES = Table("shipengine", ("shipengine_status",))
DETAILS = Table("shipengine", ("shipengine_detail",))

OPENS = {**REFINES, Status.LABEL_CREATED: REFINES[Status.LABEL_CREATED] | {Status.CANCELLED}}
"""What a status leaves open for its detail; NY is also that of an order that was cancelled before it left."""


def pushed(payload: Record) -> list[Item | Malformed]:
    """The events of a webhook's parcel."""
    try:
        return _events(part(payload, "data"), "data.")
    except BadInput as problem:
        raise type(problem)(problem.reason, f"data.{problem.place}") from None


def answered(payload: Record) -> list[Item | Malformed]:
    """The events of one parcel."""
    return _events(payload, "")


def _events(tracked: Record, place: str) -> list[Item | Malformed]:
    """What is planned goes with the first: ShipEngine lists the newest first."""
    about, listed = parcel(tracked, "carrier_code", "tracking_number", "ShipEngine"), rows(tracked, "events")
    items = each(listed, f"{place}events", (about, {}))
    if items:
        items[0] = Item(f"{place}events[0]", listed[0], (about, tracked))
    return items


def event_scan(item: Item, via: str) -> Scan:
    """One event. Whatever brought it, it is an aggregator's word: `via` is set so."""
    del via
    record, (about, whole) = item.record, item.about
    status, detail = needed(record, "status_code"), text(record, "status_detail_code")
    meaning, country = _meaning(status, detail), alpha_2(text(record, "country_code"))
    when = "occurred_at" if text(record, "occurred_at") else "carrier_occurred_at"
    signed = meaning.status == Status.DELIVERED and bool(text(record, "signer"))
    return told(
        about.courier,
        about.number,
        moment(record, when, lambda said: moment_at(said, country, about.home)),
        f"{status}/{detail}" if detail else status,
        meaning,
        via="aggregator",
        source="shipengine",
        text=first(record, "description", "status_detail_description", "carrier_status_description"),
        facts=Facts(
            eta=None if meaning.status in ENDS_THE_WAIT else _eta(whole, about),
            place=text(record, "city_locality"),
            country=country,
            proof="signed" if signed else "",
        ),
    )


def _meaning(status: str, detail: str) -> Meaning:
    return refined(STATUSES.meaning(status), DETAILS.meaning(detail), OPENS)


def _eta(tracked: Record, about: Parcel) -> Eta | None:
    return planned(text(tracked, "estimated_delivery_date"), "", about.home)


SHIPENGINE = Courier(
    "shipengine",
    (
        Shape("track webhook", has("resource_type", "data"), pushed, event_scan),
        Shape("tracking answer", has("tracking_number", "events"), answered, event_scan),
    ),
    (STATUSES, DETAILS),
)
