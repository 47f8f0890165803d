"""Who and what plays in the demo: the log, its shops, customers, orders and parcels. A story calls them in words.

Times are written "14.10 09:05" on the clock of their shop (Warsaw or Kyiv) in 2026; ", 2" marks the second pass of an
hour that the end of summer time repeats.
"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from infra.demo import payloads
from infra.demo.payloads import KYIV, WARSAW, Place, Seen

Json = dict[str, Any]


def moment(text: str, zone: ZoneInfo = WARSAW) -> datetime:
    """The aware datetime of "14.10 09:05"."""
    clock, _, passed = text.partition(", ")
    naive = datetime.strptime(f"2026 {clock}", "%Y %d.%m %H:%M")  # noqa: DTZ007 - the zone comes with the next line
    return naive.replace(tzinfo=zone, fold=int(passed == "2"))


def day(text: str) -> str:
    """The ISO date of "14.10"."""
    return date(2026, int(text[3:5]), int(text[:2])).isoformat()


Carried = TypeVar("Carried", bound="Parcel")


class Log:
    """CloudEvents in structured mode, one a line, in the order in which they were recorded."""

    def __init__(self) -> None:
        self._lines: list[tuple[datetime, int, str]] = []
        self._ids: dict[str, int] = {}

    def event(
        self, kind: str, source: str, at: datetime, data: object, heard: datetime | None = None, **more: str
    ) -> None:
        """One event. Without `heard` the log had it two seconds after it happened."""
        count = self._ids[source] = self._ids.get(source, 0) + 1
        recorded = heard or at + timedelta(seconds=2)
        line = {
            "specversion": "1.0",
            "id": f"{source.split('/')[-1]}-{count:05}",
            "source": source,
            "type": f"awizo.{kind}.v1",
            "time": _utc(at),
            "recordedtime": _utc(recorded),
            **more,
            "data": data,
        }
        self.raw(recorded, json.dumps(line, ensure_ascii=False, separators=(",", ":")))

    def raw(self, recorded: datetime, line: str) -> None:
        """A line as it is, even a broken one."""
        self._lines.append((recorded, len(self._lines), line))

    def reported(self, courier: str, heard: datetime, body: object, via: str) -> None:
        """A courier's payload as it came."""
        kind = "text/xml" if isinstance(body, str) else "application/json"
        more = {"subject": courier, "via": via, "datacontenttype": kind}
        self.event("courier.reported", f"/couriers/{courier}", heard, body, heard, **more)

    def lines(self) -> list[str]:
        """All lines, by the time at which they were recorded."""
        return [line for _, _, line in sorted(self._lines, key=lambda kept: kept[:2])]


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Customer:
    """Somebody with an address in a fictional range, or without any."""

    def __init__(self, shop: "Shop", name: str, locale: str, phone: str = "", email: str = "", **wishes: Any) -> None:
        self.shop = shop
        self.name = name
        self.locale = locale
        self.phone = phone
        self.email = email
        self.wishes = wishes

    def recipient(self, **more: Any) -> Json:
        """As an order names its recipient."""
        ways = {"phone": self.phone, "email": self.email}
        given = {name: value for name, value in ways.items() if value}
        return {"customer": self.name, "locale": self.locale} | given | self.wishes | more

    def says(self, happened: str, at: str, **data: Any) -> None:
        """`changed`, `opted_out`, `opted_in` or `erased`, with its data."""
        self.shop.tell(f"customer.{happened}", at, {"who": {"customer": self.name}} | data)


class Shop:
    """A shop of the demo: its id, clock and log."""

    def __init__(self, log: Log, name: str, zone: ZoneInfo) -> None:
        self.log = log
        self.name = name
        self.zone = zone

    def at(self, text: str) -> datetime:
        return moment(text, self.zone)

    def tell(self, kind: str, at: str, data: Json, heard: str = "") -> None:
        """An event of this shop, heard at once unless said otherwise."""
        late = self.at(heard) if heard else None
        self.log.event(kind, f"/shops/{self.name}", self.at(at), {"shop": self.name} | data, late)

    def customer(self, name: str, locale: str = "", ways: str = "both", **wishes: Any) -> Customer:
        """A customer; `ways` are both, phone, email or none. The name's digits make the addresses."""
        locale = locale or ("uk" if self.zone == KYIV else "pl")
        prefix = "+380670000" if locale == "uk" else "+48500000"
        phone = f"{prefix}{name[-3:]}" if ways in {"both", "phone"} else ""
        email = f"{name}@poczta.example.com" if ways in {"both", "email"} else ""
        return Customer(self, name, locale, phone, email, **wishes)

    def bought(self, number: str, at: str, *buyers: Customer | Json, **data: Any) -> "Order":
        """An order that is paid a minute later, so that its confirmation joins "received"."""
        order = self.order(number, at, *buyers, **data)
        paid = self.at(at) + timedelta(minutes=1)
        return order.happens("paid", paid.strftime("%d.%m %H:%M"), payment_id=f"pay-{number}")

    def order(self, number: str, at: str, *buyers: Customer | Json, heard: str = "", **data: Any) -> "Order":
        """An order is placed. A buyer is a customer, or a recipient as an order names it."""
        recipients = [buyer.recipient() if isinstance(buyer, Customer) else buyer for buyer in buyers]
        defaults = {"order": number, "locale": recipients[0].get("locale", "pl"), "recipients": recipients}
        self.tell("order.placed", at, defaults | {"country": "UA" if self.zone == KYIV else "PL"} | data, heard)
        return Order(self, number)


