"""DHL: the unified Shipment Tracking answer (and its push, which has the same form). The answers of its units are in
`dhl_poland` (DHL24), `dhl_germany` (Paket) and `dhl_express`.

`statusCode` is coarse and right; `status` beside it is a number, a code of the unit that carries the parcel, or a text
that may say anything. A code that the unit's table has may refine the statusCode, never contradict it; a text alone
decides nothing. Times are a mix of `Z`, offsets and none (local to the event); lists come in any order.
Source: DHL's Shipment Tracking - Unified API.
"""

from typing import Any, NamedTuple

from couriers.courier import EITHER, Courier, Item, Shape, each, has, told, unread
from couriers.dhl_express import CHECKPOINTS
from couriers.dhl_express import SHAPES as EXPRESS
from couriers.dhl_germany import SHAPE as GERMANY
from couriers.dhl_germany import STANDARD, TRIPLES
from couriers.dhl_poland import EVENTS as DHL24
from couriers.dhl_poland import SHAPE as POLAND
from couriers.fields import Record, joined, maybe, moment, needed, number, part, rows, text
from couriers.meanings import Meaning, Table
from couriers.timestamps import Moment, iso
from schemas.errors import BadInput
from schemas.parcels import Eta, Facts, Malformed, Point, Scan
from schemas.places import zone_of
from schemas.status import Status
from schemas.times import Millis


def _key(code: str) -> str:
    return "".join(code.casefold().split())


STATUSES = Table("dhl", ("unified_status_code",), _key)
SUBS = Table("dhl", ("unified_sub_status",), _key)
UNITS: dict[str, Table] = {
    "parcel-pl": Table("dhl", ("unified_sub_status", "dhl24_pl", "dhl_pl_timeline", "mojdhl_pl"), _key),
    "parcel-de": Table("dhl", ("unified_sub_status", "parcel_de_ice_ric", "parcel_de_standard_event_code"), _key),
    "express": Table("dhl", ("unified_sub_status", "express_checkpoints"), _key),
}
"""Sub-status codes by the unit (`service`) that carries the parcel. SP_DSP and SP_CN of the app's list (mojdhl_pl) are
left out: DHL24 has them too, and SP_DSP means the other end of the way there."""

_S = Status
_TROUBLE = {_S.HELD, _S.DELAYED, _S.EXCEPTION, _S.RETURNING, _S.PICKUP_EXPIRED, _S.DELIVERY_ATTEMPTED, _S.UNDELIVERABLE}
REFINES: dict[str, frozenset[str]] = {
    _S.UNKNOWN: frozenset({_S.UNKNOWN}),
    _S.LABEL_CREATED: frozenset({_S.LABEL_CREATED, _S.REGISTERED}),
    _S.IN_TRANSIT: frozenset(
        {_S.ACCEPTED, _S.IN_TRANSIT, _S.IN_CUSTOMS, _S.AT_DELIVERY_DEPOT, _S.OUT_FOR_DELIVERY, _S.READY_FOR_PICKUP}
        | _TROUBLE
    ),
    _S.EXCEPTION: frozenset(
        {_S.IN_CUSTOMS, _S.READY_FOR_PICKUP, _S.RETURNED, _S.LOST, _S.DESTROYED, _S.CANCELLED} | _TROUBLE
    ),
    _S.DELIVERED: frozenset({_S.DELIVERED, _S.RETURNED, _S.READY_FOR_PICKUP}),  # delivered TO a point: not yet
}
"""What a statusCode leaves open for a sub-status to say."""

HOMES = {"parcel-pl": "Europe/Warsaw", "parcel-de": "Europe/Berlin", "parcel-nl": "Europe/Amsterdam"}
"""The clock of a unit's naive times, where the event's own country is not given."""


Signature = tuple[str, str, str]
"""What makes two events of an answer the same: time, statusCode, status."""


class Shipment(NamedTuple):
    """What an answer says of a shipment as a whole."""

    number: str
    service: str
    leg: str = ""
    eta: Eta | None = None
    proof: str = ""
    doubled: bool = False  # a newer result has the same number: another parcel, before or at another unit


def events(payload: Record) -> list[Item | Malformed]:
    """The events of all shipments; a shipment without a number is one Malformed, the others go on."""
    shipments = rows(payload, "shipments")
    newest = _newest(shipments)
    found: list[Item | Malformed] = []
    for index, shipment in enumerate(shipments):
        found += _events(shipment, f"shipments[{index}]", newest)
    return found


def _events(shipment: Any, place: str, newest: dict[str, Millis]) -> list[Item | Malformed]:
    """The present status, which alone carries what is planned, and the events before it."""
    if not isinstance(shipment, dict):
        return [Item(place, shipment)]
    try:
        about, listed = _about(shipment, newest), rows(shipment, "events")
    except BadInput as problem:
        return [unread("dhl", shipment, place, problem)]
    past = Shipment(about.number, about.service, proof=about.proof, doubled=about.doubled)
    before = each(listed, f"{place}.events", past)
    present = shipment.get("status")
    if not isinstance(present, dict) or not text(present, "timestamp"):
        return before
    return [Item(f"{place}.status", present, about), *_others(before, _signature(present))]


