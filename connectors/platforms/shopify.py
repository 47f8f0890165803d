"""Shopify's webhooks: orders, fulfilments, refunds within orders, and the customer's right to be forgotten.

An order's webhook carries the whole order, its fulfilments and refunds too, so any of them repairs one that was lost.
Sources: Shopify's webhook reference (sample payloads), its pages on privacy compliance and on duplicates.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from connectors.platforms.orders import cod_of, decimal, guarded, money, order_id, shipment, time_of
from connectors.platforms.paths import is_true_at, text_at
from connectors.platforms.people import country_of, plain_ways, recipients
from connectors.platforms.platform import Platform, Reader, Shop, Told, Webhook, event, unread
from couriers.fields import Record, first, needed, part, rows, text
from schemas.errors import BadInput

NOBODY = "nobody to tell: no customer, e-mail or phone (an app sees them with access to protected customer data alone)"

GONE = frozenset({"cancelled", "error", "failure"})
"""Values of a fulfilment's `status` with which its parcels are no longer the order's."""


def order(webhook: Webhook) -> Iterator[Told]:
    """All that an order's webhook tells."""
    found, shop = webhook.payload, webhook.shop
    named = order_id(found, "id")
    terms = _terms(found, shop)
    placed_at = min(time_of(found, "created_at"), time_of(found, "processed_at", "created_at"))
    people = terms["recipients"]
    if not people:
        yield unread(BadInput(NOBODY, "customer"), {"id": named})
    else:
        placed = {**terms, "order": named, "locale": _locale(found, shop), "number": text(found, "name")}
        yield event(
            shop, "order.placed", placed_at, placed | {"test": found.get("test") is True}, about=f"{named}/placed"
        )
        if webhook.topic != "orders/create":
            changed_at = time_of(found, "updated_at")
            yield event(shop, "order.changed", changed_at, terms | {"order": named}, about=f"{named}/changed")
    for read in (_paid, _refunds, _cancelled):
        yield from guarded(read, found, shop, named)
    for index, one in enumerate(_listed(found, "fulfillments")):
        yield from guarded(
            partial(_fulfilled, place=f"fulfillments[{index}]", title=_delivery(found)), one, shop, named
        )


def _terms(found: Record, shop: Shop) -> dict[str, Any]:
    """What may change while an order lives."""
    bill, ship, customer = part(found, "billing_address"), part(found, "shipping_address"), part(found, "customer")
    buyer = {
        "customer": text(customer, "id"),
        "email": first(found, "email", "contact_email") or text(customer, "email"),
        "phone": text(found, "phone") or text(customer, "phone"),
    }
    total, ways = _total(found), found.get("payment_gateway_names")
    names = [one for one in ways if isinstance(one, str)] if isinstance(ways, list) else []
    on_delivery = bool(plain_ways(names) & plain_ways(shop.rules.cod))
    return {
        "recipients": recipients(shop, buyer, bill, ship),
        "country": country_of(ship, bill),
        "total": total,
        "gift": is_true_at(found, *shop.rules.gift) or None,
        **cod_of(on_delivery, total if len(plain_ways(names)) == 1 else None, text(found, "currency")),
    }


def _total(found: Record) -> dict[str, str] | None:
    """The order's sum as placed, in the money that the customer saw."""
    shown = part(found, "total_price_set", "presentment_money")
    sums = ((shown, "amount", "currency_code"), (found, "total_price", "currency"))
    for record, amount, currency in sums:
        if found_ := money(text(record, amount), text(record, currency)):
            return found_
    return None


def _locale(found: Record, shop: Shop) -> str:
    return text_at(found, *shop.rules.locale) or shop.language


def _delivery(found: Record) -> tuple[str, ...]:
    """The titles and codes of the ways of delivery."""
    lines = [one for one in _listed(found, "shipping_lines") if isinstance(one, dict)]
    return tuple(filter(None, (text(line, key) for line in lines for key in ("code", "title"))))


def _listed(record: Record, key: str) -> list[Any]:
    found = record.get(key)
    return found if isinstance(found, list) else []


def _paid(found: Record, shop: Shop, named: str) -> Iterator[Told]:
    """An order that is paid, as long as it stands: told late of one that was cancelled, it would be no good news."""
    if text(found, "financial_status") == "paid" and not text(found, "cancelled_at"):
        yield event(
            shop, "order.paid", time_of(found, "updated_at"), {"order": named}, about=f"{named}/paid", named=True
        )


