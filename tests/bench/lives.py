"""Orders that live for seconds, for the live bench: placed, shipped, and six scans of a parcel, one after another, for
as many customers side by side as there are events a second."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import NamedTuple

from connectors.log.publisher import Entry
from schemas.streams import COURIERS, ORDERS
from schemas.times import Millis, from_millis

SCANS = {
    "label_created": "",
    "accepted": "shipped",
    "out_for_delivery": "out_for_delivery",
    "delivery_attempted": "delivery_attempted",
    "in_transit": "",
    "delivered": "delivered",
}
"""A status -> the kind of message that it calls for at once; "": none."""

STEPS = ("placed", "created", *SCANS)


class Step(NamedTuple):
    """What comes next: of which order, and which of STEPS."""

    order: str
    word: str


def steps(abreast: int) -> Iterator[Step]:
    """Without end: so many orders take each step in turn, then as many new ones."""
    for block in count():
        for word in STEPS:
            yield from (Step(f"L{block * abreast + place:07d}", word) for place in range(abreast))


def entry(step: Step, now: Millis) -> Entry:
    """The step as an event of this moment. Phones and mailboxes are of no one."""
    shop = ("sowa", "lela")[int(step.order[1:]) % 2]
    at = from_millis(now)
    number = f"LIVE{step.order}"
    if step.word == "placed":
        guest = {"customer": step.order, "phone": f"+48 500 000 {int(step.order[1:]) % 1000:03d}"}
        guest |= {"email": f"{step.order}@example.com", "locale": "pl"}
        data = {"shop": shop, "order": step.order, "locale": "pl", "country": "PL", "recipients": [guest]}
        return Entry(ORDERS, _event("order.placed", f"/shops/{shop}", f"{step.order}-p", at, data))
    if step.word == "created":
        shipment = {"shop": shop, "order": step.order, "courier": "inpost", "number": number}
        return Entry(ORDERS, _event("shipment.created", f"/shops/{shop}", f"{step.order}-s", at, shipment))
    scan = {"courier": "inpost", "number": number, "occurred_at": _text(at), "status": step.word}
    return Entry(COURIERS, _event("courier.reported", "/couriers/awizo", f"{step.order}-{step.word}", at, scan))


def _event(thing: str, source: str, name: str, at: datetime, data: object) -> bytes:
    envelope = {"specversion": "1.0", "id": name, "source": source, "type": f"awizo.{thing}.v1", "time": _text(at)}
    more = {"subject": "awizo", "via": "push"} if thing == "courier.reported" else {}
    return json.dumps(envelope | more | {"data": data}, separators=(",", ":")).encode()


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
