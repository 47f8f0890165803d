"""InPost: the ShipX webhook and the public ShipX tracking answer; InPost Group's shapes are in `inpost_group`.

Both carry an offset. The webhook has no fraction of a second, so none is kept of the answer: one event, one time.
Sources: InPost's ShipX documentation (webhooks, tracking, GET /v1/statuses).
"""

from msgspec.structs import replace

from couriers.courier import Courier, Item, Shape, each, has, told
from couriers.fields import Record, joined, moment, needed, number, part, rows, text
from couriers.inpost_group import EVENTS as GROUP_EVENTS
from couriers.inpost_group import SHAPES as GROUP_SHAPES
from couriers.meanings import Meaning, Table
from couriers.timestamps import Moment, iso, to_the_second
from schemas.errors import BadInput
from schemas.parcels import Facts, Malformed, Point, Scan, Successor
from schemas.status import Status
from schemas.times import HOUR

STATUSES = Table("inpost", ("shipx", "mobile_extra", "inpost_group", "mobile_status_group"))
ORIGINS = Table("inpost", ("shipx_origin_status",))  # InPost's inner code beside the status, a partial list

EVENTS = {"shipment_confirmed": "confirmed", "offers_prepared": "offers_prepared"}
"""Webhooks that may come without a status: the one that they announce."""

AT_TARGET = frozenset({"ready_to_pickup", "pickup_reminder_sent", "pickup_time_expired"})
"""Codes of a parcel that is in the very locker it was sent to; others may be at a branch or a locker in between."""

KEPT_HOURS = {"ready_to_pickup_from_pok": 72, "ready_to_pickup_from_pok_registered": 72}
"""Codes whose own text says how long the service point keeps the parcel."""


def _read(text_: str) -> Moment:
    return to_the_second(iso(text_, "Europe/Warsaw"))


def pushed(payload: Record) -> list[Item | Malformed]:
    """The one event of a webhook."""
    return [Item("", payload)]


def pushed_scan(item: Item, via: str) -> Scan:
    """The event of a webhook: the shipment's status, and the number of its way back if it has one."""
    inner = part(item.record, "payload")
    if inner.get("tracking_number", "") is None:
        reason = "null: InPost sent this before the parcel had a number; a later event has it, so nothing is lost"
        raise BadInput(reason, "payload.tracking_number")
    try:
        named = number(inner, "tracking_number")
        code = text(inner, "status") or EVENTS.get(text(item.record, "event")) or needed(inner, "status")
    except BadInput as problem:
        raise BadInput(problem.reason, f"payload.{problem.place}") from None
    back = text(inner, "return_tracking_number")
    facts = Facts(successor=Successor("inpost", back, "return") if back else None)
    when = moment(item.record, "event_ts", _read)
    return told("inpost", named, when, code, STATUSES.meaning(code), via=via, facts=_kept(facts, code, when))


def answered(payload: Record) -> list[Item | Malformed]:
    """The events of a tracking answer, newest first as InPost lists them."""
    about = (number(payload, "tracking_number"), text(payload, "service"), _target(payload))
    return each(rows(payload, "tracking_details"), "tracking_details", about)


def answered_scan(item: Item, via: str) -> Scan:
    """One line of a tracking answer."""
    named, service, target = item.about
    code = text(item.record, "status") or text(item.record, "origin_status") or needed(item.record, "status")
    meaning = _meaning(code, text(item.record, "origin_status"))
    when = moment(item.record, "datetime", _read)
    facts = Facts(
        place=text(item.record, "location"),
        point=target if code.casefold() in AT_TARGET else None,
        redirect=target.name if target and code.casefold() == "redirect_to_box" else "",
    )
    from_locker = meaning.status == Status.DELIVERED and service.startswith("inpost_locker") and not meaning.reason
    reason = "collected_from_locker" if from_locker else ""
    return told("inpost", named, when, code, meaning, via=via, reason=reason, facts=_kept(facts, code, when))


def _meaning(code: str, origin: str) -> Meaning:
    found = STATUSES.meaning(code)
    return ORIGINS.meaning(origin or code) if "unmapped" in found.flags else found


def _kept(facts: Facts, code: str, when: Moment) -> Facts:
    hours = KEPT_HOURS.get(code.casefold())
    if hours is None:
        return facts
    return replace(facts, deadline=when.at + hours * HOUR, deadline_source="service_default")


def _target(payload: Record) -> Point | None:
    """The locker or point to which the parcel was sent."""
    wanted = part(payload, "custom_attributes")
    detail = part(wanted, "target_machine_detail")
    named = text(wanted, "target_machine_id") or text(detail, "name")
    if not named:
        return None
    address = part(detail, "address")
    kinds = detail.get("type")
    kind = "shop" if isinstance(kinds, list) and kinds and "parcel_locker" not in kinds else "locker"
    return Point(named, text(detail, "name") or named, kind, joined(text(address, "line1"), text(address, "line2")))


INPOST = Courier(
    "inpost",
    (
        Shape("ShipX webhook", has("payload"), pushed, pushed_scan),
        Shape("ShipX tracking answer", has("tracking_details"), answered, answered_scan),
        *GROUP_SHAPES,
    ),
    (STATUSES, ORIGINS, GROUP_EVENTS),
)