class Order:
    """An order that was placed."""

    def __init__(self, shop: Shop, number: str) -> None:
        self.shop = shop
        self.number = number

    def happens(self, step: str, at: str, heard: str = "", **data: Any) -> "Order":
        """A step of its life: paid, confirmed, packed, cancelled, refunded, changed ..."""
        self.shop.tell(f"order.{step}", at, {"order": self.number} | data, heard)
        return self

    def by(
        self,
        courier: type[Carried],
        at: str,
        nth: int = 1,
        point: Place | None = None,
        service: str | None = None,
        heard: str = "",
        **data: Any,
    ) -> Carried:
        """The nth parcel of the order gets its number."""
        parcel = self.parcel(courier, nth, point, service)
        self.ships(at, parcel, heard, **data)
        return parcel

    def parcel(
        self, courier: type[Carried], nth: int = 1, point: Place | None = None, service: str | None = None
    ) -> Carried:
        """The nth parcel, of which the shop has not spoken yet."""
        return courier(self.shop, courier.numbered(self.number, nth), point, service)

    def ships(self, at: str, parcel: "Parcel", heard: str = "", **data: Any) -> None:
        """The shop says that the parcel is of this order."""
        named = {"order": self.number, "courier": parcel.courier, "number": parcel.number}
        service = {"service": parcel.service} if parcel.service else {}
        self.shop.tell("shipment.created", at, named | service | data, heard)


class Parcel:
    """A parcel and what its courier has seen of it so far. Subclasses know the shapes of their courier's payloads."""

    courier = ""
    service = ""
    number_shape = "{order}{nth}"

    @classmethod
    def numbered(cls, order: str, nth: int) -> str:
        """A tracking number of the courier's shape, made of the order's."""
        return cls.number_shape.format(order=order, nth=nth)

    def __init__(self, shop: Shop, number: str, point: Place | None = None, service: str | None = None) -> None:
        self.shop = shop
        self.number = number
        self.point = point
        self.service = self.service if service is None else service
        self.planned: datetime | None = None
        self.history: list[Seen] = []

    def sees(self, at: str, code: str, words: str = "", town: str = "") -> Seen:
        """A scan that nobody has heard of yet."""
        seen = Seen(self.shop.at(at), code, words or self.words(code), town)
        self.history = sorted([*self.history, seen], key=lambda kept: kept.at)
        return seen

    def words(self, code: str) -> str:
        return code

    def heard(self, at: str) -> None:
        """The courier is asked, and answers with what it has."""
        self.shop.log.reported(self.courier, self.shop.at(at), self.answer(), "answer")

    def answer(self) -> object:
        raise NotImplementedError

    def goes(self, *scans: tuple[str, str, str]) -> "Parcel":
        """Scans that each are heard in an answer of its own: (at, heard, code)."""
        for at, heard, code in scans:
            self.sees(at, code)
            self.heard(heard)
        return self


class InPost(Parcel):
    courier = "inpost"
    service = "inpost_locker_standard"
    number_shape = "6026774393316303{order:0>6}{nth:02}"

    def pushes(self, *scans: tuple[str, str]) -> "InPost":
        """Webhooks, each ten seconds after its scan: (at, code)."""
        for at, code in scans:
            seen = self.sees(at, code)
            self.webhook(seen, seen.at + timedelta(seconds=10))
        return self

    def webhook(self, seen: Seen, heard: datetime) -> None:
        self.shop.log.reported(self.courier, heard, payloads.inpost_webhook(self.number, seen), "push")

    def answer(self) -> Json:
        return payloads.inpost_tracking(self.number, self.service, self.history, self.point)


class Dpd(Parcel):
    courier = "dpd_pl"
    number_shape = "{order:0>11}{nth:02}U"

    def words(self, code: str) -> str:
        return DPD_WORDS.get(code, "Zdarzenie")

    def answer(self) -> str:
        return payloads.dpd_polska(self.number, self.history)


