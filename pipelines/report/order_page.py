"""An order on the page: its parcels' scans, and each decision with what came of it."""

from dataclasses import dataclass

from pipelines.report.clock import Clock
from pipelines.report.index import Index, OfShop
from pipelines.report.rows import OrderRow
from pipelines.report.views import (
    Days,
    DecisionView,
    ParcelView,
    anchor,
    by_day,
    decision_view,
    parcel_view,
    person_name,
)
from pipelines.report.words import plain


@dataclass(frozen=True)
class OrderPage:
    """An order with everything that happened to it. `find` is what a search looks through."""

    anchor: str
    shop: str
    name: str
    zone: str
    facts: list[str]
    people: list[tuple[str, str, str]]  # anchor, name, role
    parcels: list[ParcelView]
    decisions: Days[DecisionView]
    said: int
    silent: int
    look: bool
    find: str


def order_pages(index: Index) -> list[OrderPage]:
    """Every order of the run, and those that only parcels or decisions know of."""
    keys = sorted({*index.orders, *index.decisions, *index.messages, *index.parcels})
    return [order_page(key, index) for key in keys if key[1]]


def order_page(key: OfShop, index: Index) -> OrderPage:
    clock = index.clock(key)
    order = index.orders.get(key)
    parcels = [parcel_view(parcel, clock) for parcel in index.parcels.get(key, [])]
    messages = index.messages.get(key, [])
    decisions = [decision_view(decision, messages, index, clock) for decision in index.decisions.get(key, [])]
    return OrderPage(
        anchor=anchor("order", key),
        shop=key[0],
        name=order.name if order else key[1],
        zone=clock.zone,
        facts=order_facts(order, clock) if order else ["the order itself never came"],
        people=_people(key, index),
        parcels=parcels,
        decisions=by_day(decisions),
        said=sum(decision.tone == "said" for decision in decisions),
        silent=sum(decision.tone == "silent" for decision in decisions),
        look=needs_a_look(parcels, decisions),
        find=" ".join([*key, *(parcel.number for parcel in parcels), *_found_by(key, index)]).lower(),
    )


def order_facts(order: OrderRow, clock: Clock) -> list[str]:
    """What stands under an order's name."""
    facts = [f"placed {clock.full(order.placed_at)}"] if order.placed_at else []
    facts += [plain(order.lifecycle)] if order.lifecycle not in ("", "placed") else []
    facts += [f"payment {plain(order.payment)}"] if order.payment else []
    facts += [plain(order.shipping)] if order.shipping else []
    facts += [f"segment {order.segment}"] if order.segment else []
    facts += [word for word, is_so in (("gift", order.gift), ("test order", order.test)) if is_so]
    if order.total:
        facts.append(f"{order.total['amount']} {order.total['currency']}")
    return list(dict.fromkeys(facts))


def needs_a_look(parcels: list[ParcelView], decisions: list[DecisionView]) -> bool:
    """Something was not understood, or a message is in doubt or still waits at the ledger."""
    odd = any(scan.look for parcel in parcels for _, scans in parcel.days for scan in scans)
    open_ends = any(message.tone in ("doubt", "waiting") for decision in decisions for message in decision.messages)
    return odd or open_ends


def _people(key: OfShop, index: Index) -> list[tuple[str, str, str]]:
    order = index.orders.get(key)
    roles = {role.recipient: role.role for role in order.recipients} if order else {}
    met = sorted(index.recipients.get(key, []))
    return [(anchor("person", (key[0], who)), person_name(who), roles.get(who, "")) for who in met]


def _found_by(key: OfShop, index: Index) -> list[str]:
    order = index.orders.get(key)
    who = {message.to for message in index.messages.get(key, [])}
    who |= {decision.recipient for decision in index.decisions.get(key, [])}
    return [*((order.number,) if order else ()), *sorted(who)]
