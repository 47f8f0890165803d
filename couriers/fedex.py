"""FedEx: the Track v1 answer, and the Advanced Integrated Visibility webhook, which has the same `output`.

An event's `eventType` counts first. Where it only says that something went wrong, the `exceptionCode` beside it says
what; the derived status is coarser and counts where the type is not known. One number may have several results: an
older parcel had it before. Times have offsets that change within a history; lists are newest first. The codes of who
possesses a parcel have no field of their own here. Source: FedEx's Track API and its tables of codes.
"""

from functools import partial
from typing import Any, NamedTuple

from msgspec.structs import replace

from couriers.courier import JSON, Courier, Item, Shape, each, has, told
from couriers.fields import Record, country, joined, maybe, moment, needed, number, objects, part, rows, text
from couriers.meanings import Meaning, Table
from couriers.timestamps import Moment, iso
from schemas.errors import BadInput
from schemas.parcels import Eta, Facts, Malformed, Point, Scan, Successor
from schemas.places import zone_of
from schemas.status import HARD_ENDS, Status
from schemas.times import Millis

STATUSES = Table("fedex", ("event_and_status_codes",))
REGULATORY = Table("fedex", ("regulatory",))
EXCEPTIONS: dict[str, Table] = {
    "de": Table("fedex", ("exception_of_delivery", "exception_codes_seen")),
    "se": Table("fedex", ("exception_codes_seen",)),
}
"""Coarse event types -> what their exception codes mean."""

BY_CUSTOMS = frozenset({"cc", "cd", "cp"})
"""Derived statuses of events about customs, where EA is no airport."""

DELAYS = {"WEATHER": "weather_delay", "CLEARANCE": "customs_delay"}
"""Why a parcel is late, of what `delayDetail` may say."""

ON_UNDER = {"RETURNED_TO_SHIPPER_TRACKING_NUMBER": "return", "REROUTE_TRACKING_NUMBER": "relabel"}
"""Identifiers of a package under which it goes on."""

ETAS = ("ESTIMATED_DELIVERY", "APPOINTMENT_DELIVERY")
SHIPPED = ("SHIP", "ACTUAL_PICKUP")
_AGELESS: tuple[Millis, Millis] = (0, 0)
_PLANNED = frozenset({Status.DELIVERED, Status.READY_FOR_PICKUP, Status.RETURNING, *HARD_ENDS})


class Package(NamedTuple):
    """What a result says of the parcel as a whole. `whole` is empty but for its newest event."""

    number: str
    doubled: bool
    proof: str
    whole: Record


def events(payload: Record) -> list[Item | Malformed]:
    """The events of all numbers; a result that cannot be read is one Malformed, the others go on."""
    found: list[Item | Malformed] = []
    for at, asked in enumerate(rows(part(payload, "output"), "completeTrackResults")):
        place = f"output.completeTrackResults[{at}]"
        found += _of_number(asked, place) if isinstance(asked, dict) else [Item(place, asked)]
    return found


def _of_number(asked: Record, place: str) -> list[Item | Malformed]:
    listed = asked.get("trackResults")
    results = listed if isinstance(listed, list) else [listed]
    ages = [_age(result) for result in results] if len(results) > 1 else [_AGELESS]
    found: list[Item | Malformed] = []
    for at, (result, age) in enumerate(zip(results, ages, strict=False)):
        found += _of_result(result, asked, f"{place}.trackResults[{at}]", age < max(ages))
    return found


def _of_result(result: Any, asked: Record, place: str, doubled: bool) -> list[Item | Malformed]:
    """The events of a result, newest first. A number that is not known yet is an answer, not an event."""
    if not isinstance(result, dict):
        return [Item(place, result)]
    try:
        listed = _scans(result)
        named = number(part(result, "trackingNumberInfo") or asked, "trackingNumber") if listed else ""
    except BadInput as problem:
        return [Malformed("fedex", problem.reason, f"{place}.{problem.place}", JSON.encode(result))]
    past = Package(named, doubled, _proof(result), {})
    items = each(listed, f"{place}.scanEvents", past)
    return [Item(f"{place}.scanEvents[0]", listed[0], past._replace(whole=result)), *items[1:]] if items else []


def _scans(result: Record) -> list[Any]:
    listed = rows(result, "scanEvents")
    refused = text(part(result, "error"), "code")
    if not listed and refused and "NOTFOUND" not in refused.replace(".", "").replace("_", "").upper():
        raise BadInput("an error in the place of events: see its code and the number", "error.code")
    return listed


