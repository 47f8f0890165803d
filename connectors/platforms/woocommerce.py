"""WooCommerce's webhooks: an order as its REST API shows it, with what plug-ins put into `meta_data`.

Every topic carries the whole order; what a status means is a table, to which a shop adds its own. A status has no time
of its own: it counts from when it was first told, and one that comes back later is not told again. Sources: WooCommerce
REST API v3 (orders, webhooks).
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from connectors.platforms.orders import cod_of, decimal, guarded, money, order_id, shipment, time_of
from connectors.platforms.paths import at, each_at, is_true_at, text_at
from connectors.platforms.people import country_of, plain_ways, recipients
from connectors.platforms.platform import Platform, Reader, Shop, Told, Webhook, event, unread
from couriers.fields import Record, needed, part, text
from couriers.timestamps import unix
from schemas.errors import BadInput
from schemas.times import Millis
from schemas.webhooks import ParcelPaths

STATUSES: dict[str, str] = {
    "pending": "",
    "processing": "confirmed",
    "on-hold": "on_hold",  # a bank transfer is awaited, or stock
    "completed": "completed",
    "cancelled": "cancelled",
    "refunded": "refunded",
    "failed": "payment_failed",
    "trash": "",  # a record put away is not an order cancelled
    "partial-shipped": "",  # Advanced Shipment Tracking's: parcels tell it
    "shipped": "",
    "delivered": "",
}
"""Status -> what happened to the order; "" is told by other facts."""

DRAFTS = frozenset({"checkout-draft", "auto-draft", "new"})
"""Statuses of what is no order yet."""

CREATED, CHANGED = "date_created_gmt", "date_modified_gmt"


def order(webhook: Webhook) -> Iterator[Told]:
    """All that an order's webhook tells."""
    found, shop = webhook.payload, webhook.shop
    named, status = order_id(found, "id"), text(found, "status")
    if status in DRAFTS:
        return
    terms = _terms(found, shop)
    if not terms["recipients"]:
        yield unread(BadInput("nobody to tell: no customer, e-mail or phone", "billing"), {"id": named})
    else:
        placed = {**terms, "order": named, "locale": _locale(found, shop), "number": text(found, "number")}
        yield event(shop, "order.placed", time_of(found, CREATED), placed, about=f"{named}/placed")
        if webhook.topic != "order.created":
            yield event(
                shop, "order.changed", time_of(found, CHANGED), terms | {"order": named}, about=f"{named}/changed"
            )
    for read in (_paid, _status, _refunds):
        yield from guarded(read, found, shop, named)
    for paths in shop.rules.parcels:
        for place, one in each_at(found, paths.each):
            yield from guarded(partial(_parcel, paths=paths, order=found, place=place), one, shop, named)


def _terms(found: Record, shop: Shop) -> dict[str, Any]:
    """What may change while an order lives."""
    bill, ship = part(found, "billing"), part(found, "shipping")
    customer = text(found, "customer_id")
    buyer = {
        "customer": "" if customer == "0" else customer,
        "email": text(bill, "email"),
        "phone": text(bill, "phone"),
    }
    total = money(text(found, "total"), text(found, "currency"))
    way = plain_ways((text(found, "payment_method"), text(found, "payment_method_title")))
    return {
        "recipients": recipients(shop, buyer, bill, ship),
        "country": country_of(ship, bill),
        "total": total,
        "gift": is_true_at(found, *shop.rules.gift) or None,
        **cod_of(bool(way & plain_ways(shop.rules.cod)), total, text(found, "currency")),
    }


def _locale(found: Record, shop: Shop) -> str:
    return text_at(found, *shop.rules.locale) or shop.language


def _paid(found: Record, shop: Shop, named: str) -> Iterator[Told]:
    if text(found, "date_paid_gmt"):
        data = {"order": named, "payment_id": text(found, "transaction_id")}
        yield event(shop, "order.paid", time_of(found, "date_paid_gmt"), data, about=f"{named}/paid")


