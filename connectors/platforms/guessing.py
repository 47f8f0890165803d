"""Whose webhook is a file, and of which topic? By keys that only one has; asked for where that is open."""

from typing import Any, NamedTuple

import msgspec

from schemas.errors import BadPayload

DOORS = ("shopify", "woocommerce", "csv", "cloudevents")


class Guess(NamedTuple):
    """A door, and the topic of a platform's webhook."""

    door: str
    topic: str


KEYS: tuple[tuple[frozenset[str], Guess], ...] = (
    (frozenset({"specversion"}), Guess("cloudevents", "")),
    (frozenset({"refund_line_items"}), Guess("shopify", "refunds/create")),
    (frozenset({"fulfillment_id", "happened_at"}), Guess("shopify", "fulfillment_events/create")),
    (frozenset({"tracking_company", "order_id"}), Guess("shopify", "fulfillments/update")),
    (frozenset({"financial_status"}), Guess("shopify", "orders/updated")),
    (frozenset({"orders_to_redact"}), Guess("shopify", "customers/redact")),
    (frozenset({"orders_requested"}), Guess("shopify", "customers/data_request")),
    (frozenset({"shop_domain", "shop_id"}), Guess("shopify", "shop/redact")),
    (frozenset({"date_created_gmt", "billing"}), Guess("woocommerce", "order.updated")),
)
"""Keys that only this has -> what it is; the first that fits counts. An order's topic is taken as its change."""


def guess(body: bytes) -> Guess:
    """What a file is. Raises BadPayload if that is open."""
    begins = body.lstrip()[:1]
    if begins not in (b"{", b"["):
        return Guess("csv", "")
    payload = _first(body)
    if isinstance(payload, dict):
        for keys, found in KEYS:
            if keys <= payload.keys():
                return found
        if set(payload) == {"id"}:
            return Guess("woocommerce", "order.deleted")
    raise BadPayload("whose webhook it is stands not in it: name it by --door, and its --topic")


def _first(body: bytes) -> Any:
    """The payload, or the first of several lines or of a batch."""
    for text in (body, body.lstrip().partition(b"\n")[0]):
        try:
            found = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            continue
        return found[0] if isinstance(found, list) and found else found
    return None
