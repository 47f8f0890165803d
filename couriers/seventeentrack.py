"""17TRACK's webhook (API v2.x, TRACKING_UPDATED): an aggregator that speaks of other couriers' parcels.

A parcel's courier is the provider that its `carrier` number names, else the number itself. `time_utc` counts, for
`time_iso` has an offset that is sometimes 17TRACK's own guess. The latest event comes twice, once with all that is said
of the parcel as a whole; the others are read beside it. Expired means that nobody heard of it, not an expired pickup.
TRACKING_STOPPED tells nothing of the parcel: 17TRACK only looks no longer. Source: 17TRACK's API 2.x documents.
"""

from typing import Any, NamedTuple

from couriers.aggregators import ENDS_THE_WAIT, HOMES, Parcel, courier_of, moment_at, planned, unknown_courier
from couriers.countries import alpha_2
from couriers.courier import Courier, Item, Shape, each, has, told
from couriers.fields import Record, first, moment, needed, number, part, rows, text
from couriers.meanings import Meaning, Table
from schemas.errors import BadInput
from schemas.parcels import Eta, Facts, Malformed, Scan
from schemas.places import zone_of
from schemas.status import Status

STATUSES = Table("seventeentrack", ("seventeentrack_sub_status", "seventeentrack_status"))
EVENTS = Table("seventeentrack", ("seventeentrack_push_event",))  # why 17TRACK calls; no word about the parcel

KEYS: dict[str, str] = {"100001": "dhl", "7041": "dhl", "100002": "ups", "100003": "fedex", "100005": "gls"}
"""17TRACK's numbers of couriers -> ours, for a payload that does not give the name as well."""


class Tracked(NamedTuple):
    """What a webhook says of a parcel as a whole. `whole` is empty for all events but the latest."""

    parcel: Parcel
    whole: Record


def events(payload: Record) -> list[Item | Malformed]:
    """The events of one parcel, the latest first. Raises BadInput if 17TRACK has stopped looking."""
    if _has_stopped(text(payload, "event")):
        raise BadInput("17TRACK has stopped tracking this number: register it again, or ask the courier", "event")
    data = part(payload, "data")
    info = part(data, "track_info")
    providers = [found for found in rows(part(info, "tracking"), "providers") if isinstance(found, dict)]
    parcel = _parcel(data, providers)
    latest, items = info.get("latest_event"), list[Item | Malformed]()
    if isinstance(latest, dict) and latest:
        items.append(Item("data.track_info.latest_event", latest, Tracked(parcel, info)))
    for index, provider in enumerate(providers):
        place = f"data.track_info.tracking.providers[{index}].events"
        items += _others(each(rows(provider, "events"), place, Tracked(parcel, {})), latest)
    return items


def _has_stopped(event: str) -> bool:
    kind = EVENTS.meaning(event)
    return kind.status == Status.UNKNOWN and "unmapped" not in kind.flags


def _others(items: list[Item | Malformed], latest: Any) -> list[Item | Malformed]:
    """The events but the one that is also the latest."""
    if not isinstance(latest, dict):
        return items
    known = _signature(latest)
    return [
        item
        for item in items
        if isinstance(item, Malformed) or not isinstance(item.record, dict) or _signature(item.record) != known
    ]


def _signature(event: Record) -> tuple[str, str, str]:
    return text(event, "time_utc"), text(event, "sub_status"), text(event, "description")


def _parcel(data: Record, providers: list[Record]) -> Parcel:
    named, key = number(data, "number"), text(data, "carrier")
    called = {text(part(found, "provider"), "key"): text(part(found, "provider"), "name") for found in providers}
    name = called.get(key) or ("".join(called.values()) if len(called) == 1 else "")
    courier = courier_of(name) or KEYS.get(key)
    if courier is None:
        raise unknown_courier("17TRACK", name or key, "data.carrier")
    return Parcel(courier, named, HOMES.get(courier, ""))


def event_scan(item: Item, via: str) -> Scan:
    """One event. Whatever brought it, it is an aggregator's word: `via` is set so."""
    del via
    record, about = item.record, item.about
    present = part(about.whole, "latest_status")
    code = first(record, "sub_status", "stage") or first(present, "sub_status", "status")
    meaning, address = _meaning(code), part(record, "address")
    country = alpha_2(text(address, "country"))
    when = "time_utc" if text(record, "time_utc") else "time_iso"
    return told(
        about.parcel.courier,
        about.parcel.number,
        moment(record, when, lambda said: moment_at(said, country, about.parcel.home)),
        code or needed(record, "sub_status"),
        meaning,
        via="aggregator",
        source="seventeentrack",
        text=text(record, "description"),
        facts=Facts(
            eta=None if meaning.status in ENDS_THE_WAIT else _eta(about),
            place=text(address, "city") or text(record, "location"),
            country=country,
        ),
    )


def _meaning(code: str) -> Meaning:
    """A sub-status that is not known means what its first word does: `Exception_Tomorrow` is an Exception."""
    fine = STATUSES.meaning(code)
    return STATUSES.meaning(code.partition("_")[0]) if "unmapped" in fine.flags else fine


def _eta(about: Tracked) -> Eta | None:
    given = part(about.whole, "time_metrics", "estimated_delivery_date")
    where = zone_of(alpha_2(text(part(about.whole, "shipping_info", "recipient_address"), "country")))
    return planned(text(given, "from"), text(given, "to"), where or about.parcel.home)


SEVENTEENTRACK = Courier(
    "seventeentrack",
    (Shape("webhook", has("event", "data"), events, event_scan),),
    (STATUSES,),
)
