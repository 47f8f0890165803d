"""Who plays in the demo: shops, customers and orders. A story calls them in words."""

from datetime import timedelta
from typing import Any, TypeVar

from infra.demo.log import Home, Json
from infra.demo.parcels import Parcel
from infra.demo.payloads import KYIV, Place

Carried = TypeVar("Carried", bound=Parcel)


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


class Shop(Home):
    """A shop of the demo: who buys there, and what."""

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
        self.tell("order.placed", at, defaults | self._usual(number) | data, heard)
        return Order(self, number)

    def _usual(self, number: str) -> Json:
        """Country and sum of an order of this shop; the sum is made of the number."""
        tens = int(number) % 17 + 3
        if self.zone == KYIV:
            return {"country": "UA", "total": {"amount": f"{tens * 50}.00", "currency": "UAH"}}
        return {"country": "PL", "total": {"amount": f"{tens * 10 - 1}.90", "currency": "PLN"}}


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
