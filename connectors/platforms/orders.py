"""What the platforms share about orders: ids, times, sums, cash on delivery, and parcels with their couriers."""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.platforms.carriers import courier_of, plain_title
from connectors.platforms.platform import Shop, Told, event, unread
from couriers.fields import Record, moment, needed, text
from couriers.timestamps import iso
from schemas.errors import BadInput
from schemas.times import Millis

_CURRENCY = re.compile(r"[A-Z]{3}")
_CENT = Decimal("0.01")


def order_id(record: Record, key: str) -> str:
    """The platform's id of the order. Raises BadInput if there is none."""
    found = needed(record, key)
    if len(found) > 64 or "/" in found:
        raise BadInput("no order's id: at most 64 characters without / were expected", key)
    return found


def time_of(record: Record, *keys: str) -> Millis:
    """The first of the times that is there, to the second; without a zone it is UTC. Raises BadInput if none is."""
    key = next((key for key in keys if text(record, key)), keys[0])
    at = moment(record, key, iso).at
    return at - at % 1000


def money(amount: str, currency: str) -> dict[str, str] | None:
    """A sum as events carry it; None for what is none."""
    sum_ = decimal(amount)
    if sum_ is None or sum_ < 0 or sum_ >= 10**10 or _CURRENCY.fullmatch(currency) is None:
        return None
    return {"amount": str(sum_.quantize(_CENT)), "currency": currency} if sum_ == round(sum_, 2) else None


def decimal(said: str) -> Decimal | None:
    """A number as a decimal; None for what is none."""
    try:
        found = Decimal(said)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**12 else None


def cod_of(on_delivery: bool, total: dict[str, str] | None, currency: str) -> dict[str, Any]:
    """`payment` and `cod` of an order. Without a `total` that is all due on delivery, no sum is said."""
    if not on_delivery:
        return {}
    currency = total["currency"] if total else currency
    if _CURRENCY.fullmatch(currency) is None:
        return {"payment": "cod"}
    return {"payment": "cod", "cod": {"currency": currency, **({"total": total["amount"]} if total else {})}}


def guarded(read: Callable[[Record, Shop, str], Iterator[Told]], part: Any, shop: Shop, order: str) -> Iterator[Told]:
    """What a reader makes of a part; what it cannot read is told as such, and what comes beside it goes on."""
    place = str(getattr(read, "keywords", {}).get("place", ""))
    if not isinstance(part, dict):
        yield unread(BadInput("an object was expected", place), part)
        return
    try:
        yield from read(part, shop, order)
    except BadInput as problem:
        yield unread(problem, part, place)


def shipment(
    shop: Shop,
    order: str,
    title: str,
    number: str,
    at: Millis,
    *,
    gone: bool = False,
    parcel: str = "",
    titles: Sequence[str] = (),
    place: str = "",
    service: str = "",
    always: str | None = None,
) -> Iterator[Told]:
    """A parcel of the order is known (or `gone`). It is named by order, courier and number: told again, it counts as
    first told. `parcel`: the platform's name of it, so that a number written anew takes the old one's place."""
    plain = "".join(number.split())
    try:
        courier = always or courier_of(title, plain, shop, "tracking_company")
    except BadInput as problem:
        yield unread(problem, {"order": order, "courier": title, "number": number}, place)
        return
    happened = "cancelled" if gone else "created"
    data = {"order": order, "courier": courier, "number": plain}
    if not gone:
        data |= {"parcel": parcel, "service": _service(shop, titles, courier) or service}
    about = "/".join((order, happened, *filter(None, (parcel, data.get("service"))), courier, plain))
    yield event(shop, f"shipment.{happened}", at, data, about=about, named=True)


def _service(shop: Shop, titles: Sequence[str], courier: str) -> str:
    """The courier's service by the way of delivery that was chosen, as the shop's bundle says it."""
    known = {plain_title(title): service for title, service in shop.rules.services.items()}
    found = (known.get(plain_title(title), "").partition("/") for title in titles)
    return next((service for whose, _, service in found if whose == courier), "")
