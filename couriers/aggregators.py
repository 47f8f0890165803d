"""What aggregators share: whose parcel they speak of, how a fine code refines a coarse one, and planned arrivals.

An aggregator's name of a courier is resolved to ours, so that the aggregator and the courier itself reach one parcel. A
name that is not in CARRIERS is one Malformed that says so: a parcel under a made-up courier would meet no order.
"""

from collections.abc import Mapping
from typing import NamedTuple

from couriers.fields import Record, number, text
from couriers.meanings import Meaning
from couriers.timestamps import Moment, iso
from schemas.errors import BadInput
from schemas.parcels import Eta
from schemas.places import zone_of
from schemas.status import Status

CARRIERS: dict[str, str] = {
    "allegro": "allegro",
    "allegroone": "allegro",
    "dhl": "dhl",
    "dhlecommerce": "dhl",
    "dhlecommercepoland": "dhl",
    "dhlexpress": "dhl",
    "dhlexpresspoland": "dhl",
    "dhlexpresswalleted": "dhl",
    "dhlgermany": "dhl",
    "dhlpaket": "dhl",
    "dhlparcel": "dhl",
    "dhlparcelpl": "dhl",
    "dhlpoland": "dhl",
    "dpdde": "dpd",
    "dpdgermany": "dpd",
    "dpdpl": "dpd_pl",
    "dpdpoland": "dpd_pl",
    "dpdpolska": "dpd_pl",
    "fedex": "fedex",
    "fedexwalleted": "fedex",
    "gls": "gls",
    "glspl": "gls",
    "glspoland": "gls",
    "inpost": "inpost",
    "inpostpaczkomaty": "inpost",
    "inpostpl": "inpost",
    "inpostpoland": "inpost",
    "meest": "meest",
    "meestexpress": "meest",
    "meestpost": "meest",
    "novaposhta": "nova_poshta",
    "novapost": "nova_poshta",
    "novapostpl": "nova_poshta",
    "orlenpaczka": "orlen_paczka",
    "packeta": "packeta",
    "pocztapolska": "poczta_polska",
    "pocztex": "poczta_polska",
    "polandpost": "poczta_polska",
    "polishpost": "poczta_polska",
    "ukraineems": "ukrposhta",
    "ukrainepost": "ukrposhta",
    "ukrposhta": "ukrposhta",
    "ups": "ups",
    "upswalleted": "ups",
    "zasilkovna": "packeta",
}
"""Couriers' names, letters and digits alone -> ours. DPD alone is left out: it does not say of which country."""

HOMES = {
    "dpd_pl": "Europe/Warsaw",
    "inpost": "Europe/Warsaw",
    "nova_poshta": "Europe/Kyiv",
    "orlen_paczka": "Europe/Warsaw",
    "packeta": "Europe/Prague",
    "poczta_polska": "Europe/Warsaw",
    "ukrposhta": "Europe/Kyiv",
}
"""The clock of a naive time where no country is given: the courier's own. The others': UTC is assumed."""

_S = Status
_UNDERWAY = frozenset({_S.ACCEPTED, _S.IN_TRANSIT, _S.IN_CUSTOMS, _S.AT_DELIVERY_DEPOT, _S.OUT_FOR_DELIVERY})
_TROUBLE = frozenset({_S.DELAYED, _S.HELD, _S.EXCEPTION, _S.DELIVERY_ATTEMPTED, _S.UNDELIVERABLE, _S.PICKUP_EXPIRED})
_ASTRAY = frozenset({_S.LOST, _S.DESTROYED, _S.EXPIRED})
_BACK = frozenset({_S.RETURNING, _S.PICKUP_EXPIRED, _S.UNDELIVERABLE})
REFINES: dict[str, frozenset[str]] = {
    _S.REGISTERED: frozenset({_S.REGISTERED, _S.LABEL_CREATED}),
    _S.LABEL_CREATED: frozenset({_S.LABEL_CREATED, _S.REGISTERED}),
    _S.ACCEPTED: frozenset({_S.ACCEPTED, _S.IN_TRANSIT}),
    _S.IN_TRANSIT: _UNDERWAY | _TROUBLE | {_S.READY_FOR_PICKUP, _S.RETURNING, _S.EXPIRED},
    _S.OUT_FOR_DELIVERY: frozenset({_S.OUT_FOR_DELIVERY}),
    _S.DELIVERY_ATTEMPTED: _TROUBLE,
    _S.READY_FOR_PICKUP: frozenset({_S.READY_FOR_PICKUP}),
    _S.EXCEPTION: _TROUBLE | _BACK | _ASTRAY | {_S.IN_CUSTOMS, _S.RETURNED, _S.CANCELLED},
    _S.RETURNING: _BACK,
    _S.DELIVERED: frozenset({_S.DELIVERED, _S.READY_FOR_PICKUP, _S.RETURNED}),
    _S.CANCELLED: frozenset({_S.CANCELLED}),
}
"""What a coarse code leaves open for a finer one to say: delivered TO a point is not delivered yet, delivered to the
sender is returned, and nothing is delivered by the finer code alone."""

ENDS_THE_WAIT = frozenset(
    {_S.READY_FOR_PICKUP, _S.DELIVERED, _S.RETURNING, _S.RETURNED, _S.LOST, _S.DESTROYED, _S.CANCELLED}
)
"""Statuses with which a planned arrival is no longer news."""


class Parcel(NamedTuple):
    """Of which parcel a payload speaks. `home`: the clock of a naive time that comes without a country."""

    courier: str
    number: str
    home: str


def courier_of(name: str) -> str | None:
    """Our id of a courier by an aggregator's name for it (`DHLExpress`, `dhl_express`); None if it is not known."""
    return CARRIERS.get("".join(filter(str.isalnum, name.casefold())))


def parcel(record: Record, carrier: str, numbered: str, teller: str) -> Parcel:
    """The parcel by the fields that name its courier and its number. `teller`: the aggregator, for the reason."""
    named = text(record, carrier)
    courier = courier_of(named)
    if courier is None:
        raise unknown_courier(teller, named, carrier)
    return Parcel(courier, number(record, numbered), HOMES.get(courier, ""))


def unknown_courier(teller: str, named: str, place: str, table: str = "aggregators.CARRIERS") -> BadInput:
    """What is wrong if a courier's name is not known, or there is none. `table`: where to add it."""
    plain = named.isascii() and len(named) <= 40 and all(letter.isalnum() or letter in " _-" for letter in named)
    shown = f" ({named})" if named and plain else ""
    return BadInput(f"{teller} names a courier that is not known here{shown}: add it to {table}", place)


def refined(coarse: Meaning, fine: Meaning, opens: Mapping[str, frozenset[str]] = REFINES) -> Meaning:
    """The finer meaning where the coarse one leaves it open; else the coarse one."""
    return fine if fine.status in opens.get(coarse.status, ()) else coarse


def moment_at(text_: str, country: str, home: str) -> Moment:
    """A time of an event: by its offset, else by the clocks of its country, else by `home`."""
    return iso(text_, zone_of(country) or home)


def planned(begins: str, ends: str, home: str) -> Eta | None:
    """A planned arrival from one or two texts; midnight means a day. None if they cannot be read."""
    first, last = _planned(begins, home), _planned(ends, home)
    at = first or last
    if at is None:
        return None
    until = last.at if first and last and last.at > first.at else None
    return Eta(at.at, until, "day_only" in at.flags)


def _planned(said: str, home: str) -> Moment | None:
    day = said[:10] if said[11:19] == "00:00:00" else said
    try:
        return iso(day, home) if day else None
    except ValueError:
        return None
