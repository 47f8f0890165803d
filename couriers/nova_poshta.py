"""Nova Poshta: the classic getStatusDocuments answer and the REST tracking answer.

The classic answer knows only the present state of each number, in up to five layouts of naive Kyiv time; the REST one
lists the hops, in UTC. The same code means different things in the two (16, 105), so each has its own table.
Sources: Nova Poshta's API v2.0 (TrackingDocument) and Nova Post's shipments/tracking.
"""

import re
from functools import partial
from typing import Any

from msgspec.structs import replace

from couriers.courier import Courier, Item, Shape, each, has, told
from couriers.fields import Record, amount, first, maybe, moment, needed, number, rows, text
from couriers.meanings import Meaning, Table
from couriers.timestamps import Moment, iso, mixed, to_the_second
from schemas.errors import BadInput, BadPayload
from schemas.parcels import Cod, Eta, Facts, Malformed, Point, Scan, Successor
from schemas.status import Notice, Status


def _key(code: str) -> str:
    return code.strip().casefold().lstrip("0")


STATUSES = Table("nova_poshta", ("status_code",), _key)
HOPS = Table("nova_poshta", ("rest_hop_code", "webhook_event_type"), _key)

WHEN: dict[str, tuple[str, ...]] = {
    Status.DELIVERED: ("RecipientDateTime", "ActualDeliveryDate", "TrackingUpdateDate"),
    Status.READY_FOR_PICKUP: ("ActualDeliveryDate", "TrackingUpdateDate", "DateScan"),
    Status.LABEL_CREATED: ("DateCreated", "TrackingUpdateDate"),
}
"""Which fields say when a state began, best first; for all others, when it was last updated or scanned."""

_UPDATED = ("TrackingUpdateDate", "DateScan")

IMPLIED = {"11": "9"}
"""Codes that tell only of the money, though the parcel was handed over before: the delivery is read as well, under the
code and time that it would have had, so that a delivery which was never polled is not missed."""

GOES_ON = {"CargoReturn": "return", "Redirecting": "relabel"}
"""Kinds of a document made on the basis of a parcel that carry the parcel itself on."""

COD_STATES: dict[str, str] = {
    Notice.COD_TRANSFERRED: "transferred",
    Notice.COD_PAID_OUT: "paid_out",
    Status.DELIVERED: "collected",
    Status.UNDELIVERABLE: "refused",
}
"""What became of the money, by the notice, else by the status; else it is due."""
_UNDERWAY = frozenset({Status.LABEL_CREATED, Status.ACCEPTED, Status.IN_TRANSIT, Status.IN_CUSTOMS, Status.DELAYED})
_WAITS = frozenset({Status.READY_FOR_PICKUP, Status.PICKUP_EXPIRED})

_kyiv = partial(mixed, home="Europe/Kyiv")


def _utc(text_: str) -> Moment:
    return to_the_second(iso(text_, "Europe/Kyiv"))


def documents(payload: Record) -> list[Item | Malformed]:
    """The numbers that were asked for. Raises BadPayload if Nova Poshta refused the question."""
    listed = rows(payload, "data")
    if not listed and payload.get("success") is False:
        raise BadPayload("Nova Poshta refused the question: see its errors and the API key", "errors")
    return [item for index, record in enumerate(listed) for item in _document(record, f"data[{index}]")]


def _document(record: Any, place: str) -> list[Item]:
    """What one record tells. A number that is not known yet is an answer, not an event."""
    if not isinstance(record, dict):
        return [Item(place, record)]
    code = _key(text(record, "StatusCode"))
    if code == "3" and not any(maybe(record, field, _kyiv) for field in _UPDATED):
        return []
    implied = IMPLIED.get(code) if text(record, "RecipientDateTime") else None
    return [Item(place, record, implied), Item(place, record)] if implied else [Item(place, record)]


def document_scan(item: Item, via: str) -> Scan:
    """The present state of one number."""
    record = item.record
    code = item.about or needed(record, "StatusCode")
    meaning = STATUSES.meaning(code)
    facts = Facts(
        eta=_eta(record, "ScheduledDeliveryDate") if meaning.status in _UNDERWAY else None,
        point=_point(record, code) if meaning.status in _WAITS else None,
        cod=_cod(record, meaning),
        place=text(record, "CityRecipient") if meaning.status in _WAITS else "",
        successor=_successor(record, code),
        redirect=_branch(record) if _key(code) == "104" else "",
    )
    when = _began(record, meaning)
    facts = _until(facts, record, when)
    said = "" if item.about else first(record, "UndeliveryReasonsSubtypeDescription", "Status")
    return told(
        "nova_poshta",
        number(record, "Number"),
        when,
        code,
        meaning,
        via=via,
        facts=facts,
        text="" if item.about else said,
    )


