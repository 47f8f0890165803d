"""Everything that the checks look at, and what a check gives."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from checking.addresses import country_of
from checking.hours import OWN_WINDOWS, Peace
from checking.log import Said
from checking.parcels import Parcels
from checking.people import Member, People
from checking.run import Outputs, Told, told

from schemas.events import ShopConfigured
from schemas.places import zone_of
from schemas.shops import Bundle
from schemas.times import Millis

Bundles = Mapping[str, Mapping[str, Bundle]]
SHOP_ITSELF = "@shop"


class Violation(NamedTuple):
    """A rule that was broken: by which message (or slot), to whom, when (ms UTC)."""

    rule: str
    shop: str
    recipient: str
    message: str
    moment: Millis
    detail: str = ""


class World:
    """A log, the shops' bundles and what a run made of them."""

    def __init__(self, log: Iterable[Said], bundles: Bundles, run: Outputs) -> None:
        self.log = tuple(log)
        self.bundles = bundles
        self.run = run
        self._configured = [said for said in self.log if isinstance(said.data, ShopConfigured)]
        first = {shop: versions[min(versions)] for shop, versions in bundles.items()}
        ids = {((row["shop"], row["order"]), row["recipient"]) for row in run.decisions}
        self.people = People(self.log, first, {found for found in ids if found[1] != SHOP_ITSELF})
        self.parcels = Parcels(self.log, run.parcels, run.orders)

    @cached_property
    def told(self) -> list[Told]:
        """The messages that went, in the order in which they left."""
        return sorted(told(self.run), key=lambda told: told.at)

    @property
    def told_people(self) -> Iterator[Told]:
        """The messages that went to people, not to the shop itself."""
        return (told for told in self.told if told.row["recipient"] != SHOP_ITSELF)

    def bundle(self, shop: str, moment: Millis) -> Bundle:
        """The bundle in force at the moment (inclusive): the last that was configured, else the lowest version."""
        versions = self.bundles[shop]
        said = [s for s in self._configured if s.shop == shop and s.known <= moment]
        last = max(said, key=lambda s: (s.happened_at, s.known), default=None)
        return versions[last.data.version if last and isinstance(last.data, ShopConfigured) else min(versions)]

    def member(self, told: Told) -> Member | None:
        """The recipient of a message as its order has them when it leaves, a word of that very moment included."""
        return self.people.member(told.order, told.row["recipient"], told.at + 1)

    def peace(self, told: Told, before: Millis) -> Peace:
        """On whose clock and in which hours the message may reach its recipient."""
        bundle = self.bundle(told.row["shop"], told.handed_at)
        if told.row["recipient"] == SHOP_ITSELF:
            return _peace(bundle, bundle.zone, bundle.country, None)
        member = self.people.member(told.order, told.row["recipient"], before)
        phone = self.people.address(member, told.person, "sms", before) if member else ""
        country = self.parcels.last_given(told.order, "country", before)
        own = (member.zone if member else "") or self.people.zone(told.person, before)
        zone = own or zone_of(country) or zone_of(country_of(phone)) or bundle.zone
        window = self.people.window(told.person, before) or OWN_WINDOWS.get(told.kind)
        return _peace(bundle, zone, country or country_of(phone) or bundle.country, window)


def _peace(bundle: Bundle, zone: str, country: str, hours: tuple[int, int] | None) -> Peace:
    opens, closes = bundle.window.opens, bundle.window.closes
    opened, closed = hours or (opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute)
    return Peace(zone, country, opened, closed, bundle.window.sundays, bundle.window.holidays)


def broken(rule: str, told: Told, detail: str = "") -> Violation:
    """A rule that a message broke."""
    subject, _, occurrence = told.slots[0]
    name = f"{told.kind} by {told.channel} of {subject} {occurrence}, generation {told.row['generation']}"
    return Violation(rule, told.row["shop"], told.row["recipient"], name, told.at, detail)