DPD_WORDS = {
    "030103": "Zarejestrowano dane przesyłki",
    "040101": "Przesyłka odebrana przez Kuriera",
    "050101": "Przyjęcie przesyłki w sortowni",
    "160101": "Przyjęcie przesyłki w oddziale DPD",
    "170101": "Wydanie przesyłki do doręczenia",
    "190101": "Przesyłka doręczona",
    "200201": "Przesyłka niedoręczona: odbiorca nieobecny",
    "200411": "Przesyłka niedoręczona: odmowa przyjęcia",
    "230403": "Przesyłka zwrócona do nadawcy",
    "511201": "Przesyłka w punkcie DPD Pickup",
    "701901": "Przesyłka wydana w punkcie DPD Pickup",
}


class Dhl(Parcel):
    courier = "dhl"
    number_shape = "243{order:0>6}{nth:02}"

    def answer(self) -> Json:
        return payloads.dhl_unified(self.number, self.history, self.planned)


class NovaPoshta(Parcel):
    courier = "nova_poshta"
    number_shape = "2045{order:0>8}{nth:02}"
    cod = ""

    def words(self, code: str) -> str:
        return NOVA_POSHTA_WORDS.get(code, "")

    def answer(self) -> Json:
        return payloads.nova_poshta_classic(self.number, self.history[-1], self.point, self.planned, self.cod)


NOVA_POSHTA_WORDS = {
    "1": "Відправник створив накладну, але ще не передав відправлення",
    "4": "Відправлення у місті відправника",
    "5": "Відправлення прямує до міста отримувача",
    "6": "Відправлення у місті отримувача, очікуйте на прибуття",
    "7": "Прибуло у відділення",
    "8": "Прибуло у поштомат",
    "9": "Відправлення отримано",
    "10": "Відправлення отримано, грошовий переказ у дорозі",
    "11": "Відправлення отримано, грошовий переказ видано",
    "101": "На шляху до отримувача",
    "102": "Відправник замовив повернення",
    "103": "Відмова отримувача",
    "105": "Припинено зберігання",
    "111": "Невдала спроба доставки: отримувача не було",
}


class NovaPost(Parcel):
    """Nova Post's REST answer: all hops, in UTC."""

    courier = "nova_poshta"
    number_shape = "SHPL{order:0>8}{nth:02}"

    def answer(self) -> Json:
        return payloads.nova_post_rest(self.number, self.history, self.planned)


class Bicycle(Parcel):
    """The shop's own courier, who speaks Awizo's canonical payload and may take back what was said."""

    courier = "sowa_rower"
    number_shape = "ROWER-{order}-{nth}"

    def says(self, *scans: tuple[str, str]) -> "Bicycle":
        """Pushes, each five seconds after its scan: (at, status), or (at, "-at") to take back what was said at `at`."""
        for at, status in scans:
            body = self._taken_back(at, status[1:]) if status.startswith("-") else self._scan(at, status)
            self.shop.log.reported("awizo", self.shop.at(at) + timedelta(seconds=5), body, "push")
        return self

    def _scan(self, at: str, status: str) -> Json:
        named = {"courier": self.courier, "number": self.number, "event_id": f"{self.number}/{at}"}
        return named | {"occurred_at": self.shop.at(at).isoformat(), "status": status}

    def _taken_back(self, at: str, wrong: str) -> Json:
        undone = {"retracts": f"{self.number}/{wrong}", "informational": True, "raw_text": "pomyłka"}
        return self._scan(at, "unknown") | undone


class AfterShip:
    """What an aggregator says of a parcel, beside its courier."""

    def __init__(self, parcel: Parcel, slug: str) -> None:
        self.parcel = parcel
        self.slug = slug
        self.history: list[Seen] = []

    def pushes(self, *scans: tuple[str, str, str], planned: str = "") -> "AfterShip":
        """Webhooks: (at, heard, "tag/subtag")."""
        for at, heard, code in scans:
            shop = self.parcel.shop
            self.history.append(Seen(shop.at(at), code, code.partition("/")[0]))
            body = payloads.aftership_webhook(self.slug, self.parcel.number, self.history, planned)
            shop.log.reported("aftership", shop.at(heard), body, "push")
        return self


def beats(shop: Shop, courier: str, first: str, last: str, hours: int, silent: Sequence[tuple[str, str]] = ()) -> None:
    """Heartbeats of a courier's feed for a shop, but for the times when it was silent."""
    at, end = shop.at(first).astimezone(UTC), shop.at(last)
    while at <= end:
        if not any(shop.at(since) <= at < shop.at(until) for since, until in silent):
            alive = {"courier": courier, "shop": shop.name}
            shop.log.event("courier.heartbeat", f"/couriers/{courier}/{shop.name}", at, alive)
        at += timedelta(hours=hours)
