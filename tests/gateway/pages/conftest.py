"""Two shops with orders in every state that a customer may meet, their links, and a gateway that shows them."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from connectors.clock import StoreClock
from connectors.gateway.app import guarded
from connectors.gateway.intake import Intake
from connectors.gateway.reception import Reception
from connectors.log.publisher import MemoryPublisher
from connectors.metering import Counts
from connectors.shops import load_bundle
from connectors.store.bundles import BundleShelf
from connectors.store.keyring import Keyring
from connectors.store.ledger import Ledger
from connectors.store.links import Links
from connectors.store.opening import SANDBOX, Store, open_store
from connectors.store.records import Records
from connectors.surroundings import Surroundings
from schemas.orders import OrderRecord, OrderView, ParcelView, Role
from schemas.parcels import NO_FACTS, Cod, Eta, Facts, HistoryLine, Money, ParcelRecord, Point
from schemas.settings import PERSON_KEY, keys_of, read
from schemas.status import Action, Status
from schemas.times import Millis, to_millis
from templates.links import LIVES, KeptLink, link_code, word_of

ROOT = Path(__file__).parents[3]
SHOPS = ROOT / "infra" / "demo" / "shops"
KEYS = keys_of(read(PERSON_KEY, {}))

S = Status


def at(text: str) -> Millis:
    """A moment of 2026 in Warsaw: "10-24 14:32"."""
    moment = datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M")  # noqa: DTZ007 - the zone is put in here
    return to_millis(moment.replace(tzinfo=ZoneInfo("Europe/Warsaw")))


NOW = at("10-24 18:00")

HOURS = (*((day, 8 * 60, 20 * 60) for day in range(5)), (5, 9 * 60, 14 * 60))
LOCKER = Point("WAW123M", "", "locker", "ul. Klonowa 5, Warszawa")
POINT = Point("PL11222", "Kiosk przy Klonowej", "shop", "ul. Klonowa 7, Warszawa", HOURS)
BRANCH = Point("12", "Відділення №12", "branch", "вул. Кленова, 7, Київ", HOURS)


def line(status: str, when: str, reason: str = "", **more: Any) -> HistoryLine:
    return HistoryLine(status, reason, at(when), f"{status}{when}", **more)


WAY = (
    line(S.LABEL_CREATED, "10-22 10:00"),
    line(S.ACCEPTED, "10-22 16:40"),
    line(S.IN_TRANSIT, "10-22 21:15"),
    line(S.IN_TRANSIT, "10-23 04:02"),
    line(S.AT_DELIVERY_DEPOT, "10-24 05:30"),
    line(S.OUT_FOR_DELIVERY, "10-24 08:10"),
)


def parcel(
    number: str, *lines: HistoryLine, courier: str = "dpd_pl", facts: Facts = NO_FACTS, **more: Any
) -> ParcelView:
    """A parcel whose last applied line says where it stands."""
    last = [each for each in lines if each.applied][-1] if lines else HistoryLine(S.REGISTERED, "", 0, "")
    began = next((each.occurred_at for each in lines if each.status == last.status), 0)
    fields = {"reason": last.reason, "since": began, "known_at": last.occurred_at}
    return ParcelView(courier, number, last.status, facts=facts, **(fields | more))


@dataclass
class Scene:
    """An order with its parcels and their histories."""

    shop: str
    view: OrderView
    roles: tuple[Role, ...]
    histories: dict[str, tuple[HistoryLine, ...]] = field(default_factory=dict)

    @property
    def record(self) -> OrderRecord:
        return OrderRecord(self.shop, NOW, 0, self.view, self.roles)

    @property
    def parcels(self) -> list[ParcelRecord]:
        return [
            ParcelRecord(
                p.courier, p.number, NOW, 0, p.status, p.reason, p.since, self.histories.get(p.number, ()), p.facts
            )
            for p in self.view.parcels
        ]


def scene(
    order: str, *told: tuple[ParcelView, tuple[HistoryLine, ...]], shop: str = "sowa", locale: str = "pl", **more: Any
) -> Scene:
    fields: dict[str, Any] = {"number": order, "version": 1, "placed_at": at("10-21 12:00"), "lifecycle": "packed"}
    parcels = tuple(p for p, _ in told)
    fields |= {"country": "PL", "expected": sum(p.direction == "outbound" for p in parcels)}
    view = OrderView(order, parcels=parcels, **(fields | more))
    return Scene(shop, view, (Role("c1", "buyer", locale),), {p.number: lines for p, lines in told})


def told(number: str, *lines: HistoryLine, **more: Any) -> tuple[ParcelView, tuple[HistoryLine, ...]]:
    return parcel(number, *lines, **more), lines


def day(text: str) -> Eta:
    return Eta(at(f"{text} 00:00"), day_only=True)


COD = Cod("PLN", total=Decimal("129.00"), methods=("cash", "card", "blik"))
READY = (*WAY, line(S.READY_FOR_PICKUP, "10-24 11:05"))
DONE = (*WAY, line(S.DELIVERED, "10-24 14:32", "neighbour"))

SCENES: dict[str, Scene] = {
    "no_parcel": scene(
        "10500",
        lifecycle="confirmed",
        dispatch_by=at("10-26 16:00"),
        promised=day("10-28"),
        total=Money(Decimal("543.21"), "PLN"),
    ),
    "on_its_way": scene("10501", told("14099912345601", *WAY[:4], facts=Facts(eta=day("10-27")))),
    "silent": scene("10502", told("14099912345602", *WAY[:2])),
    "with_courier": scene(
        "10503",
        told("14099912345603", *WAY, facts=Facts(eta=Eta(at("10-24 18:00"), at("10-24 20:00")), cod=COD)),
        total=Money(Decimal("543.21"), "PLN"),
    ),
    "in_locker": scene(
        "10504",
        told(
            "620000000000000000000004",
            *READY,
            courier="inpost",
            facts=Facts(point=LOCKER, deadline=at("10-26 18:00"), deadline_source="carrier", cod=COD),
        ),
    ),
    "at_point": scene(
        "10505",
        told(
            "14099912345605",
            *READY,
            facts=Facts(
                point=POINT,
                deadline=at("10-27 20:00"),
                deadline_source="service_default",
                cod=Cod("PLN", goods=Decimal(80)),
            ),
        ),
    ),
    "attempted": scene(
        "10506",
        told(
            "14099912345606",
            *WAY,
            line(S.DELIVERY_ATTEMPTED, "10-24 13:20", "consignee_not_home"),
            facts=Facts(next_attempt=day("10-27")),
        ),
    ),
    "held": scene(
        "10507",
        told("14099912345607", *WAY[:3], line(S.HELD, "10-24 09:00", "customs_duties_unpaid"), action=Action.RECIPIENT),
    ),
    "lost": scene("10508", told("14099912345608", *WAY[:3], line(S.LOST, "10-24 09:00"))),
    "delivered": scene("10509", told("14099912345609", *DONE)),
    "going_back": scene(
        "10510",
        told(
            "14099912345610",
            *READY,
            line(S.PICKUP_EXPIRED, "10-24 12:00"),
            line(S.RETURNING, "10-24 15:00", "storage_ended"),
        ),
    ),
    "several": scene(
        "10511",
        told("14099912345611", *DONE),
        told("14099912345612", *WAY, facts=Facts(cod=COD)),
        told("14099912345613", *WAY[:3]),
        expected=4,
    ),
    "return": scene(
        "10512",
        told("14099912345614", *DONE),
        told("14099912345615", line(S.ACCEPTED, "10-24 16:00"), direction="return"),
    ),
    "cancelled": scene("10513", lifecycle="cancelled"),
    "ukrainian": scene(
        "7701",
        told(
            "20450000000001",
            *READY,
            courier="nova_poshta",
            facts=Facts(
                point=BRANCH, deadline=at("10-30 18:00"), deadline_source="carrier", cod=Cod("UAH", goods=Decimal(1250))
            ),
        ),
        shop="lela",
        locale="uk",
        country="UA",
    ),
    "asked": scene(
        "7702", told("20450000000002", *DONE, courier="nova_poshta"), shop="lela", locale="uk", country="UA"
    ),
}
"""Each by a name that says what its customer meets."""


@dataclass
class World:
    """A store with all of it, and an application on it."""

    store: Store
    reception: Reception
    log: MemoryPublisher
    time: list[Millis]

    def client(self, shop: str = "sowa", **headers: str) -> TestClient:
        """A browser at a shop's host."""
        app = guarded(self.reception, lambda: self.time[0] / 1000)
        return TestClient(app, base_url=f"https://{shop}.example", headers=headers, follow_redirects=False)

    def link(self, scope: str, shop: str = "sowa", recipient: str = "c1") -> str:
        """The code of a link that is kept."""
        code = link_code(KEYS.links, shop, recipient, scope)
        order = scope.partition("/")[2] if word_of(scope) in ("order", "feedback") else ""
        expires = NOW + LIVES[word_of(scope)]
        Links(self.store).keep([KeptLink(code, shop, recipient, order, scope, NOW, expires)])
        return code

    def order(self, name: str, recipient: str = "c1") -> str:
        """The path of an order's page."""
        shown = SCENES[name]
        self.link("preferences", shown.shop, recipient)
        return f"/p/{self.link(f'order/{shown.view.order}', shown.shop, recipient)}"

    def add(self, shown: Scene) -> None:
        """Keep an order and its parcels."""
        Records(self.store).write([shown.record, *shown.parcels])

    @property
    def events(self) -> list[dict[str, Any]]:
        """What was published."""
        return [json.loads(entry.event) for entry in self.log.entries]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    store = open_store(f"sqlite:///{tmp_path}/awizo.db", SANDBOX)
    for folder in ("sowa/2", "lela/1"):
        BundleShelf(store).put(load_bundle(SHOPS / folder), 0)
    time, log = [NOW], MemoryPublisher()
    clock = StoreClock(store, lambda: time[0])
    ledger = Ledger(store, Keyring({"1": b"sixteen bytes of secret"}), "gateway")
    around = Surroundings(store, lambda: time[0])
    reception = Reception(store, ledger, Intake(log), around, clock, KEYS, "https://hooks.awizo.example", {}, Counts())
    made = World(store, reception, log, time)
    for shown in SCENES.values():
        made.add(shown)
    yield made
    store.close()


@pytest.fixture(scope="session")
def scenes() -> dict[str, Scene]:
    return SCENES


@pytest.fixture(scope="session", name="at")
def _at() -> Callable[[str], Millis]:
    return at


def words_of(html: str) -> str:
    """What a reader sees of a page, as one line."""
    body = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(body).split())


@pytest.fixture(scope="session")
def seen() -> Callable[[str], str]:
    return words_of