def _status(found: Record, shop: Shop, named: str) -> Iterator[Told]:
    status = needed(found, "status").removeprefix("wc-")
    word = {**STATUSES, **shop.rules.statuses}.get(status)
    if word is None:
        reason = f"a status that is not known ({status[:40]}): add it to `webhooks.statuses` of the bundle"
        raise BadInput(reason if status.isascii() else "a status that is not known: add it to the bundle", "status")
    if word == "refunded" and _listed(found, "refunds"):
        return  # each refund tells itself
    at_ = "date_completed_gmt" if word == "completed" else CHANGED
    if word and not (word == "confirmed" and text(found, "date_paid_gmt")):
        yield event(
            shop, f"order.{word}", time_of(found, at_, CHANGED), {"order": named}, about=f"{named}/{word}", named=True
        )


def _refunds(found: Record, shop: Shop, named: str) -> Iterator[Told]:
    """Woo lists a refund's sum below zero, and no time of it."""
    total, back = decimal(text(found, "total")), Decimal(0)
    for index, refund in enumerate(_listed(found, "refunds")):
        given = decimal(text(refund, "total")) if isinstance(refund, dict) else None
        if given is None or not text(refund, "id"):
            yield unread(BadInput("a refund with its id and total was expected", f"refunds[{index}]"), refund)
            continue
        back += abs(given)
        in_part = total is None or back < total
        data = {"order": named, "refunded": money(str(abs(given)), text(found, "currency")), "in_part": in_part}
        about = f"{named}/refund/{text(refund, 'id')}"
        yield event(shop, "order.refunded", time_of(found, CHANGED), data, about=about, named=True)


def _listed(record: Record, key: str) -> list[Any]:
    found = record.get(key)
    return found if isinstance(found, list) else []


def _parcel(
    one: Record, shop: Shop, named: str, *, paths: ParcelPaths, order: Record, place: str = ""
) -> Iterator[Told]:
    """A parcel as a plug-in lists it; one without a number, or not shipped yet, has not got it yet."""
    number = text_at(one, paths.number)
    if not number or (paths.only_if and not is_true_at(one, paths.only_if)):
        return
    title = text_at(one, *paths.courier) or text_at(order, *paths.courier_of_order)
    gone = bool(paths.gone_if and text_at(one, paths.gone_if))
    yield from shipment(
        shop,
        named,
        title,
        number,
        time_of(order, CHANGED) if gone else _shipped_at(one, paths, order),
        gone=gone,
        parcel=paths.number.rpartition("{")[2].rstrip("}") if paths.each is None else "",
        titles=_delivery(order),
        place=place,
        service=paths.point_service if text_at(order, *paths.point_of_order) else "",
        always=paths.always,
    )


def _shipped_at(one: Record, paths: ParcelPaths, order: Record) -> Millis:
    """When a parcel was shipped; if that is not said, or no time, when the order was changed."""
    said = at(one, paths.shipped_at) if paths.shipped_at else None
    try:
        if isinstance(said, str) and said and not said.isdigit():
            return time_of({"said": said}, "said")
        return unix(int(said)).at if isinstance(said, str | int) and said else time_of(order, CHANGED)
    except (BadInput, ValueError):
        return time_of(order, CHANGED)


def _delivery(order: Record) -> tuple[str, ...]:
    """The ids and titles of the ways of delivery."""
    lines = [one for one in _listed(order, "shipping_lines") if isinstance(one, dict)]
    return tuple(filter(None, (text(line, key) for line in lines for key in ("method_id", "method_title"))))


TOPICS: Mapping[str, Reader] = {"order.created": order, "order.updated": order, "order.restored": order}

SILENT: Mapping[str, str] = {
    "order.deleted": "a record that is taken away is not an order cancelled: cancel it first, order.updated tells it",
}
"""Topics that say nothing of their own, and why."""

WOOCOMMERCE = Platform("woocommerce", TOPICS, SILENT)
