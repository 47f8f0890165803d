"""A run's rows by what one asks about: an order, a parcel, a recipient."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipelines.report.clock import Clock, clock_of
from pipelines.report.fates import Identity, identity, stage
from pipelines.report.rows import DecisionRow, MessageRow, OrderRow, OutcomeRow, ParcelRow
from pipelines.report.run import Run
from schemas.places import zone_of

OfShop = tuple[str, str]
"""(shop, order) or (shop, recipient)."""


@dataclass(frozen=True)
class Index:
    """What belongs to what. Rows keep the order of their files, which is that of time."""

    orders: dict[OfShop, OrderRow] = field(default_factory=dict)
    parcels: dict[OfShop, list[ParcelRow]] = field(default_factory=lambda: defaultdict(list))
    decisions: dict[OfShop, list[DecisionRow]] = field(default_factory=lambda: defaultdict(list))
    messages: dict[OfShop, list[MessageRow]] = field(default_factory=lambda: defaultdict(list))
    outcomes: dict[Identity, list[OutcomeRow]] = field(default_factory=lambda: defaultdict(list))
    people: dict[OfShop, list[str]] = field(default_factory=lambda: defaultdict(list))
    recipients: dict[OfShop, list[str]] = field(default_factory=lambda: defaultdict(list))
    written_to: dict[OfShop, list[MessageRow]] = field(default_factory=lambda: defaultdict(list))
    parcel_orders: dict[str, list[OfShop]] = field(default_factory=lambda: defaultdict(list))
    zones: dict[OfShop, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)

    def fate(self, message: MessageRow) -> OutcomeRow | None:
        """The last outcome of the message; None if the run did not deliver it."""
        outcomes = self.outcomes.get(identity(message))
        return outcomes[-1] if outcomes else None

    def clock(self, key: OfShop) -> Clock:
        """The clock of an order: of its delivery country, else as decided for a recipient, else of the shop's
        commonest country."""
        order = self.orders.get(key)
        if order and zone_of(order.country):
            return clock_of(order.country)
        decided = [self.zones[key[0], who] for who in self.recipients.get(key, ()) if (key[0], who) in self.zones]
        return Clock(decided[0]) if decided else clock_of(self.homes.get(key[0], ""))

    def clock_of_person(self, key: OfShop) -> Clock:
        """The clock of a recipient: as decided, else of the last order, else of the shop's commonest country."""
        if key in self.zones:
            return Clock(self.zones[key])
        orders = self.people.get(key)
        return self.clock((key[0], orders[-1])) if orders else self.clock(key)


def index_of(run: Run) -> Index:
    index = Index()
    _add_orders(index, run)
    for decision in run.decisions:
        index.decisions[decision.shop, decision.order].append(decision)
        _meet(index, decision.shop, decision.recipient, decision.order)
        if decision.zone:
            index.zones[decision.shop, decision.recipient] = decision.zone
    for outcome in sorted(run.outcomes, key=stage):
        index.outcomes[identity(outcome)].append(outcome)
    for message in sent_or_first(run.messages, index):
        index.messages[message.shop, message.order].append(message)
        index.written_to[message.shop, message.recipient].append(message)
        _meet(index, message.shop, message.recipient, message.order)
    return index


def sent_or_first(messages: tuple[MessageRow, ...], index: Index) -> Iterator[MessageRow]:
    """Each message, and what went out in its place where its address was refused."""
    for message in messages:
        yield message
        other = message.otherwise
        while other is not None:
            if identity(other) in index.outcomes:
                yield other
            other = other.otherwise


def _add_orders(index: Index, run: Run) -> None:
    countries: dict[str, Counter[str]] = defaultdict(Counter)
    for order in run.orders:
        index.orders[order.shop, order.order] = order
        countries[order.shop][order.country] += 1
        for role in order.recipients:
            _meet(index, order.shop, role.recipient, order.order)
    index.homes.update({shop: count.most_common(1)[0][0] for shop, count in countries.items()})
    for parcel in run.parcels:
        _add_parcel(index, parcel)


def _add_parcel(index: Index, parcel: ParcelRow) -> None:
    for subscriber in parcel.subscribers:
        shop, _, order = subscriber.partition("/")
        index.parcels[shop, order].append(parcel)
        index.parcel_orders[parcel.key].append((shop, order))


def _meet(index: Index, shop: str, recipient: str, order: str) -> None:
    if order not in index.people[shop, recipient]:
        index.people[shop, recipient].append(order)
        index.recipients[shop, order].append(recipient)
