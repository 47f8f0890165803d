"""Shopify's fulfilment events: they name an order and no parcel, so the door adds the number of the order's one parcel.

As with receipts, what a post is about is found out once, at the door: the log then holds it, and a replay needs no
store to read it.
"""

from typing import Any

import msgspec

from connectors.gateway.cloud_events import Taken
from connectors.gateway.wrapping import reported
from connectors.platforms.orders import order_id
from connectors.store.records import Records
from couriers.aggregators import courier_of
from couriers.seal_schemes import Post
from schemas.envelope import content_id, source_of_courier
from schemas.errors import BadInput
from schemas.orders import ParcelView
from schemas.times import Millis

TOPIC = "fulfillment_events/create"
COURIER, SEAL = "shopify", "hmac"


def scan_of(views: Records, shop: str, topic: str, body: bytes, now: Millis) -> Taken | None:
    """A webhook of a fulfilment event as a scan of the order's parcel; None for other webhooks, and where nobody can
    tell which parcel it is of: the order is not known yet, or has several parcels. Raises StoreDown."""
    event = _object(body) if topic == TOPIC else None
    parcel = _parcel(views, shop, event) if event is not None else None
    if event is None or parcel is None:
        return None
    whole = msgspec.json.encode({**event, "tracking_company": parcel.courier, "tracking_number": parcel.number})
    name = (source_of_courier(COURIER), content_id(whole))
    return Taken(name, reported(COURIER, Post(whole, received_at=now), SEAL))


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None
    return found if isinstance(found, dict) and "fulfillment_id" in found else None  # the topic is not signed


def _parcel(views: Records, shop: str, event: dict[str, Any]) -> ParcelView | None:
    """The order's one parcel on its way to the customer, if its courier goes by its own name in such an event."""
    try:
        order = views.order(shop, order_id(event, "order_id"))
    except BadInput:
        return None
    parcels = [parcel for parcel in order.view.parcels if parcel.direction == "outbound"] if order else []
    return parcels[0] if len(parcels) == 1 and courier_of(parcels[0].courier) == parcels[0].courier else None
