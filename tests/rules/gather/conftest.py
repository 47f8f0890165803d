"""A day in the life of Gather: tell it things at their times, let its wakes fall due, hear what it says.

Every step's state goes through its bytes.
"""

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.rules.gather import GATHER
from schemas.orders import SHOP_ITSELF, Happening, News, OrderFact, OrderRecord, OrderView, Role, ShipmentFact
from schemas.parcels import NO_FACTS, Occurrence, ParcelUpdate
from schemas.shops import Bundle
from schemas.times import HOUR, Millis
from schemas.wire import Arrival, Body, Stream, name_of

MONDAY = 1_792_404_000_000
"""2026-10-19 12:00 in Warsaw, a Monday."""

BUYER = Role("c-1", "buyer", "pl")


def _bundle(**changed: Any) -> Bundle:
    shop = {
        "shop": "sowa",
        "version": "1",
        "name": "Sklep Sowa",
        "host": "sowa.example",
        "contact": {"phone": "220000000", "email": "pomoc@sowa.example"},
        "email": {"address": "sklep@sowa.example", "name": "Sklep Sowa"},
        "alerts": {"email": "alarm@sowa.example", "language": "uk"},
    }
    return Bundle.model_validate(shop | changed)


class Play:
    """Plays one order. `heard` is when each courier's feed was alive; a courier not in it was never heard."""

    def __init__(self, **bundle: Any) -> None:
        self.shop: Bundle | None = _bundle(**bundle)
        self.feeds: dict[str, list[Millis]] = {}
        self.now: Millis = MONDAY
        self.said: list[Any] = []
        self.data: bytes | None = None
        self.wake_at: Millis | None = None
        self.versions: dict[str, int] = {}
        self.steps = 0

    # the context of a step
    def bundle(self, shop: str, now: Millis) -> Bundle | None:
        return self.shop

    def heard(self, courier: str, shop: str, now: Millis) -> Millis | None:
        return max((at for at in self.feeds.get(courier, ()) if at <= now), default=None)

    def alive(self, courier: str, since: Millis, until: Millis) -> None:
        """The courier's feed is heard every six hours."""
        self.feeds.setdefault(courier, []).extend(range(since, until + 1, 6 * HOUR))

    # what happens
    def take(self, body: Body | None, now: Millis) -> list[Any]:
        arrival = None if body is None else Arrival(now, Stream.ORDERS, "test", str(self.steps), body)
        state = None if self.data is None else GATHER.load(self.data)
        kept, outputs, self.wake_at = GATHER.step(state, now, arrival, self)
        self.data = None if kept is None else GATHER.dump(kept)
        assert self.wake_at is None or self.wake_at > now
        self.now, self.steps = now, self.steps + 1
        self.said.extend(outputs)
        return list(outputs)

    def until(self, moment: Millis) -> list[Any]:
        """Lets all wakes up to the moment fall due."""
        said = []
        while self.wake_at is not None and self.wake_at <= moment:
            said += self.take(None, self.wake_at)
        self.now = moment
        return said

    def tell(self, body: Body, at: Millis) -> list[Any]:
        """Something reaches the order at a moment; what it says to that."""
        self.until(at)
        return self.take(body, at)

    def order(self, happened: str, at: Millis, recorded: Millis | None = None, **fields: Any) -> list[Any]:
        return self.tell(self.fact(happened, at, recorded, **fields), at if recorded is None else recorded)

    def fact(self, happened: str, at: Millis, recorded: Millis | None = None, **fields: Any) -> OrderFact:
        if happened == "placed":
            fields = {"recipients": (BUYER,), "number": "10482", "country": "PL", "locale": "pl"} | fields
        event = fields.pop("event", name_of(happened, at))
        return OrderFact("sowa", "o1", happened, at, at if recorded is None else recorded, event, **fields)

    def ship(self, number: str, at: Millis, happened: str = "created", **fields: Any) -> list[Any]:
        body = self.shipment(number, at, happened, **fields)
        return self.tell(body, body.recorded_at)

    def shipment(self, number: str, at: Millis, happened: str = "created", **fields: Any) -> ShipmentFact:
        recorded, courier = fields.pop("recorded", at), fields.pop("courier", "inpost")
        event = fields.pop("event", name_of(happened, courier, number, at))
        return ShipmentFact("sowa", "o1", happened, at, recorded, event, courier, number, **fields)

    def scan(self, number: str, status: str, at: Millis, **fields: Any) -> list[Any]:
        """Track tells that a parcel reached a status."""
        return self.tell(self.update(number, status, at, **fields), fields.get("recorded", at))

    def update(self, number: str, status: str, at: Millis, **fields: Any) -> ParcelUpdate:
        recorded = fields.pop("recorded", at)
        version = self.versions[number] = fields.pop("version", self.versions.get(number, 0) + 1)
        name = fields.pop("name", name_of(number, status, at))
        n, late = fields.get("number_of", 1), fields.pop("late", False)
        reason, action = fields.get("reason", ""), fields.get("action", "none")
        opened = (Occurrence(name, status, at, recorded, reason, n, late, action),)
        told = {"since": at, "occurrence": name, "known_at": at, "opened": opened, "facts": NO_FACTS} | fields
        courier = told.pop("courier", "inpost")
        return ParcelUpdate("sowa", "o1", courier, number, version, recorded, status, **told)

    # what was said
    def news(self, recipient: str = "c-1") -> list[News]:
        return [said for said in self.said if isinstance(said, News) and said.recipient == recipient]

    def happened(self, recipient: str = "c-1") -> list[Happening]:
        return [told for news in self.news(recipient) for told in news.happenings]

    def triggers(self, recipient: str = "c-1") -> list[str]:
        """What was told, without what was late."""
        return [told.trigger for told in self.happened(recipient) if not told.late]

    @property
    def alerts(self) -> list[str]:
        return self.triggers(SHOP_ITSELF)

    @property
    def records(self) -> list[OrderRecord]:
        return [said for said in self.said if isinstance(said, OrderRecord)]

    @property
    def view(self) -> OrderView:
        return self.records[-1].view


@pytest.fixture
def play() -> Play:
    """An order of which nothing is known yet."""
    return Play()


@pytest.fixture
def played() -> Callable[..., Play]:
    """Makes an order of which nothing is known yet; its arguments change the shop's bundle."""
    return Play


@pytest.fixture
def monday() -> Millis:
    """2026-10-19 12:00 in Warsaw, a Monday."""
    return MONDAY
