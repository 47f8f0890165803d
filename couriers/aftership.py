"""AfterShip's webhook (tracking_update): an aggregator that speaks of other couriers' parcels.

Its courier slugs are resolved to ours by SLUGS and by `aggregators.CARRIERS`, so that the aggregator and the courier
itself reach one parcel; a slug that is in neither is one Malformed that says so, for a parcel under a made-up courier
would meet no order. Every webhook repeats all checkpoints under a new event_id, so an event is named by its time and
subtag. Checkpoint times are mostly naive: local to the checkpoint. Source: AfterShip's webhook and delivery sub-status
documentation.
"""

from typing import NamedTuple

from couriers.aggregators import HOMES, courier_of
from couriers.courier import Courier, Item, Shape, each, has, told
from couriers.fields import Record, first, maybe, moment, needed, number, part, rows, text
from couriers.meanings import Meaning, Table
from couriers.timestamps import Moment, iso, unix
from schemas.errors import BadInput
from schemas.parcels import Eta, Facts, Malformed, Point, Scan
from schemas.places import zone_of
from schemas.status import Status

STATUSES = Table("aftership", ("aftership_subtag", "aftership_tag"))

SLUGS: dict[str, str] = {
    "nova-poshta-global": "nova_poshta",
    "nova-poshtaint": "nova_poshta",
}
"""AfterShip's own names of couriers -> ours; those that other aggregators use too are in `aggregators.CARRIERS`."""

ALPHA_2: dict[str, str] = {
    "AUT": "AT",
    "BEL": "BE",
    "BGR": "BG",
    "CHE": "CH",
    "CHN": "CN",
    "CZE": "CZ",
    "DEU": "DE",
    "DNK": "DK",
    "ESP": "ES",
    "EST": "EE",
    "FIN": "FI",
    "FRA": "FR",
    "GBR": "GB",
    "HRV": "HR",
    "HUN": "HU",
    "IRL": "IE",
    "ITA": "IT",
    "LTU": "LT",
    "LUX": "LU",
    "LVA": "LV",
    "MDA": "MD",
    "NLD": "NL",
    "NOR": "NO",
    "POL": "PL",
    "PRT": "PT",
    "ROU": "RO",
    "SVK": "SK",
    "SVN": "SI",
    "SWE": "SE",
    "TUR": "TR",
    "UKR": "UA",
    "USA": "US",
}
"""Countries in three letters -> in two, as far as our couriers go."""


class Parcel(NamedTuple):
    """What a webhook says of the parcel as a whole."""

    courier: str
    number: str
    backwards: bool
    message: Record


def checkpoints(payload: Record) -> list[Item | Malformed]:
    """All checkpoints, and the parcel's own tag where no checkpoint has it (Pending, Expired).

    Raises BadInput for a courier that no table has and for a missing number: of use to no checkpoint.
    """
    message = part(payload, "msg")
    about = _parcel(message)
    listed = rows(message, "checkpoints")
    items = each(listed, "msg.checkpoints", about._replace(message={}))
    if items:  # what is planned goes with the last: AfterShip lists the oldest first
        items[-1] = Item(f"msg.checkpoints[{len(items) - 1}]", listed[-1], about)
    codes = {first(row, "subtag", "tag") for row in listed if isinstance(row, dict)}
    if first(message, "subtag", "tag") not in codes:
        items.append(Item("msg", {**message, "ts": payload.get("ts")}, about))
    return items


def checkpoint_scan(item: Item, via: str) -> Scan:
    """One checkpoint. Whatever brought it, it is an aggregator's word: `via` is set so."""
    del via
    record, about = item.record, item.about
    code, meaning = _meaning(text(record, "tag"), text(record, "subtag"))
    country = ALPHA_2.get(text(record, "country_iso3").upper(), "")
    when = _when(record, zone_of(country) or HOMES.get(about.courier, ""))
    return told(
        about.courier,
        about.number,
        when,
        code or needed(record, "tag"),
        meaning,
        via="aggregator",
        source="aftership",
        leg="return" if about.backwards and about.message else "",
        text=first(record, "message", "subtag_message"),
        facts=Facts(
            eta=_eta(about.message, meaning, about.courier),
            point=_point(about.message, meaning),
            place=first(record, "city", "location"),
            country=country,
            proof=_proof(about.message, meaning),
        ),
    )


def _parcel(message: Record) -> Parcel:
    try:
        slug = needed(message, "slug").casefold()
        named = number(message, "tracking_number")
    except BadInput as problem:
        raise BadInput(problem.reason, f"msg.{problem.place}") from None
    courier = SLUGS.get(slug) or courier_of(slug)
    if courier is None:
        shown = f" ({slug})" if len(slug) <= 40 and slug.replace("-", "").isalnum() and slug.isascii() else ""
        raise BadInput(f"AfterShip names a courier that is not known here{shown}: add it to SLUGS", "msg.slug")
    return Parcel(courier, named, message.get("return_to_sender") is True, message)


def _meaning(tag: str, subtag: str) -> tuple[str, Meaning]:
    """The raw code and its meaning: the subtag's, or, for one that is not known, the tag's."""
    fine = STATUSES.meaning(subtag)
    if subtag and "unmapped" not in fine.flags:
        return subtag, fine
    return "/".join(filter(None, (tag, subtag))), STATUSES.meaning(tag)


def _when(record: Record, home: str) -> Moment:
    if "ts" not in record:
        return moment(record, "checkpoint_time", lambda text_: iso(text_, home))
    try:
        return unix(record["ts"])
    except ValueError as error:
        raise BadInput(str(error), "ts") from None


def _eta(message: Record, meaning: Meaning, courier: str) -> Eta | None:
    """The courier's own date before AfterShip's; a window if it is given."""
    if meaning.status in (Status.DELIVERED, Status.RETURNED, Status.READY_FOR_PICKUP):
        return None
    home = HOMES.get(courier, "")

    def read(text_: str) -> Moment:
        return iso(text_, home)

    given = part(message, "courier_estimated_delivery_date") or part(message, "aftership_estimated_delivery_date")
    begins, ends = maybe(given, "estimated_delivery_date_min", read), maybe(given, "estimated_delivery_date_max", read)
    at = begins or maybe(given, "estimated_delivery_date", read) or maybe(message, "expected_delivery", read)
    return Eta(at.at, ends.at if begins and ends else None, "day_only" in at.flags) if at else None


def _point(message: Record, meaning: Meaning) -> Point | None:
    where = text(message, "pickup_location")
    return Point(address=where) if where and meaning.status == Status.READY_FOR_PICKUP else None


def _proof(message: Record, meaning: Meaning) -> str:
    """That somebody signed, never who."""
    signed = meaning.reason == "signed" or bool(text(message, "signed_by"))
    return "signed" if signed and meaning.status == Status.DELIVERED else ""


AFTERSHIP = Courier(
    "aftership", (Shape("tracking_update webhook", has("msg"), checkpoints, checkpoint_scan),), (STATUSES,)
)
