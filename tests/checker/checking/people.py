"""People: who hears of an order, how they are reached and what they wish, as it was known at a moment."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from checking.addresses import email_of, phone_of
from checking.log import Said

from schemas.event_parts import Who
from schemas.events import (
    CustomerChanged,
    CustomerErased,
    CustomerOpted,
    OfCustomer,
    OrderChanged,
    OrderPlaced,
    OrderRecipient,
    ReceiptReceived,
)
from schemas.messages import Kind
from schemas.shops import Bundle
from schemas.times import Millis, to_millis

Person = tuple[str, str]
Order = tuple[str, str]

_PLAIN = re.compile(r"[\w.-]{1,64}")


class Member(NamedTuple):
    """One of an order's recipients as the order names them."""

    recipient: str
    role: str
    locale: str
    phone: str
    email: str
    given_at: Millis
    zone: str
    country: str


class Statement(NamedTuple):
    """A yes or a no to messages, for a channel and a class ("" is every one)."""

    yes: bool
    channel: str
    cls: str


class People:
    """Answers about people from the log alone. `ids`: orders and recipients of the run, only to learn how guests go."""

    def __init__(self, log: Iterable[Said], shops: dict[str, Bundle], ids: Iterable[tuple[Order, str]]) -> None:
        self._homes = {shop: bundle.country for shop, bundle in shops.items()}
        self._lists: dict[Order, list[tuple[Said, tuple[OrderRecipient, ...]]]] = defaultdict(list)
        self._placed: dict[Order, Said] = {}
        self._wishes: dict[Person, list[Said]] = defaultdict(list)
        said = list(log)
        for event in said:
            if isinstance(event.data, OrderPlaced):
                self._placed[event.shop, event.order] = event
            if isinstance(event.data, OrderPlaced | OrderChanged) and event.data.recipients is not None:
                self._lists[event.shop, event.order].append((event, event.data.recipients))
        self._guests = dict(self._guest_ids(ids))
        for event in said:
            if isinstance(event.data, OfCustomer) and (name := self._name(event.data.who, event.shop)):
                self._wishes[event.shop, name].append(event)
            if isinstance(event.data, ReceiptReceived) and event.data.said == "opted_out":
                self._wishes[event.shop, event.data.recipient].append(event)

    def _guest_ids(self, ids: Iterable[tuple[Order, str]]) -> Iterator[tuple[tuple[str, str], str]]:
        """Address -> id, where an order of the run shows as whom its only guest goes."""
        by_order: dict[Order, set[str]] = defaultdict(set)
        for order, recipient in ids:
            by_order[order].add(recipient)
        for order, found in by_order.items():
            people = [who for _, listed in self._lists[order] for who in listed]
            guests = {self._key(who, order[0]) for who in people if not (who.recipient or who.customer)}
            strangers = found - {who.recipient or who.customer for who in people}
            if len(guests) == len(strangers) == 1:
                yield (order[0], guests.pop()), strangers.pop()

    def _key(self, who: Who, shop: str) -> str:
        """By what a guest is known: the phone, else the e-mail."""
        return (phone_of(who.phone, self._homes[shop]) or who.phone) if who.phone else (who.email or "").lower()

    def _name(self, who: Who, shop: str) -> str:
        """The recipient's id; "" for a guest of whom the run shows none."""
        if who.recipient or (who.customer and _PLAIN.fullmatch(who.customer)):
            return who.recipient or who.customer or ""
        return self._guests.get((shop, self._key(who, shop)), "")

    def placed(self, order: Order) -> Said | None:
        """The event that placed an order."""
        return self._placed.get(order)

    def members(self, order: Order, before: Millis) -> tuple[Member, ...]:
        """The order's recipients as the log had it before the moment."""
        known = [found for found in self._lists[order] if found[0].known < before]
        if not known:
            return ()
        newest, *earlier = sorted(known, key=lambda found: found[0].happened_at, reverse=True)
        found = self._listed(newest, order)
        return tuple(self._since(member, earlier, order) for member in found.values())

    def _listed(self, said: tuple[Said, tuple[OrderRecipient, ...]], order: Order) -> dict[str, Member]:
        """The recipients of one list; one who stands there twice counts as the first."""
        event, listed = said
        found: dict[str, Member] = {}
        for who in listed:
            member = self._member(event, who, order)
            found.setdefault(member.recipient, member)
        return found

    def _since(
        self, member: Member, earlier: Iterable[tuple[Said, tuple[OrderRecipient, ...]]], order: Order
    ) -> Member:
        """Addresses that an order says again are as old as when it said so first."""
        for said in earlier:
            before = self._listed(said, order).get(member.recipient)
            if before is not None and (before.phone, before.email) != (member.phone, member.email):
                break
            member = member._replace(given_at=before.given_at) if before is not None else member
        return member

    def member(self, order: Order, recipient: str, before: Millis) -> Member | None:
        """One recipient of the order; None if they are not (or no longer) one."""
        return next((m for m in self.members(order, before) if m.recipient == recipient), None)

    def _member(self, event: Said, who: OrderRecipient, order: Order) -> Member:
        data = event.data
        assert isinstance(data, OrderPlaced | OrderChanged)
        placed = self._placed.get(order)
        locale = who.locale or (placed.data.locale if placed and isinstance(placed.data, OrderPlaced) else "")
        country = data.country or ""
        return Member(
            self._name(who, order[0]),
            who.role,
            re.split("[-_]", locale)[0].lower(),
            phone_of(who.phone, country or self._homes[order[0]]),
            email_of(who.email),
            event.happened_at,
            who.zone or "",
            country,
        )

    def wishes(self, person: Person, before: Millis) -> list[Said]:
        """What the customer said that the log had before the moment, oldest first by when it was said."""
        known = [said for said in self._wishes[person] if said.known < before]
        return sorted(known, key=lambda said: said.happened_at)

    def erased_at(self, person: Person, before: Millis) -> Millis | None:
        """When the customer last asked to be forgotten."""
        asked = [said.happened_at for said in self.wishes(person, before) if isinstance(said.data, CustomerErased)]
        return max(asked, default=None)

    def window(self, person: Person, before: Millis) -> tuple[int, int] | None:
        """The hours they chose, in minutes of the local day."""
        chosen = [
            s.data.window
            for s in self._changes(person, before)
            if s.data.window is not None or "window" in s.data.as_usual
        ]
        if not chosen or chosen[-1] is None:
            return None
        opens, closes = chosen[-1].opens, chosen[-1].closes
        return opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute

    def zone(self, person: Person, before: Millis) -> str:
        """The time zone they named, or ""."""
        return next((s.data.zone for s in reversed(self._changes(person, before)) if s.data.zone), "")

    def paused(self, person: Person, order: str, before: Millis) -> bool:
        """Whether they want to hear nothing more of this order."""
        last = False
        for said in self._changes(person, before):
            last = said.data.pause_order == order or (last and said.data.resume_order != order)
        return last

    def switched_off(self, person: Person, kind: str, channel: str, before: Millis) -> bool:
        """Whether they want the kind on other channels alone, or on none."""
        changes = self._changes(person, before)
        given = [s.data.kinds.get(Kind(kind)) for s in changes if kind in s.data.kinds or kind in s.data.as_usual]
        return bool(given) and given[-1] is not None and channel not in given[-1]

    def _changes(self, person: Person, before: Millis) -> "list[Change]":
        return [
            Change(s.happened_at, s.data) for s in self.wishes(person, before) if isinstance(s.data, CustomerChanged)
        ]

    def left(self, person: Person, channel: str, cls: str, before: Millis) -> bool:
        """Whether the last STOP or START that covers the channel and the class was a STOP."""
        said = [_opted(s) for s in self.wishes(person, before) if isinstance(s.data, CustomerOpted | ReceiptReceived)]
        fitting = [s for s in said if s.channel in ("", channel) and s.cls in ("", cls)]
        return bool(fitting) and not fitting[-1].yes

    def consent(self, person: Person, channel: str, cls: str, before: Millis) -> bool | None:
        """What they last said of the class on the channel; None if nothing."""
        given = sorted(self._consents(person, before), key=lambda found: found[0])
        fitting = [s.yes for _at, s in given if s.cls == cls and s.channel in ("", channel)]
        return fitting[-1] if fitting else None

    def _consents(self, person: Person, before: Millis) -> Iterator[tuple[Millis, Statement]]:
        for said in self._changes(person, before):
            for c in said.data.consents:
                when = said.happened_at if c.given_at is None else to_millis(c.given_at)
                yield when, Statement(c.given, str(c.channel or ""), str(c.cls))
        for (shop, _order), lists in self._lists.items():
            for event, listed in lists if shop == person[0] else ():
                for who in listed:
                    if event.known < before and who.consents and self._name(who, shop) == person[1]:
                        for c in who.consents:
                            when = event.happened_at if c.given_at is None else to_millis(c.given_at)
                            yield when, Statement(c.given, str(c.channel or ""), str(c.cls))

    def address(self, member: Member, person: Person, channel: str, before: Millis) -> str:
        """The address in force: what the customer changed last wins over earlier orders, never over a consignee's."""
        own = member.phone if channel == "sms" else member.email
        if member.role == "consignee":
            return own
        for said in self._changes(person, before):
            given = said.data.phone if channel == "sms" else said.data.email
            if given is not None and said.happened_at > member.given_at:
                own = phone_of(given, self._homes[person[0]]) if channel == "sms" else email_of(given)
        return own


class Change(NamedTuple):
    """A change that a customer asked for, and when."""

    happened_at: Millis
    data: CustomerChanged


def _opted(said: Said) -> Statement:
    """A customer's STOP or START; a provider that reports one does so for its channel."""
    data = said.data
    if isinstance(data, ReceiptReceived):
        return Statement(False, str(data.channel), "")
    assert isinstance(data, CustomerOpted)
    return Statement(said.word == "opted_in", str(data.channel or ""), str(data.cls or ""))