def event_scan(item: Item, via: str) -> Scan:
    """One event."""
    record, about = item.record, item.about
    meaning, raw = _meaning(record)
    if about.doubled:
        meaning = meaning._replace(informational=True, reason="duplicate_number_suspected")
    late = DELAYS.get(text(part(record, "delayDetail"), "type").upper(), "")
    return told(
        "fedex",
        about.number,
        moment(record, "date", partial(iso, home=_home(part(record, "scanLocation")))),
        raw or needed(record, "eventType"),
        meaning,
        via=via,
        reason=late if meaning.status == Status.DELAYED and not meaning.reason else "",
        text=joined(text(record, "eventDescription"), text(record, "exceptionDescription")),
        facts=_facts(record, about, meaning),
    )


def _meaning(record: Record) -> tuple[Meaning, str]:
    """What an event means, and its raw code with those beside it that had a say."""
    kind, derived = text(record, "eventType"), text(record, "derivedStatusCode")
    exception, coarse = text(record, "exceptionCode"), STATUSES.meaning(kind)
    raw = "/".join(filter(None, (kind, exception)))
    if "unmapped" in coarse.flags and derived:
        return STATUSES.meaning(derived), "/".join(filter(None, (raw, derived)))
    if derived.casefold() in BY_CUSTOMS and "unmapped" not in REGULATORY.meaning(kind).flags:
        return REGULATORY.meaning(kind), f"{raw}/{derived}"
    table = EXCEPTIONS.get(kind.casefold())
    fine = table.meaning(exception) if table and exception else coarse
    return (coarse if "unmapped" in fine.flags else fine), raw


def _facts(record: Record, about: Package, meaning: Meaning) -> Facts:
    where = part(record, "scanLocation")
    facts = Facts(place=text(where, "city"), country=country(where, "countryCode"))
    if meaning.status == Status.DELIVERED:
        facts = replace(facts, proof=about.proof)
    if not about.whole:
        return facts
    return replace(
        facts,
        eta=None if meaning.status in _PLANNED else _eta(about.whole),
        point=_point(about.whole) if meaning.status == Status.READY_FOR_PICKUP else None,
        successor=_successor(about.whole),
    )


def _eta(result: Record) -> Eta | None:
    read = partial(iso, home=_home(part(result, "recipientInformation", "address")))
    frame = part(result, "estimatedDeliveryTimeWindow", "window")
    begins, ends = maybe(frame, "begins", read), maybe(frame, "ends", read)
    said = next((date for kind in ETAS for date in _dates(result, kind)), {})
    at = begins or maybe(said, "dateTime", read) or ends
    day_only = at is not None and not begins and "T00:00:00" in text(said, "dateTime")
    return Eta(at.at, ends.at if begins and ends else None, day_only or "day_only" in at.flags) if at else None


def _dates(result: Any, kind: str) -> list[Record]:
    dates = objects(result, "dateAndTimes") if isinstance(result, dict) else []
    return [date for date in dates if text(date, "type") == kind]


def _age(result: Any) -> tuple[Millis, Millis]:
    """When a result's parcel was sent and when it was last heard of: of several, the newest is the parcel."""
    sent = [maybe(date, "dateTime", iso) for kind in SHIPPED for date in _dates(result, kind)]
    scans = objects(result, "scanEvents") if isinstance(result, dict) else []
    heard = [maybe(scan, "date", iso) for scan in scans]
    return _latest(sent), _latest(heard)


def _latest(moments: list[Moment | None]) -> Millis:
    return max((found.at for found in moments if found), default=0)


def _point(result: Record) -> Point | None:
    held = part(result, "holdAtLocation")
    address = part(held, "locationContactAndAddress", "address")
    lines = address.get("streetLines")
    street = joined(*(line.strip() for line in lines if isinstance(line, str))) if isinstance(lines, list) else ""
    town = " ".join(filter(None, (text(address, "postalCode"), text(address, "city"))))
    name = text(part(held, "locationContactAndAddress", "contact"), "companyName")
    return Point(text(held, "locationId"), name, "shop", joined(street, town)) if name or street else None


def _proof(result: Record) -> str:
    kinds = [text(image, "type") for image in objects(result, "availableImages")]
    return "signed" if "SIGNATURE_PROOF_OF_DELIVERY" in kinds else ""


def _successor(result: Record) -> Successor | None:
    for identifier in objects(part(result, "additionalTrackingInfo"), "packageIdentifiers"):
        kind = ON_UNDER.get(text(identifier, "type"))
        values = identifier.get("values") if kind else None
        if kind and isinstance(values, list) and values and isinstance(values[0], str) and values[0].strip():
            return Successor("fedex", values[0].strip(), kind)
    return None


def _home(where: Record) -> str:
    return zone_of(country(where, "countryCode")) or ""


FEDEX = Courier(
    "fedex",
    (Shape("Track answer or webhook", has("output"), events, event_scan),),
    (STATUSES, REGULATORY, *EXCEPTIONS.values()),
)