def _refunds(found: Record, shop: Shop, named: str) -> Iterator[Told]:
    """Each refund; the one with which all is given back is the whole."""
    back = Decimal(0)
    for index, refund in enumerate(_listed(found, "refunds")):
        try:
            given, currency = _given_back(refund, text(found, "currency"))
            at = time_of(refund, "processed_at", "created_at")
        except BadInput as problem:
            yield unread(problem, refund, f"refunds[{index}]")
            continue
        back += given
        if given > 0:
            data = {"order": named, "refunded": money(str(given), currency), "in_part": _is_part(found, back, currency)}
            yield event(shop, "order.refunded", at, data, about=f"{named}/refund/{needed(refund, 'id')}", named=True)


def _is_part(found: Record, back: Decimal, currency: str) -> bool:
    """Whether less than the order's sum was given back, in the money in which that was; else as the order says."""
    shown = part(found, "total_price_set", "presentment_money")
    totals = {text(found, "currency"): text(found, "total_price"), text(shown, "currency_code"): text(shown, "amount")}
    total = decimal(totals.get(currency, ""))
    return text(found, "financial_status") != "refunded" if total is None else back < total


def _given_back(refund: Any, currency: str) -> tuple[Decimal, str]:
    """The sum of a refund's transactions that went through."""
    if not isinstance(refund, dict):
        raise BadInput("an object was expected")
    needed(refund, "id")
    done = [
        one
        for one in rows(refund, "transactions")
        if isinstance(one, dict) and text(one, "kind") == "refund" and text(one, "status") == "success"
    ]
    sums = [decimal(text(one, "amount")) for one in done]
    return sum((one for one in sums if one is not None), Decimal(0)), next(
        (text(one, "currency") for one in done if text(one, "currency")), currency
    )


def _cancelled(found: Record, shop: Shop, named: str) -> Iterator[Told]:
    if not text(found, "cancelled_at"):
        return
    data = {"order": named, "reason": text(found, "cancel_reason")}
    yield event(shop, "order.cancelled", time_of(found, "cancelled_at"), data, about=f"{named}/cancelled")


def fulfilment(webhook: Webhook) -> Iterator[Told]:
    """The parcels of one fulfilment."""
    yield from _fulfilled(webhook.payload, webhook.shop, order_id(webhook.payload, "order_id"))


def _fulfilled(one: Record, shop: Shop, named: str, place: str = "", title: tuple[str, ...] = ()) -> Iterator[Told]:
    """Its numbers; one without a number has not got it yet. A single number that is written anew replaces itself."""
    numbers = _numbers(one)
    name = needed(one, "id")
    at, gone = time_of(one, "updated_at", "created_at"), text(one, "status") in GONE
    for number in numbers:
        parcel = name if len(numbers) == 1 else ""
        yield from shipment(
            shop, named, text(one, "tracking_company"), number, at, gone=gone, parcel=parcel, titles=title, place=place
        )


def _numbers(one: Record) -> list[str]:
    several = [number for number in _listed(one, "tracking_numbers") if isinstance(number, str) and number.strip()]
    return list(dict.fromkeys(map(str.strip, several))) or list(filter(None, [text(one, "tracking_number")]))


def forgotten(webhook: Webhook) -> Iterator[Told]:
    """A customer is forgotten under each name by which they may be known here."""
    customer, shop = part(webhook.payload, "customer"), webhook.shop
    needed(webhook.payload, "shop_domain")  # the topic is not signed: an order must not pass for this
    names = {"customer": text(customer, "id"), "phone": text(customer, "phone"), "email": text(customer, "email")}
    if not any(names.values()):
        raise BadInput("missing: id, phone or e-mail of whom to forget", "customer")
    for kind, value in names.items():
        if value:
            about = f"redact/{webhook.name}/{kind}"
            yield event(shop, "customer.erased", webhook.received_at, {"who": {kind: value}}, about=about, named=True)


def for_people(webhook: Webhook, what: str) -> Iterator[Told]:
    """What only the operator can do."""
    yield unread(BadInput(what, webhook.topic), {"topic": webhook.topic})


_ASKED = "a customer asks what is kept of them: `awizo explain` shows it; answer the shop within 30 days"
_GONE = "the shop left Shopify: take its bundle and keys away, and forget its customers within 30 days"

TOPICS: Mapping[str, Reader] = {
    **dict.fromkeys(("orders/create", "orders/updated", "orders/paid", "orders/cancelled", "orders/fulfilled"), order),
    "orders/partially_fulfilled": order,
    **dict.fromkeys(("fulfillments/create", "fulfillments/update"), fulfilment),
    "customers/redact": forgotten,
    "customers/data_request": partial(for_people, what=_ASKED),
    "shop/redact": partial(for_people, what=_GONE),
}

SILENT: Mapping[str, str] = {
    "refunds/create": "it does not say whether the whole order is refunded; orders/updated, which follows, does",
    "fulfillment_events/create": "it names an order and no number; the gateway adds that of the order's one parcel",
}
"""Topics that say nothing of their own, and why."""

SHOPIFY = Platform("shopify", TOPICS, SILENT)
