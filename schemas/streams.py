"""The streams of the log and of what comes out, each with its meaning: their names are topics, archives and columns."""

from typing import NamedTuple


class Stream(NamedTuple):
    """A named flow of events. `things`: the second word of the event types that it carries, or the second and third of
    one type alone."""

    name: str
    meaning: str
    things: tuple[str, ...] = ()

    @property
    def topic(self) -> str:
        """Its Pub/Sub topic (AWIZO_PUBSUB_PREFIX changes its beginning); the subscription that is read has its name."""
        return f"awizo-{self.name}"


ORDERS = Stream(
    "orders",
    "Orders and their shipments, as shops publish them, and webhooks of their platforms as they came.",
    ("order", "shipment", "shop.reported"),
)
COURIERS = Stream("couriers", "Couriers' payloads as they came, and heartbeats of their feeds.", ("courier",))
CUSTOMERS = Stream(
    "customers", "Customers' wishes and addresses: STOP, pauses, erasure, marks.", ("customer", "feedback")
)
RECEIPTS = Stream("receipts", "What providers said about messages, resolved to shop and recipient.", ("receipt",))
SHOPS = Stream("shops", "Which version of a shop's bundle is in force.", ("shop",))

LOG = (ORDERS, COURIERS, CUSTOMERS, RECEIPTS, SHOPS)
"""The streams that are read: together, the log."""

PARCELS = Stream("parcels", "Each new version of a parcel.")
ORDER_VIEWS = Stream("order-views", "Each new version of an order as its customer sees it.")
DECISIONS = Stream("decisions", "Each decision to send or not to send, with its reason.")
OUTCOMES = Stream("outcomes", "What became of each message.")
DEAD_LETTERS = Stream("dead-letters", "What could not be used: where and why. The store keeps it whole.")

RESULTS = (PARCELS, ORDER_VIEWS, DECISIONS, OUTCOMES, DEAD_LETTERS)
"""The streams that are written for others to read."""

_BY_THING = {thing: stream for stream in LOG for thing in stream.things}


def stream_of(event_type: str) -> Stream | None:
    """The stream that carries events of this type (`awizo.order.placed.v1`); None if none does."""
    words = event_type.split(".")
    if len(words) != 4 or words[0] != "awizo":
        return None
    return _BY_THING.get(f"{words[1]}.{words[2]}") or _BY_THING.get(words[1])
