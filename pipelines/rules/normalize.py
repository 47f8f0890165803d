"""One line of the log into what the actors take: packed arrivals by key, entries of the context, dead letters."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

from msgspec.structs import replace

from pipelines.rules import facts, people
from pipelines.rules.book import Book
from pipelines.rules.context import Configured, Entry, Heard
from schemas import events
from schemas.customers import CustomerFact, Receipt
from schemas.envelope import Event, Reported, ShopReported, read_structured
from schemas.errors import BadEvent, BadInput
from schemas.event_parts import Data
from schemas.messages import DeadLetter
from schemas.orders import SHOP_ITSELF, order_key, recipient_key
from schemas.parcels import Malformed, Report, Scan, parcel_key
from schemas.times import Millis
from schemas.webhooks import Unread
from schemas.wire import Arrival, Body, Stream, pack

TRACK, GATHER, PLAN = "track", "gather", "plan"

F = TypeVar("F", CustomerFact, Receipt)


class Reader(Protocol):
    """What reads couriers' payloads."""

    def __call__(self, courier: str, body: bytes, *, via: str) -> Iterator[Scan | Malformed]:
        """The events of a payload; `via`: push | answer. Raises BadInput."""


WebhookReader = Callable[[str, str, str, bytes, Millis], Iterator[bytes | Unread]]
"""What reads webhooks: (shop, platform, topic, body, when received) -> structured CloudEvents. Raises BadInput."""


def no_webhooks(*_webhook: str | bytes | Millis) -> Iterator[bytes | Unread]:
    """Reads none: each is buried."""
    raise BadEvent("webhooks are not read here", "type")


class Keyed(NamedTuple):
    """A packed arrival for one of the three actors."""

    to: str
    key: str
    arrival: bytes


Item = Keyed | Entry | DeadLetter


class Normalized(NamedTuple):
    """What a line became, and when the log had it (0 if that could not be read)."""

    recorded: Millis
    items: list[Item]


@dataclass(frozen=True)
class Door:
    """What Normalize must know. `until`: later lines are left out; None takes all."""

    book: Book
    read: Reader
    until: Millis | None = None
    webhooks: WebhookReader = no_webhooks


def normalize(line: bytes, door: Door, where: str = "", recorded: Millis | None = None) -> Normalized:
    """Read one line; `where` names the input and line in dead letters, `recorded` is when the log had it (None: the
    event says so itself). What cannot be read is a dead letter."""
    event: Event | None = None
    try:
        event = read_structured(line, recorded)
        return Normalized(event.recorded_at, _items(event, door, where, line))
    except BadInput as error:
        return Normalized(recorded or 0, [_buried(error.reason, error.place, line, where, event, recorded)])


def _items(event: Event, door: Door, where: str, line: bytes) -> list[Item]:
    if door.until is not None and event.recorded_at > door.until:
        return []
    if isinstance(event.data, Reported):
        return _reported(event, event.data, door, where)
    if isinstance(event.data, ShopReported):
        return _told(event, event.data, door, where, line)
    _hold_to_book(event.data, door.book)
    return list(READERS[type(event.data)](event, door.book))


def _hold_to_book(data: Data | ShopReported, book: Book) -> None:
    shop = getattr(data, "shop", "")
    if shop not in book.homes:
        raise BadEvent("no bundle of this shop is loaded: add its folder to --shops", "data.shop")


def _reported(event: Event, reported: Reported, door: Door, where: str) -> list[Item]:
    """What a courier's payload reports of each parcel; an item that could not be read is buried alone."""
    items: list[Item] = []
    parcels: dict[str, list[Scan]] = {}
    for scan in door.read(reported.courier, reported.body, via=reported.via):
        if isinstance(scan, Malformed):
            items.append(_buried(scan.reason, scan.place, scan.original, where, event))
        else:
            parcels.setdefault(parcel_key(scan.courier, scan.number), []).append(scan)
    for key, scans in parcels.items():
        items.append(_keyed(event, TRACK, key, Stream.PARCELS, Report(tuple(scans))))
    return items


def _told(event: Event, reported: ShopReported, door: Door, where: str, line: bytes) -> list[Item]:
    """What a shop's webhook tells. A part that could not be read is buried with the whole webhook: once its mapping is
    mended, that can be published again, and what was read of it before is known."""
    _hold_to_book(reported, door.book)
    items: list[Item] = []
    shop, platform, topic, body = reported
    for told in door.webhooks(shop, platform, topic, body, event.occurred_at):
        try:
            items += _one_of(told, event, door.book)
        except BadInput as problem:
            items.append(_buried(problem.reason, f"data.{problem.place}", line, where, event))
    return items


