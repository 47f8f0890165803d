"""Whose is a parcel? By the carrier's title as the shop wrote it, never by a guess.

A title that nobody knows is not read: under a made-up courier a parcel would meet no scan. A number alone says whose it
is only where the shop asked for that, and no other courier's number has its form.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from connectors.platforms.platform import Shop
from couriers.aggregators import CARRIERS
from couriers.numbers import identify
from couriers.registry import COURIERS
from schemas.errors import BadInput

TITLES: dict[str, str] = {
    "dhlexpress": "dhl",
    "dpdpolska": "dpd_pl",
    "inpostkurier": "inpost",
    "inpostpaczkomat": "inpost",
    "inpostpaczkomaty247": "inpost",
    "meestпошта": "meest",
    "orlen": "orlen_paczka",
    "paczkomat": "inpost",
    "paczkomaty": "inpost",
    "paczkomatyinpost": "inpost",
    "нoвапошта": "nova_poshta",  # with a Latin o, as some write it
    "новапошта": "nova_poshta",
    "новаяпочта": "nova_poshta",
    "укрпошта": "ukrposhta",
    "міст": "meest",
    "мист": "meest",
}
"""Titles beside the aggregators' names, letters and digits alone. `DPD` alone does not say of which country."""


def courier_of(title: str, number: str, shop: Shop, place: str) -> str:
    """Our courier by its title. Raises BadInput with the title named if it is not known, or if there is none and the
    number leaves it open."""
    plain = plain_title(title)
    if plain:
        known = _own(tuple(shop.rules.couriers.items())).get(plain) or TITLES.get(plain) or CARRIERS.get(plain)
        return known or _ours(title) or _refused(title, place)
    if shop.recognise:
        return _recognised(number, place)
    raise BadInput("no carrier's title: name it in the shop, or set `recognise` or `couriers` in the bundle", place)


def plain_title(title: str) -> str:
    """Letters and digits alone, without case."""
    return "".join(filter(str.isalnum, title.casefold()))


@lru_cache(maxsize=256)
def _own(couriers: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    return {plain_title(title): courier for title, courier in couriers}


def _ours(title: str) -> str | None:
    """One of our ids, written as it is."""
    return title if title in COURIERS else None


def _refused(title: str, place: str) -> str:
    shown = f" ({title})" if re.fullmatch(r"[\w .,&+/-]{1,40}", title) else ""
    raise BadInput(f"a carrier's title that is not known{shown}: add it to `webhooks.couriers` of the bundle", place)


def _recognised(number: str, place: str) -> str:
    """The courier of a number whose form, and check digit if it has one, is one courier's alone."""
    found = [one.courier for one in identify(number) if one.confidence != "low"]
    if len(found) == 1 and len(identify(number)) == 1:
        return found[0]
    open_to = ", ".join(one.courier for one in identify(number)) or "nobody known here"
    raise BadInput(f"no carrier's title, and the number may be of {open_to}: name the carrier in the shop", place)
