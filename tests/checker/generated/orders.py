"""Orders of generated weeks: who buys, for whom, and what becomes of it beside the parcels."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from generated.parcels import Parcel, travel
from generated.sheet import Data, Sheet, iso

SHOPS = {"sowa": ("PL", "+48500000", "pl"), "lela": ("UA", "+380670000", "uk")}
"""Shop -> the country it mostly sends to, phones of fiction there, its customers' language."""

COURIERS = {
    "sowa": ("dpd_pl", "dhl", "gls", "inpost", "sowa_rower"),
    "lela": ("nova_poshta", "dhl"),
}
CUSTOMERS = 5
"""How few customers a shop has: the same ones buy again, and meet the caps."""


class Buyer(NamedTuple):
    """A customer of a shop, by number; 0 is a guest."""

    shop: str
    number: int

    @property
    def who(self) -> Data:
        return {"customer": f"c{self.number}"}


def recipient(sheet: Sheet, buyer: Buyer, **more: Any) -> dict[str, Any]:
    """How an order names a recipient: with an id or as a guest, with both addresses, one, none, or a bad one."""
    phones = SHOPS[buyer.shop][1]
    number = buyer.number or sheet.chance.randint(10, 99)
    named: dict[str, Any] = dict(buyer.who) if buyer.number else {}
    phone, email = f"{phones}{number:03d}", f"c{number}@poczta.example.com"
    has = sheet.chance.choices(("both", "email", "phone", "bad phone", "none"), (70, 12, 12, 4, 2))[0]
    if has in ("both", "phone"):
        named["phone"] = phone
    if has == "bad phone":
        named["phone"] = "12"
    if has != "phone" and (has != "none" or not buyer.number):
        named["email"] = email
    if sheet.sometimes(0.3):
        named["locale"] = sheet.chance.choice(("pl", "uk", "en"))
    if sheet.sometimes(0.15):
        named["prefers"] = [sheet.chance.choice(("sms", "email"))]
    if sheet.sometimes(0.15):
        named["consents"] = [{"class": "feedback", "given": sheet.sometimes(0.5)}]
    if sheet.sometimes(0.1):
        named["zone"] = sheet.chance.choice(("Europe/Lisbon", "America/New_York", "Europe/Kyiv"))
    return {**named, **more}


def order(sheet: Sheet, shop: str, name: str, at: datetime) -> None:
    """One order with all that happens to it."""
    buyer = Buyer(shop, sheet.chance.choice((0, *range(1, CUSTOMERS + 1))))
    people = [recipient(sheet, buyer)]
    if sheet.sometimes(0.2):
        other = Buyer(shop, sheet.chance.randint(6, 8))
        people.append(recipient(sheet, other, role=sheet.chance.choice(("consignee", "other")), locale="en"))
    count = sheet.chance.choices((1, 2, 3), (70, 20, 10))[0]
    data = {"shop": shop, "order": name, "locale": SHOPS[shop][2], "recipients": people, **_more(sheet, shop, at)}
    if count > 1 and sheet.sometimes(0.6):
        data["parcels"] = count
    late = timedelta(hours=sheet.chance.choices((0, 5, 60, 200), (90, 5, 3, 2))[0], seconds=2)
    sheet.say(shop, "order.placed", at, data, late)
    _life(sheet, shop, name, at)
    for index in range(count):
        _ship(sheet, shop, name, at, index)
    if sheet.sometimes(0.15):
        _change(sheet, buyer, name, at, people)


def _more(sheet: Sheet, shop: str, at: datetime) -> dict[str, Any]:
    """What an order may say beside the least."""
    more: dict[str, Any] = {}
    if sheet.sometimes(0.8):
        more["country"] = sheet.chance.choice((SHOPS[shop][0],) * 4 + ("PL", "UA", "DE"))
    if sheet.sometimes(0.12):
        more["segment"] = "wholesale"
    if sheet.sometimes(0.04):
        more["test"] = True
    if sheet.sometimes(0.25):
        more["dispatch_by"] = iso(at + timedelta(days=1))
    if sheet.sometimes(0.3):
        more["promised"] = iso(at + timedelta(days=sheet.chance.randint(2, 4)))
    return more


def _life(sheet: Sheet, shop: str, name: str, at: datetime) -> None:
    """The words of the shop about the order."""
    base = {"shop": shop, "order": name}
    if sheet.sometimes(0.85):
        paid = base | {"payment_id": f"pay-{name}"}
        soon = timedelta(seconds=sheet.chance.choice((20, 60, 300, 90_000)))
        sheet.say(shop, sheet.chance.choice(("order.paid", "order.confirmed")), at + soon, paid)
    words = (("packed", 0.3, 12), ("cancelled", 0.1, 30), ("completed", 0.1, 130), ("return_requested", 0.06, 120))
    for word, probability, hours in words:
        if sheet.sometimes(probability):
            moment = at + timedelta(hours=hours * sheet.chance.random())
            sheet.say(shop, f"order.{word}", moment, base, _lag(sheet))
    if sheet.sometimes(0.1):
        back = base | {"refunded": {"amount": "20.00", "currency": "PLN"}, "in_part": sheet.sometimes(0.5)}
        sheet.say(shop, "order.refunded", at + timedelta(hours=90 * sheet.chance.random()), back)


def _lag(sheet: Sheet) -> timedelta:
    return timedelta(seconds=2) if sheet.sometimes(0.85) else timedelta(hours=sheet.chance.uniform(0, 20))


def _ship(sheet: Sheet, shop: str, name: str, at: datetime, index: int) -> None:
    """A parcel of the order, its scans, and now and then a customer's return of it."""
    courier = sheet.chance.choice(COURIERS[shop])
    sheet.feeds.add((shop, courier))
    parcel = Parcel(courier, _number(courier, name, index), sheet.sometimes(0.4))
    created = at + timedelta(hours=sheet.chance.uniform(0.5, 30))
    data = {"shop": shop, "order": name, "courier": courier, "number": parcel.number}
    sheet.say(shop, "shipment.created", created, data | _service(sheet, courier), _lag(sheet))
    last = travel(sheet, parcel, created)
    if sheet.sometimes(0.05):
        sheet.say(shop, "shipment.cancelled", created + timedelta(hours=sheet.chance.uniform(1, 80)), data)
    if sheet.sometimes(0.06):
        back = Parcel(courier, _number(courier, name, index + 5), False)
        begins = last + timedelta(hours=8)
        sheet.say(shop, "shipment.created", begins, data | {"number": back.number, "direction": "return"})
        travel(sheet, back, begins)


def _service(sheet: Sheet, courier: str) -> dict[str, Any]:
    return {"service": "inpost_locker_standard"} if courier == "inpost" and sheet.sometimes(0.7) else {}


def _number(courier: str, name: str, index: int) -> str:
    digits = f"{int(name):06d}{index:02d}"
    forms = {"inpost": "6026774393316303", "nova_poshta": "204500", "dpd_pl": "000000", "dhl": "243", "gls": "900"}
    return f"{forms.get(courier, 'ROWER')}{digits}"


def _change(sheet: Sheet, buyer: Buyer, name: str, at: datetime, people: list[dict[str, Any]]) -> None:
    """Recipients come and go."""
    moment = at + timedelta(hours=sheet.chance.uniform(1, 100))
    new = recipient(sheet, Buyer(buyer.shop, 9), role="other", locale="uk")
    listed = sheet.chance.choice(([*people, new], people[:1], [new]))
    sheet.say(buyer.shop, "order.changed", moment, {"shop": buyer.shop, "order": name, "recipients": listed})