def _one_of(told: bytes | Unread, event: Event, book: Book) -> Iterable[Item]:
    """What one thing becomes that a webhook tells."""
    if isinstance(told, Unread):
        raise BadEvent(told.reason, told.place)
    inner = read_structured(told, event.recorded_at)
    return list(READERS[type(inner.data)](inner, book))


def _buried(
    reason: str, place: str, original: bytes, where: str, event: Event | None, recorded: Millis | None = None
) -> DeadLetter:
    at, source, name = (event.recorded_at, event.source, event.id) if event else (recorded or 0, "", "")
    return DeadLetter("Normalize", reason, place, original, at, source, name, where)


def _keyed(event: Event, to: str, key: str, stream: Stream, body: Body) -> Keyed:
    return Keyed(to, key, pack(Arrival(event.recorded_at, stream, event.source, event.id, body)))


def _order(event: Event, book: Book) -> Iterable[Item]:
    fact = facts.order_fact(event, book)
    yield _keyed(event, GATHER, order_key(fact.shop, fact.order), Stream.ORDERS, fact)
    for contact in people.contacts(event, book):
        yield _keyed(event, PLAN, recipient_key(contact.shop, contact.recipient), Stream.ORDERS, contact)


def _shipment(event: Event, book: Book) -> Iterable[Item]:
    fact = facts.shipment_fact(event, book)
    yield _keyed(event, GATHER, order_key(fact.shop, fact.order), Stream.ORDERS, fact)
    for wish in facts.subscriptions(event):
        yield _keyed(event, TRACK, parcel_key(wish.courier, wish.number), Stream.ORDERS, wish)


def _customer(event: Event, book: Book) -> Iterable[Item]:
    fact = people.customer_fact(event, book)
    if fact.happened == "replied":  # for the shop alone: it changes nothing for the customer
        yield _keyed(event, PLAN, recipient_key(fact.shop, SHOP_ITSELF), Stream.CUSTOMERS, _to_shop(fact))
        return
    yield _keyed(event, PLAN, recipient_key(fact.shop, fact.recipient), Stream.CUSTOMERS, fact)
    if fact.happened == "feedback":
        yield _keyed(event, PLAN, recipient_key(fact.shop, SHOP_ITSELF), Stream.CUSTOMERS, _to_shop(fact))


def _receipt(event: Event, _book: Book) -> Iterable[Item]:
    fact = people.receipt(event)
    yield _keyed(event, PLAN, recipient_key(fact.shop, fact.recipient), Stream.RECEIPTS, fact)
    if fact.said in ("undelivered", "failed") and fact.final and fact.recipient != SHOP_ITSELF:
        yield _keyed(event, PLAN, recipient_key(fact.shop, SHOP_ITSELF), Stream.RECEIPTS, _to_shop(fact))


def _to_shop(fact: F) -> F:
    """A copy for the shop itself, which is told of low marks and of messages that did not arrive."""
    return replace(fact, recipient=SHOP_ITSELF)


def _configured(event: Event, book: Book) -> Iterable[Item]:
    data = event.data
    assert isinstance(data, events.ShopConfigured)
    if data.version not in book.homes[data.shop].versions:
        raise BadEvent("the shop has no bundle of this version: add its folder to --shops", "data.version")
    since = max(event.occurred_at, event.recorded_at)
    yield Configured(since, event.recorded_at, event.source, event.id, data.shop, data.version)


def _heartbeat(event: Event, _book: Book) -> Iterable[Item]:
    data = event.data
    assert isinstance(data, events.CourierHeartbeat)
    yield Heard(event.recorded_at, min(event.occurred_at, event.recorded_at), data.courier, data.shop)


READERS: dict[type, Callable[[Event, Book], Iterable[Item]]] = {
    events.OrderPlaced: _order,
    events.OrderConfirmed: _order,
    events.OrderPaid: _order,
    events.OrderRefunded: _order,
    events.OrderChanged: _order,
    events.OrderHappened: _order,
    events.ShipmentCreated: _shipment,
    events.ShipmentChanged: _shipment,
    events.ShipmentCancelled: _shipment,
    events.ShipmentLinked: _shipment,
    events.CustomerChanged: _customer,
    events.CustomerOpted: _customer,
    events.CustomerErased: _customer,
    events.CustomerReplied: _customer,
    events.FeedbackGiven: _customer,
    events.ReceiptReceived: _receipt,
    events.ShopConfigured: _configured,
    events.CourierHeartbeat: _heartbeat,
}
"""Every model of `schemas.events.TYPES`, and who reads it."""
