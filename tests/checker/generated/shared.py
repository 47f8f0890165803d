"""Two orders of one customer that leave in one parcel, said last so that the rest of a week stays as it was."""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from generated.sheet import Sheet

Event = dict[str, Any]


def share(sheet: Sheet) -> None:
    """Now and then a shipment of one order is another order's of the same customer too."""
    events = [json.loads(line) for line in sheet.lines]
    for shop, orders in _of_customers(events):
        if len(orders) > 1 and sheet.sometimes(0.6):
            first, other = sheet.chance.sample(orders, 2)
            for shipped in _shipments(events, shop, first)[:1]:
                data = shipped["data"] | {"order": other}
                at = datetime.fromisoformat(shipped["time"]) + timedelta(minutes=1)
                sheet.say(shop, "shipment.created", at, data)


def _of_customers(events: list[Event]) -> list[tuple[str, list[str]]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for event in events:
        if event["type"] == "awizo.order.placed.v1":
            buyer = event["data"]["recipients"][0].get("customer")
            if buyer:
                found[event["data"]["shop"], buyer].append(event["data"]["order"])
    return [(shop, sorted(set(orders))) for (shop, _), orders in sorted(found.items())]


def _shipments(events: list[Event], shop: str, order: str) -> list[Event]:
    return [
        event
        for event in events
        if event["type"] == "awizo.shipment.created.v1"
        and (event["data"]["shop"], event["data"]["order"]) == (shop, order)
        and "direction" not in event["data"]
    ]
