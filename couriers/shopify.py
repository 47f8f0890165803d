"""Shopify's fulfilment events: the fulfillment_events/create webhook, and the events of fulfilments (GraphQL).

The webhook names only Shopify's own fulfilment: whoever passes it on adds the fulfilment's `tracking_company` and
`tracking_number`, without which it reaches no parcel. A fulfilment with several numbers does not say which of them an
event is about. The fulfilment's own status is not read: it has no time of its own. What a shop's platform says is
`via` shop. Source: Shopify's Admin API (FulfillmentEvent).
"""

from functools import partial
from typing import Any

from couriers.aggregators import ENDS_THE_WAIT, Parcel, parcel, planned
from couriers.countries import alpha_2
from couriers.courier import JSON, Courier, Item, Shape, each, has, told
from couriers.fields import Record, first, moment, needed, part, rows, text
from couriers.meanings import Table
from couriers.timestamps import iso, to_the_second
from schemas.errors import BadInput
from schemas.parcels import Facts, Malformed, Scan
from schemas.places import zone_of

STATUSES = Table("shopify", ("shopify_event",))


def pushed(payload: Record) -> list[Item | Malformed]:
    """The one event of a webhook."""
    if not text(payload, "tracking_number"):
        raise BadInput("missing: Shopify names only its fulfilment, so add the fulfilment's number", "tracking_number")
    return [Item("", payload, parcel(payload, "tracking_company", "tracking_number", "Shopify"))]


def answered(payload: Record) -> list[Item | Malformed]:
    """The events of one fulfilment, or of all of an order; a fulfilment without a number is one Malformed."""
    data = part(payload, "data")
    if isinstance(data.get("fulfillment"), dict):
        return _fulfilled(data["fulfillment"], "data.fulfillment")
    items: list[Item | Malformed] = []
    for index, fulfilment in enumerate(rows(part(data, "order"), "fulfillments")):
        items += _fulfilled(fulfilment, f"data.order.fulfillments[{index}]")
    return items


def _fulfilled(fulfilment: Any, place: str) -> list[Item | Malformed]:
    if not isinstance(fulfilment, dict):
        return [Item(place, fulfilment)]
    try:
        about, listed = _about(fulfilment), rows(part(fulfilment, "events"), "nodes")
    except BadInput as problem:
        return [Malformed("shopify", problem.reason, f"{place}.{problem.place}", JSON.encode(fulfilment))]
    return each(listed, f"{place}.events.nodes", about)


def _about(fulfilment: Record) -> Parcel:
    given = [info for info in rows(fulfilment, "trackingInfo") if isinstance(info, dict) and text(info, "number")]
    if len(given) != 1:
        raise BadInput(f"{len(given)} numbers: exactly one was expected, to know whose the events are", "trackingInfo")
    return parcel(given[0], "company", "number", "Shopify")


def event_scan(item: Item, via: str) -> Scan:
    """One event, named by Shopify's id of it, which webhook and answer share."""
    del via
    record, about = item.record, item.about
    code, country = needed(record, "status"), alpha_2(text(record, "country"))
    meaning, home = STATUSES.meaning(code), zone_of(country) or about.home
    when = moment(record, "happenedAt" if "happenedAt" in record else "happened_at", partial(iso, home=home))
    eta = planned(first(record, "estimated_delivery_at", "estimatedDeliveryAt"), "", home)
    return told(
        about.courier,
        about.number,
        to_the_second(when),
        code,
        meaning,
        via="shop",
        source="shopify",
        event_id=text(record, "id").rpartition("/")[2],
        text=text(record, "message"),
        facts=Facts(
            eta=None if meaning.status in ENDS_THE_WAIT else eta,
            place=text(record, "city"),
            country=country,
        ),
    )


def _is_answer(payload: Any) -> bool:
    data = part(payload, "data") if isinstance(payload, dict) else {}
    return "fulfillment" in data or "order" in data


SHOPIFY = Courier(
    "shopify",
    (
        Shape("fulfillment_events webhook", has("fulfillment_id"), pushed, event_scan),
        Shape("fulfilments answer (GraphQL)", _is_answer, answered, event_scan),
    ),
    (STATUSES,),
)