def _others(items: list[Item | Malformed], present: Signature) -> list[Item | Malformed]:
    """The events but the one that is also the present status."""
    return [
        item
        for item in items
        if isinstance(item, Malformed) or not isinstance(item.record, dict) or _signature(item.record) != present
    ]


def event_scan(item: Item, via: str) -> Scan:
    """One event of a shipment."""
    record, about = item.record, item.about
    code, sub = text(record, "statusCode"), text(record, "status")
    meaning = _meaning(code, sub, about.service)
    if about.doubled:
        meaning = meaning._replace(informational=True, reason="duplicate_number_suspected")
    home = zone_of(_country(record)) or HOMES.get(about.service, "")
    when = moment(record, "timestamp", lambda text_: iso(text_, home))
    raw = "/".join(filter(None, (code, sub))) or needed(record, "statusCode")
    said = text(record, "description") or text(record, "remark")
    return told(
        "dhl",
        about.number,
        when,
        raw,
        meaning,
        via=via,
        text=said,
        leg=about.leg,
        facts=_facts(record, about, meaning),
    )


def _meaning(code: str, sub: str, service: str) -> Meaning:
    coarse = STATUSES.meaning(code)
    if not sub or "unmapped" in coarse.flags:
        return coarse
    fine = UNITS.get(service, SUBS).meaning(sub)
    return fine if fine.status in REFINES.get(coarse.status, ()) else coarse


def _facts(record: Record, about: Shipment, meaning: Meaning) -> Facts:
    ended = meaning.status in (Status.DELIVERED, Status.RETURNED)
    return Facts(
        eta=None if ended else about.eta,
        point=_point(record) if meaning.status == Status.READY_FOR_PICKUP else None,
        place=text(part(record, "location", "address"), "addressLocality"),
        country=_country(record),
        proof=about.proof if meaning.status == Status.DELIVERED else "",
    )


def _about(shipment: Record, newest: dict[str, Millis]) -> Shipment:
    named = _number(shipment)
    proof = part(shipment, "details", "proofOfDelivery")
    return Shipment(
        named,
        text(shipment, "service"),
        "return" if shipment.get("returnFlag") is True else "",
        _eta(shipment),
        "signed" if proof.get("signed") or proof.get("signatureUrl") else "",
        _heard(shipment) < newest.get(text(shipment, "id"), 0),
    )


def _number(shipment: Record) -> str:
    """The id; one that came as a JSON number has lost the zeros in front of a German piece code."""
    named = number(shipment, "id")
    lost = type(shipment.get("id")) is int and len(named) == 18 and named.startswith("340")
    return f"00{named}" if lost else named


def _newest(shipments: list[Any]) -> dict[str, Millis]:
    """When each id was last heard of: of several results for one number the newest is the parcel."""
    if len(shipments) < 2:
        return {}
    newest: dict[str, Millis] = {}
    for shipment in shipments:
        if isinstance(shipment, dict):
            named = text(shipment, "id")
            newest[named] = max(newest.get(named, 0), _heard(shipment))
    return newest


def _heard(shipment: Record) -> Millis:
    events = shipment.get("events")
    listed = [part(shipment, "status"), *(events if isinstance(events, list) else ())]
    times = (maybe(event, "timestamp", iso) for event in listed if isinstance(event, dict))
    return max((time.at for time in times if time), default=0)


def _eta(shipment: Record) -> Eta | None:
    frame = part(shipment, "estimatedDeliveryTimeFrame")
    home = zone_of(_country({"location": shipment.get("destination")})) or HOMES.get(text(shipment, "service"), "")

    def read(text_: str) -> Moment:
        return iso(text_, home)

    begins, ends = maybe(frame, "estimatedFrom", read), maybe(frame, "estimatedThrough", read)
    at = begins or maybe(shipment, "estimatedTimeOfDelivery", read) or ends
    return Eta(at.at, ends.at if begins and ends else None, "day_only" in at.flags) if at else None


def _point(record: Record) -> Point | None:
    address, label = part(record, "location", "address"), text(part(record, "location", "servicePoint"), "label")
    street, town = text(address, "streetAddress"), joined(text(address, "postalCode"), text(address, "addressLocality"))
    return Point(name=label, kind="shop", address=joined(street, town)) if label or street else None


def _country(record: Record) -> str:
    return text(part(record, "location", "address"), "countryCode").upper()


def _signature(event: Record) -> Signature:
    return text(event, "timestamp"), text(event, "statusCode"), text(event, "status")


DHL = Courier(
    "dhl",
    (*EXPRESS, Shape("unified tracking answer or push", has("shipments"), events, event_scan), GERMANY, POLAND),
    (STATUSES, SUBS, *UNITS.values(), CHECKPOINTS, TRIPLES, STANDARD, DHL24),
    EITHER,
)
