"""EasyPost: the tracker webhook (tracker.created, tracker.updated) and the Tracker itself: an aggregator.

`status_detail` may refine `status`, never contradict it: a parcel with status delivered and detail
arrived_at_destination is delivered. Where EasyPost does not know the place of an event it writes the courier's local
time with a `Z`, so such a time is only assumed to be UTC. Source: EasyPost's Tracker documentation.
"""

from functools import partial

from couriers.aggregators import ENDS_THE_WAIT, Parcel, parcel, planned, refined
from couriers.countries import alpha_2
from couriers.courier import Courier, Item, Shape, each, has, told
from couriers.fields import Record, first, moment, needed, part, rows, text
from couriers.meanings import Meaning, Table
from couriers.timestamps import Moment, iso
from schemas.errors import BadInput
from schemas.parcels import Eta, Facts, Malformed, Scan
from schemas.places import zone_of
from schemas.status import Status

STATUSES = Table("easypost", ("easypost_status",))
DETAILS = Table("easypost", ("easypost_detail",))


def pushed(payload: Record) -> list[Item | Malformed]:
    """The events of a webhook's tracker."""
    try:
        return _events(part(payload, "result"), "result.")
    except BadInput as problem:
        raise type(problem)(problem.reason, f"result.{problem.place}") from None


def answered(payload: Record) -> list[Item | Malformed]:
    """The events of a tracker."""
    return _events(payload, "")


def _events(tracker: Record, place: str) -> list[Item | Malformed]:
    """What is planned goes with the last: EasyPost lists the oldest first."""
    about, listed = parcel(tracker, "carrier", "tracking_code", "EasyPost"), rows(tracker, "tracking_details")
    items = each(listed, f"{place}tracking_details", (about, {}))
    if items:
        items[-1] = Item(f"{place}tracking_details[{len(items) - 1}]", listed[-1], (about, tracker))
    return items


def event_scan(item: Item, via: str) -> Scan:
    """One event. Whatever brought it, it is an aggregator's word: `via` is set so."""
    del via
    record, (about, whole) = item.record, item.about
    status, detail = needed(record, "status"), text(record, "status_detail")
    meaning, where = _meaning(status, detail), part(record, "tracking_location")
    signed = meaning.status == Status.DELIVERED and bool(text(whole, "signed_by"))
    return told(
        about.courier,
        about.number,
        _when(record, where, about),
        f"{status}/{detail}" if detail else status,
        meaning,
        via="aggregator",
        source="easypost",
        text=first(record, "message", "description"),
        facts=Facts(
            eta=None if meaning.status in ENDS_THE_WAIT else _eta(whole, about),
            place=text(where, "city"),
            country=alpha_2(text(where, "country")),
            proof="signed" if signed else "",
        ),
    )


def _meaning(status: str, detail: str) -> Meaning:
    return refined(STATUSES.meaning(status), DETAILS.meaning(detail))


def _when(record: Record, where: Record, about: Parcel) -> Moment:
    found = moment(record, "datetime", partial(iso, home=about.home))
    located = any(text(where, field) for field in ("city", "state", "country", "zip"))
    return found if located or found.zone != "carrier" else Moment(found.at, "assumed_utc", found.flags)


def _eta(tracker: Record, about: Parcel) -> Eta | None:
    """The courier's own date and hour where the recipient is, before EasyPost's."""
    detail = part(tracker, "carrier_detail")
    home = zone_of(alpha_2(text(part(detail, "destination_tracking_location"), "country"))) or about.home
    day, clock = text(detail, "est_delivery_date_local"), text(detail, "est_delivery_time_local")
    return planned(f"{day}T{clock}" if day and clock else day or text(tracker, "est_delivery_date"), "", home)


EASYPOST = Courier(
    "easypost",
    (
        Shape("tracker webhook", has("result", "description"), pushed, event_scan),
        Shape("Tracker", has("tracking_code", "tracking_details"), answered, event_scan),
    ),
    (STATUSES, DETAILS),
)
