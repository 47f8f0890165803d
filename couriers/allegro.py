"""Allegro: the tracking answer for the numbers of one carrier: of Allegro One itself, and a relay for others.

`carrierId` says whose parcels they are; one that is not known is one Malformed a number. Statuses come in any order and
go on after DELIVERED: a second DELIVERED after the parcel moved again is the sender's own. A number of which Allegro
knows nothing has no details, and one bad number makes Allegro refuse them all: ask for the others one by one.
Times are UTC. Source: Allegro's REST API, order/carriers/{carrierId}/tracking.
"""

from typing import Any, NamedTuple

from couriers.aggregators import unknown_courier
from couriers.courier import JSON, Courier, Item, Shape, each, has, told
from couriers.fields import Record, maybe, moment, needed, number, part, rows, text
from couriers.legs import homeward
from couriers.meanings import Meaning, Table
from couriers.timestamps import Moment, iso, to_the_second
from schemas.errors import BadInput, BadPayload
from schemas.parcels import Malformed, Scan
from schemas.status import Status
from schemas.times import Millis

STATUSES = Table("allegro", ("parcel_tracking_status", "buyer_feed"))
TEXTS = Table("allegro", ("allegro_one_text_pl",))  # Allegro One's sentences, kept for a code that lets them through

CARRIERS: dict[str, str] = {
    "ALLEGRO": "allegro",
    "DHL": "dhl",
    "DPD": "dpd_pl",
    "FEDEX": "fedex",
    "GLS": "gls",
    "INPOST": "inpost",
    "ORLEN_PACZKA": "orlen_paczka",
    "PACKETA": "packeta",
    "POCZTA_POLSKA": "poczta_polska",
    "UPS": "ups",
}
"""Allegro's carriers -> ours, in Poland. UNKNOWN is none."""

MOVES = frozenset({"in_transit", "released_for_delivery", "available_for_pickup", "notice_left", "returned"})
"""Codes of a parcel that is with the courier (again). An issue may be a complaint after delivery."""


class Waybill(NamedTuple):
    """What an answer says of a parcel as a whole. `back_from`: what is delivered from then on, the sender gets."""

    courier: str
    number: str
    back_from: Millis | None


def statuses(payload: Record) -> list[Item | Malformed]:
    """The statuses of all numbers. Raises BadPayload if Allegro refused the question."""
    if "waybills" not in payload:
        raise BadPayload("Allegro refused the question: if one number is bad, ask for the others one by one", "errors")
    carrier, items = text(payload, "carrierId").upper(), list[Item | Malformed]()
    for index, waybill in enumerate(rows(payload, "waybills")):
        items += _statuses(waybill, f"waybills[{index}]", carrier)
    return items


def _statuses(waybill: Any, place: str, carrier: str) -> list[Item | Malformed]:
    if not isinstance(waybill, dict):
        return [Item(place, waybill)]
    details = part(waybill, "trackingDetails")
    try:
        listed = rows(details, "statuses")
        about = _about(waybill, carrier, listed)
    except BadInput as problem:
        return [Malformed("allegro", problem.reason, f"{place}.{problem.place}", JSON.encode(waybill))]
    return each(listed, f"{place}.trackingDetails.statuses", about)


def _about(waybill: Record, carrier: str, listed: list[Any]) -> Waybill:
    named, courier = number(waybill, "waybill"), CARRIERS.get(carrier)
    if courier is None:
        raise unknown_courier("Allegro", carrier, "waybill", "allegro.CARRIERS")
    return Waybill(courier, named, _back_from(listed))


def _back_from(listed: list[Any]) -> Millis | None:
    """When the parcel first moved again after it was first delivered; None if it did not, or was delivered once."""
    events = [(text(event, "code").casefold(), event) for event in listed if isinstance(event, dict)]
    if sum(code == "delivered" for code, _ in events) < 2:
        return None
    times = [(when.at, code) for code, event in events if (when := maybe(event, "occurredAt", _utc))]
    delivered = min((at for at, code in times if code == "delivered"), default=0)
    return min((at for at, code in times if code in MOVES and at > delivered), default=None)


def status_scan(item: Item, via: str) -> Scan:
    """One status."""
    record, about = item.record, item.about
    code, said = needed(record, "code"), text(record, "description")
    when = moment(record, "occurredAt", _utc)
    return told(
        about.courier,
        about.number,
        when,
        code,
        homeward(_meaning(code, said), when.at, about.back_from),
        via=via if about.courier == "allegro" else "aggregator",
        source="allegro",
        text=said,
    )


def _meaning(code: str, said: str) -> Meaning:
    """What a code means; in transit covers the hand-over as well, and a sentence that is known says so."""
    found = STATUSES.meaning(code)
    if "unmapped" in found.flags:
        return TEXTS.meaning(code)
    fine = TEXTS.meaning(said)
    return fine if found.status == Status.IN_TRANSIT and fine.status in (Status.ACCEPTED, Status.IN_TRANSIT) else found


def _utc(said: str) -> Moment:
    return to_the_second(iso(said))


def _is_answer(payload: Any) -> bool:
    return has("waybills")(payload) or has("errors")(payload)


ALLEGRO = Courier("allegro", (Shape("tracking answer", _is_answer, statuses, status_scan),), (STATUSES, TEXTS))