def hops(payload: Record) -> list[Item | Malformed]:
    """The hops of one number, oldest first as Nova Post lists them. What is planned goes with the last."""
    named, listed = number(payload, "number"), rows(payload, "tracking")
    items = each(listed, "tracking", (named, {}))
    return items if not items else [*items[:-1], Item(f"tracking[{len(items) - 1}]", listed[-1], (named, payload))]


def hop_scan(item: Item, via: str) -> Scan:
    """One hop."""
    record, (named, whole) = item.record, item.about
    code = text(record, "code") or text(record, "event") or needed(record, "code")
    meaning = HOPS.meaning(code)
    branch = text(record, "division_name")
    kind = "locker" if _key(code) == "8" else "branch"
    facts = Facts(
        eta=_eta(whole, "scheduled_delivery_date") if meaning.status in _UNDERWAY else None,
        point=Point(_digits(branch), _short(branch), kind) if branch and meaning.status in _WAITS else None,
        place=text(record, "settlement_name"),
        country=_country(record),
    )
    when, said = moment(record, "date", _utc), text(record, "event_name")
    return told("nova_poshta", named, when, code, meaning, via=via, facts=facts, text=said)


def _began(record: Record, meaning: Meaning) -> Moment:
    fields = WHEN.get(meaning.status, ()) if not meaning.informational else ()
    for field in (*fields, *_UPDATED):
        found = maybe(record, field, _kyiv)
        if found is not None:
            return found
    raise BadInput("no time that can be read: one of the tracking dates was expected", "TrackingUpdateDate")


def _eta(record: Record, key: str) -> Eta | None:
    found = maybe(record, key, _kyiv)
    if found is None:
        return None
    clock = text(record, key)[10:].strip()
    return Eta(found.at, day_only=not clock or "00:00:00" in clock)


def _until(facts: Facts, record: Record, when: Moment) -> Facts:
    """With the day on which a parcel that waits goes back, if that is still to come."""
    goes_back = maybe(record, "DateReturnCargo", _kyiv) if facts.point else None
    if goes_back is None or goes_back.at <= when.at:
        return facts
    return replace(facts, deadline=goes_back.at, deadline_source="carrier")


def _point(record: Record, code: str) -> Point:
    locker = _key(code) == "8" or text(record, "CategoryOfWarehouse") == "Postomat"
    named = _branch(record)
    address = text(record, "WarehouseRecipientAddress") or named.partition(":")[2].strip()
    identity = text(record, "WarehouseRecipientNumber") or _digits(named)
    return Point(identity, _short(named), "locker" if locker else "branch", address)


def _branch(record: Record) -> str:
    return text(record, "WarehouseRecipient")


def _short(branch: str) -> str:
    """`Відділення №101 (до 30 кг): вул. ...` without what follows its number."""
    return re.split(r"[(:,]", branch, maxsplit=1)[0].strip()


def _digits(branch: str) -> str:
    found = re.search(r"№\s*(\d+)", branch)
    return found[1] if found else ""


def _cod(record: Record, meaning: Meaning) -> Cod | None:
    """Money for the goods, and for the carriage if the recipient pays that; never their sum."""
    goods = amount(record, "AfterpaymentOnGoodsCost", "RedeliverySum")
    if goods is None:
        return None
    carriage = amount(record, "DocumentCost") if text(record, "PayerType") == "Recipient" else None
    state = COD_STATES.get(meaning.notice) or COD_STATES.get(meaning.status, "due")
    return Cod("UAH", goods=goods, delivery=carriage, state=state, source="nova_poshta")


def _successor(record: Record, code: str) -> Successor | None:
    """The number under which the parcel itself goes on. With 106 something else travels back: papers or money."""
    light = text(record, "LightReturnNumber")
    if light:
        return Successor("nova_poshta", light, "return")
    kind = GOES_ON.get(text(record, "LastCreatedOnTheBasisDocumentType"))
    next_ = text(record, "LastCreatedOnTheBasisNumber")
    return Successor("nova_poshta", next_, kind) if kind and next_ and _key(code) != "106" else None


def _country(record: Record) -> str:
    code = text(record, "country_code").upper()
    return code if len(code) == 2 and code.isalpha() else ""


NOVA_POSHTA = Courier(
    "nova_poshta",
    (
        Shape("getStatusDocuments answer", has("data"), documents, document_scan),
        Shape("REST tracking answer", has("tracking"), hops, hop_scan),
    ),
    (STATUSES, HOPS),
)
