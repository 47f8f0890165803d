"""Whom an order concerns: its buyer, and whom the parcel goes to if that is someone else with a phone of their own."""

from collections.abc import Iterable
from typing import Any

from connectors.platforms.platform import Shop
from couriers.fields import Record, first, text


def recipients(shop: Shop, buyer: Record, bill: Record, ship: Record) -> list[dict[str, Any]]:
    """The recipients of an order. `buyer` has customer, email, phone; `bill` and `ship` are addresses. A shipping
    address that names another person lends the buyer no phone."""
    another = is_another(bill, ship)
    phones = (buyer.get("phone"), bill.get("phone"), None if another else ship.get("phone"))
    phone = next((str(one) for one in phones if one), "")
    found = [_filled(customer=buyer.get("customer"), email=buyer.get("email"), phone=phone, role="buyer")]
    other = text(ship, "phone")
    if shop.consignee and another and other and digits(other) != digits(phone):
        found.append(_filled(phone=other, role="consignee"))
    return [one for one in found if len(one) > 1]


def is_another(bill: Record, ship: Record) -> bool:
    """Whether the parcel goes to a person of another name."""
    return bool(_name(bill) and _name(ship)) and _name(bill) != _name(ship)


def _name(address: Record) -> str:
    return " ".join((text(address, "first_name"), text(address, "last_name"))).strip().casefold()


def digits(phone: str) -> str:
    """The last nine digits: the same phone with and without its country."""
    return "".join(filter(str.isdigit, phone))[-9:]


def _filled(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def country_of(*addresses: Record) -> str:
    """ISO 3166 alpha-2 of the first address that has one."""
    found = (first(address, "country_code", "country").upper() for address in addresses)
    return next((code for code in found if len(code) == 2 and code.isalpha() and code.isascii()), "")


def plain_ways(ways: Iterable[str]) -> set[str]:
    """Names of ways to pay, case aside."""
    return {way.strip().casefold() for way in ways if way}
