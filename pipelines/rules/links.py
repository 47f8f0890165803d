"""A parcel that goes on under another number: the event by which its order learns of it."""

import msgspec

from schemas.parcels import ParcelUpdate, parcel_key
from schemas.times import from_millis
from schemas.wire import name_of

LINKED = "awizo.shipment.linked.v1"

_encode = msgspec.json.Encoder().encode


def linked(update: ParcelUpdate) -> bytes | None:
    """The structured CloudEvent that links the parcel to its successor for this subscriber; None without a successor.
    The same pair of numbers gives the same event name."""
    successor = update.facts.successor
    if successor is None or (successor.courier, successor.number) == (update.courier, update.number):
        return None
    key, new = parcel_key(update.courier, update.number), parcel_key(successor.courier, successor.number)
    data = {
        "shop": update.shop,
        "order": update.order,
        "courier": successor.courier,
        "number": successor.number,
        "replaces": {"courier": update.courier, "number": update.number},
        "link": successor.kind,
    }
    return _encode(
        {
            "specversion": "1.0",
            "type": LINKED,
            "source": f"/awizo/track/{update.shop}",
            "id": name_of(update.shop, update.order, key, new),
            "time": from_millis(update.since or update.at).isoformat(timespec="milliseconds"),
            "data": data,
        }
    )
