"""A made-up log for the bench: shops' orders with a parcel each, and InPost's pushes of about 300 bytes a scan."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.shops import AlertTo, Bundle, ContactLines, EmailSender, SmsSender

FIRST = datetime(2026, 9, 1, 6, tzinfo=UTC)
DAYS = 14

STEPS = (
    "confirmed",
    "collected_from_sender",
    "adopted_at_source_branch",
    "sent_from_source_branch",
    "adopted_at_sorting_center",
    "sent_from_sorting_center",
    "out_for_delivery_to_address",
    "delivered",
)
"""What InPost says of a parcel, in order; further scans repeat the two of a sorting centre."""

BUNDLES = {
    shop: {
        "1": Bundle(
            shop=shop,
            version="1",
            name=shop.capitalize(),
            host=f"{shop}.example",
            contact=ContactLines(phone="220000000", email=f"help@{shop}.example"),
            sms={"PL": SmsSender(sender=shop.capitalize())},
            email=EmailSender(address=f"parcels@{shop}.example", name=shop.capitalize()),
            alerts=AlertTo(email=f"shop@{shop}.example"),
        )
    }
    for shop in ("sowa", "lela")
}


def log(parcels: int, scans: int, seed: int = 1, days: int = DAYS, prefix: str = "B") -> list[bytes]:
    """The lines of a log, by recorded time: two events and so many scans a parcel, and a heartbeat each six hours.
    Orders are placed over so many days; their ids begin with the prefix."""
    chance = random.Random(seed)
    timed = [event for number in range(parcels) for event in _parcel(number, scans, chance, days, prefix)]
    timed += _heartbeats(days)
    timed.sort(key=lambda event: event[0])
    return [json.dumps(event, separators=(",", ":")).encode() for _, event in timed]


def _parcel(
    number: int, scans: int, chance: random.Random, days: int, prefix: str
) -> Iterator[tuple[datetime, dict[str, Any]]]:
    shop = ("sowa", "lela")[number % 2]
    order, tracking = f"{prefix}{number:06d}", f"6026{ord(prefix) - ord('B')}{number:019d}"
    at = FIRST + timedelta(seconds=chance.randrange(days * 86_400))
    guest = {"customer": f"c{number // 3}", "phone": "+48 500 000 123", "email": f"c{number}@example.com"}
    placed = {"shop": shop, "order": order, "locale": "pl", "country": "PL", "recipients": [guest]}
    yield _event("order.placed", f"/shops/{shop}", f"{order}-p", at, placed)
    at += timedelta(hours=3)
    shipment = {"shop": shop, "order": order, "courier": "inpost", "number": tracking}
    yield _event("shipment.created", f"/shops/{shop}", f"{order}-s", at, shipment)
    for index, step in enumerate(steps(scans)):
        at += timedelta(minutes=chance.randrange(20, 600))
        yield _pushed(step, tracking, f"{prefix}{number * 1000 + index}", at)


def steps(scans: int) -> list[str]:
    """So many steps of a parcel's way, from the first to the last."""
    middle = [STEPS[4 + index % 2] for index in range(max(0, scans - len(STEPS)))]
    return [*STEPS[:6], *middle, *STEPS[6:]][-scans:]


def _pushed(step: str, tracking: str, name: str, at: datetime) -> tuple[datetime, dict[str, Any]]:
    body = {
        "event_ts": at.strftime("%Y-%m-%d %H:%M:%S +0000"),
        "event": "shipment_status_changed",
        "organization_id": 4711,
        "payload": {"shipment_id": int(name[1:]), "status": step, "tracking_number": tracking},
    }
    recorded, event = _event("courier.reported", "/couriers/inpost", name, at + timedelta(seconds=9), body)
    return recorded, event | {"subject": "inpost", "via": "push"}


def _heartbeats(days: int) -> Iterator[tuple[datetime, dict[str, Any]]]:
    for index in range((days + 10) * 4):
        at = FIRST + timedelta(hours=6 * index)
        for shop in BUNDLES:
            data = {"courier": "inpost", "shop": shop}
            yield _event("courier.heartbeat", f"/couriers/inpost/{shop}", str(index), at, data)


def _event(thing: str, source: str, name: str, at: datetime, data: Any) -> tuple[datetime, dict[str, Any]]:
    moment = at.isoformat().replace("+00:00", "Z")
    envelope = {"specversion": "1.0", "id": name, "source": source, "type": f"awizo.{thing}.v1", "time": moment}
    return at, envelope | {"data": data}
