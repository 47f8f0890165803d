"""A recipient's life in a few lines: news, contacts and wishes in, notices and decisions out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from pipelines.rules.plan import PLAN
from pipelines.rules.unfold import EMPTY, dump_cell, live_arrival, live_wake, load_cell
from schemas.customers import Contact, CustomerFact, Receipt
from schemas.messages import Decision, Notice, Withdraw
from schemas.orders import Happening, News, OrderView, ParcelView
from schemas.parcels import Facts
from schemas.shops import Bundle
from schemas.times import DAY, Millis, to_millis, zone
from schemas.wire import Arrival, Stream, pack


def warsaw(text: str) -> Millis:
    """A moment on Polish clocks: "2026-10-14 22:10"."""
    return to_millis(datetime.fromisoformat(text).replace(tzinfo=zone("Europe/Warsaw")).astimezone(UTC))


def bundle_of(**changes: Any) -> Bundle:
    return Bundle.model_validate(
        {
            "shop": "sowa",
            "version": "1",
            "name": "Sklep Sowa",
            "host": "sowa.example",
            "contact": {"phone": "220000000", "email": "pomoc@sowa.example"},
            "sms": {"PL": {"sender": "SklepSowa"}, "UA": {"sender": "SklepSowa"}},
            "email": {"address": "sklep@sowa.example", "name": "Sklep Sowa"},
            "alerts": {"email": "biuro@sowa.example"},
            **changes,
        }
    )


@dataclass
class FixedContext:
    """One bundle for ever, and heartbeats as given."""

    of_shop: Bundle
    beats: list[Millis] = field(default_factory=list)

    def bundle(self, shop: str, now: Millis) -> Bundle | None:
        return self.of_shop if shop == self.of_shop.shop else None

    def heard(self, courier: str, shop: str, now: Millis) -> Millis | None:
        return max((beat for beat in self.beats if beat <= now), default=None)


def parcel(number: str = "1", status: str = "registered", courier: str = "dpd_pl", **more: Any) -> ParcelView:
    return ParcelView(courier, number, status, **more)


@dataclass
class Life:
    """A recipient's arrivals, stepped as they are told; every state goes through its bytes."""

    context: FixedContext
    recipient: str = "anna"
    view: OrderView = field(default_factory=lambda: OrderView("10482", "10482", 0, 0, country="PL"))
    cell: bytes = field(default_factory=lambda: dump_cell(EMPTY))
    said: list[tuple[Millis, Any]] = field(default_factory=list)
    count: int = 0

    def arrive(self, at: Millis, body: Any) -> "Life":
        self.count += 1
        arrival = pack(Arrival(at, Stream.NEWS, "test", f"{self.count:06}", body))
        cell, life = live_arrival(PLAN, load_cell(self.cell), arrival, self.context)
        assert life is not None
        return self._keep(cell, life)

    def until(self, at: Millis) -> "Life":
        return self._keep(*live_wake(PLAN, load_cell(self.cell), at, self.context))

    def _keep(self, cell: Any, life: Any) -> "Life":
        assert not life.failed, life.failed
        self.cell = dump_cell(cell)
        self.said += life.said
        return self

    def contact(self, at: Millis, **more: Any) -> "Life":
        given = {"email": "anna@example.com", "phone": "+48500000001", "locale": "pl", "country": "PL", **more}
        return self.arrive(at, Contact("sowa", self.recipient, given.pop("order", "10482"), at, **given))

    def news(self, at: Millis, *happenings: Happening, **changes: Any) -> "Life":
        """The order's view with these changes, and what has happened."""
        news_only = {
            name: changes.pop(name) for name in ("removed", "withdrawn", "role", "late_join") if name in changes
        }
        self.view = replace(self.view, version=self.view.version + 1, **changes)
        return self.arrive(
            at, News("sowa", self.recipient, self.view, at, locale="pl", happenings=happenings, **news_only)
        )

    def parcels(self, at: Millis, *parcels: ParcelView, tell: bool = True, **more: Any) -> "Life":
        """The order's parcels as of now; each whose status is new is a happening."""
        before = {(p.courier, p.number): p for p in self.view.parcels}
        told, now = [], []
        for one in parcels:
            old = before.get((one.courier, one.number))
            fresh = old is None or (old.status, old.number_of) != (one.status, one.number_of)
            since, known = (at, at) if fresh else (old.since, max(old.known_at, one.known_at))
            name = f"{one.status}-{one.number_of}"
            one = replace(
                one, since=one.since or since, known_at=one.known_at or known, occurrence=one.occurrence or name
            )
            now.append(one)
            if fresh and tell:
                subject = f"{one.courier}/{one.number}"
                told.append(
                    Happening(one.status, subject, one.occurrence, one.since, at, one.number_of, one.reason, one.action)
                )
        more.setdefault("expected", len(parcels))
        return self.news(at, *told, parcels=tuple(now), **more)

    def wish(self, at: Millis, happened: str, **more: Any) -> "Life":
        return self.arrive(at, CustomerFact("sowa", self.recipient, happened, at, **more))

    def receipt(self, at: Millis, kind: str, channel: str, said: str = "undelivered", **more: Any) -> "Life":
        return self.arrive(at, Receipt("sowa", self.recipient, "10482", kind, channel, said, at, **more))

    @property
    def notices(self) -> list[Notice]:
        return [output for _at, output in self.said if isinstance(output, Notice)]

    @property
    def withdrawals(self) -> list[Withdraw]:
        return [output for _at, output in self.said if isinstance(output, Withdraw)]

    @property
    def decisions(self) -> list[Decision]:
        return [output for _at, output in self.said if isinstance(output, Decision)]

    def sent(self) -> list[tuple[str, str, str]]:
        """(kind, channel, local minute) of what was handed over."""
        clock = zone("Europe/Warsaw")
        return [
            (str(n.kind), n.routes[0].channel, f"{datetime.fromtimestamp(n.at / 1000, clock):%m-%d %H:%M}")
            for n in self.notices
        ]

    def verdict(self, kind: str) -> list[dict[str, str]]:
        return [dict(d.verdicts) for d in self.decisions if d.kind == kind]


@pytest.fixture
def life() -> Callable[..., Life]:
    """A recipient of a shop with this bundle, whose couriers are heard every hour."""

    def begin(recipient: str = "anna", silent: bool = False, **bundle: Any) -> Life:
        start = warsaw("2026-10-01 00:00")
        beats = [] if silent else [start + hour * 3_600_000 for hour in range(24 * 60)]
        return Life(
            FixedContext(bundle_of(**bundle), beats), recipient, OrderView("10482", "10482", 0, start, country="PL")
        )

    return begin


@pytest.fixture
def at() -> Callable[[str], Millis]:
    return warsaw


@pytest.fixture
def a_parcel() -> Callable[..., ParcelView]:
    return parcel


@pytest.fixture
def facts() -> type[Facts]:
    return Facts


@pytest.fixture
def happening() -> type[Happening]:
    return Happening


@pytest.fixture
def day() -> Millis:
    return DAY
