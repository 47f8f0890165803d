"""That a courier's feed is alive, as the log must know it: each scan that a shop hears of says so.

Only the hour is told: feeds count as alive for many hours, and a busy shop would else write an event for each scan.
"""

import msgspec

from pipelines.rules.actor import Context
from schemas.parcels import ParcelUpdate
from schemas.times import HOUR, Millis, from_millis
from schemas.wire import name_of

HEARTBEAT = "awizo.courier.heartbeat.v1"

_encode = msgspec.json.Encoder().encode


def heartbeat(update: ParcelUpdate, context: Context, now: Millis) -> bytes | None:
    """The structured CloudEvent that says for this subscriber: the feed was alive in the hour of the newest scan. None
    if the log knew by `now` that it was alive then, or later. The same hour of a feed gives the same event."""
    hour = update.known_at // HOUR * HOUR
    if hour <= (context.heard(update.courier, update.shop, now) or 0):
        return None
    return _encode(
        {
            "specversion": "1.0",
            "type": HEARTBEAT,
            "source": f"/awizo/track/{update.shop}",
            "id": name_of(update.courier, update.shop, str(hour)),
            "time": from_millis(hour).isoformat(timespec="milliseconds"),
            "data": {"courier": update.courier, "shop": update.shop},
        }
    )
