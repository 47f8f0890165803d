"""Parcels of the demo and what their couriers have seen of them so far, told in each courier's own payloads."""

from datetime import datetime, timedelta

from infra.demo import payloads
from infra.demo.log import Home, Json
from infra.demo.payloads import Place, Seen


class Parcel:
    """A parcel and what its courier has seen of it so far. Subclasses know the shapes of their courier's payloads."""

    courier = ""
    service = ""
    number_shape = "{order}{nth}"

    @classmethod
    def numbered(cls, order: str, nth: int) -> str:
        """A tracking number of the courier's shape, made of the order's."""
        return cls.number_shape.format(order=order, nth=nth)

    def __init__(self, shop: Home, number: str, point: Place | None = None, service: str | None = None) -> None:
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

    def webhook(self, seen: Seen, heard: datetime, back: str = "") -> None:
        self.shop.log.reported(self.courier, heard, payloads.inpost_webhook(self.number, seen, back), "push")

    def turns_back(self, at: str, back: str) -> None:
        """It sets off to its sender, under a new number."""
        seen = self.sees(at, "returned_to_sender")
        self.webhook(seen, seen.at + timedelta(seconds=10), back)

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

    def __init__(self, parcel: Parcel, slug: str, planned: str = "") -> None:
        self.parcel = parcel
        self.slug = slug
        self.planned = planned
        self.history: list[Seen] = []

    def pushes(self, *scans: tuple[str, str, str]) -> "AfterShip":
        """Webhooks: (at, heard, "tag/subtag")."""
        for at, heard, code in scans:
            shop = self.parcel.shop
            self.history.append(Seen(shop.at(at), code, code.partition("/")[0]))
            body = payloads.aftership_webhook(self.slug, self.parcel.number, self.history, self.planned)
            shop.log.reported("aftership", shop.at(heard), body, "push")
        return self
