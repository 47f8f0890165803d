"""A recipient: which addresses hold for an order, which channels a message may take, on whose clock."""

from collections.abc import Iterable
from datetime import time
from functools import lru_cache
from typing import NamedTuple

from pipelines.rules.hours import WakingDay
from pipelines.rules.kinds import Row
from pipelines.rules.plan_state import OrderPlan, Profile
from schemas.messages import Channel, Class, Reason
from schemas.places import zone_of
from schemas.shops import Bundle

DEFAULT_ORDER = (Channel.EMAIL, Channel.SMS)
TURNS = frozenset({Reason.NO_ADDRESS, Reason.BAD_ADDRESS, Reason.CHANNEL_OFF, Reason.OPTED_OUT})
"""Reasons for which a message turns to its recipient's other channel."""


class Addresses(NamedTuple):
    """What holds for an order now. "" with `bad_`: something was given that cannot be an address."""

    email: str
    phone: str
    bad_email: bool
    bad_phone: bool

    def of(self, channel: str) -> str:
        """The address on that channel, or ""."""
        return self.phone if channel == Channel.SMS else self.email

    def is_bad(self, channel: str) -> bool:
        """Whether something unusable was given for that channel."""
        return self.bad_phone if channel == Channel.SMS else self.bad_email


def addresses(profile: Profile, plan: OrderPlan) -> Addresses:
    """What the customer changed wins over earlier orders, never over a consignee's own addresses."""
    reach = plan.reach
    own = Addresses(reach.email, reach.phone, reach.bad_email, reach.bad_phone)
    if reach.role == "consignee" or profile.addressed_at <= reach.given_at:
        return own
    if profile.email is not None:
        own = own._replace(email=profile.email, bad_email=profile.bad_email)
    if profile.phone is not None:
        own = own._replace(phone=profile.phone, bad_phone=profile.bad_phone)
    return own


@lru_cache(maxsize=4096)
def country_of(phone: str) -> str:
    """The country of an E.164 phone, ISO 3166 alpha-2; "" if it has none."""
    import phonenumbers  # slow to import, and needed only where there is a phone

    return phonenumbers.region_code_for_number(phonenumbers.parse(phone, None)) or "" if phone else ""


def zone_for(profile: Profile, plan: OrderPlan, phone: str, bundle: Bundle) -> str:
    """Whose clock: the recipient's own if known, of the delivery country, of the phone's, of the shop."""
    known = plan.reach.zone or profile.zone
    return known or zone_of(plan.view.country) or zone_of(country_of(phone)) or bundle.zone


def waking_day(profile: Profile, plan: OrderPlan, row: Row, bundle: Bundle) -> WakingDay:
    """The window in which this kind may reach the recipient: hours they chose, else the kind's, else the shop's."""
    phone = addresses(profile, plan).phone
    opens, closes = bundle.window.opens, bundle.window.closes
    if profile.window is not None and (row.hours is None or row.hours.chosen_wins):
        opens, closes = (time(*divmod(minutes, 60)) for minutes in profile.window)
    elif row.hours is not None:
        opens, closes = row.hours.opens, row.hours.closes
    country = plan.view.country or country_of(phone) or bundle.country
    zone = zone_for(profile, plan, phone, bundle)
    return WakingDay(zone, country, opens, closes, bundle.window.sundays, bundle.window.holidays)


def has_left(profile: Profile, channel: str, cls: str) -> bool:
    """Whether the customer opted out of this channel for this class."""
    return any(f"{c}/{k}" in profile.opted_out for c in (channel, "") for k in (cls, ""))


def consent(profile: Profile, channel: str, cls: str) -> bool | None:
    """What the customer said of this class on this channel; None if nothing."""
    said = profile.consents.get(f"{cls}/{channel}") or profile.consents.get(f"{cls}/")
    return said[1] if said else None


def refusal(profile: Profile, reached: Addresses, row: Row, bundle: Bundle, channel: str) -> str | None:
    """Why the message may not take this channel; None if it may."""
    contract = row.cls == Class.CONTRACT
    if channel in _closed(profile, row):
        return Reason.CHANNEL_OFF
    if has_left(profile, channel, row.cls) and not (contract and channel == Channel.EMAIL):
        return Reason.OPTED_OUT
    if consent(profile, channel, row.cls) is False and not contract:
        return Reason.NO_CONSENT
    if not reached.of(channel):
        return Reason.BAD_ADDRESS if reached.is_bad(channel) else Reason.NO_ADDRESS
    if channel == Channel.SMS and country_of(reached.phone) not in bundle.sms:
        return Reason.CHANNEL_OFF
    return None


class Choice(NamedTuple):
    """Channels to use, others to turn to when a provider refuses the address, and why the rest may not be used."""

    use: tuple[str, ...]
    otherwise: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def choose(profile: Profile, plan: OrderPlan, row: Row, bundle: Bundle, told: bool, chosen: bool) -> Choice:
    """Which channels a message takes. `told`: the courier texts this event itself; `chosen`: the shop named the
    channels, so that `told` does not matter."""
    reached = addresses(profile, plan)
    wanted, off = _wanted(profile, plan, row, told and not chosen)
    why: dict[str, str | None] = {c: refusal(profile, reached, row, bundle, c) for c in DEFAULT_ORDER}
    free = [channel for channel in wanted if why[channel] is None]
    refused = tuple((channel, str(why[channel])) for channel in wanted if why[channel] is not None)
    if row.preferred and free:
        free, refused = free[:1], ()
    if not free:
        free = [c for c in _others(wanted, row) if why[c] is None and _may_turn(refused)]
    spare = tuple(c for c in DEFAULT_ORDER if c not in free and why[c] is None and len(free) == 1)
    return Choice(tuple(free), spare, (*((c, str(Reason.CHANNEL_OFF)) for c in off), *refused))


def _wanted(profile: Profile, plan: OrderPlan, row: Row, told: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Channels in order, and those of the table that the recipient switched off for this kind."""
    own = profile.kinds.get(row.kind)
    if own and row.cls != Class.CONTRACT:
        return own, tuple(c for c in row.channels if c not in own)
    if told and Channel.SMS in row.channels:
        return (Channel.EMAIL,), ()
    if row.preferred:
        order = (profile.prefers or plan.reach.prefers) + DEFAULT_ORDER
        return tuple(dict.fromkeys(c for c in order if c in row.channels)), ()
    return row.channels, ()


def _closed(profile: Profile, row: Row) -> tuple[str, ...]:
    """Channels on which the recipient does not want this kind, whatever becomes of the others."""
    own = profile.kinds.get(row.kind)
    return tuple(c for c in DEFAULT_ORDER if c not in own) if own and row.cls != Class.CONTRACT else ()


def _others(wanted: Iterable[str], row: Row) -> tuple[str, ...]:
    return tuple(c for c in DEFAULT_ORDER if c not in wanted) if row.cls != Class.FEEDBACK else ()


def _may_turn(refused: Iterable[tuple[str, str]]) -> bool:
    """Another channel takes over where one has no address or was left; one that the customer has not left is open."""
    return all(reason in TURNS for _channel, reason in refused)
