"""An order's own story: lifecycle and payment, folded from all that its shop told.

The log of facts is the truth: it is sorted by when things happened and folded anew when one more comes, so the order
of arrival cannot matter. Lifecycle and payment are two independent axes; what a fact tells moves one of them, or none.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from schemas.orders import OrderFact, Role
from schemas.parcels import Cod, Eta, Money
from schemas.times import Millis

LIFECYCLE: dict[str, tuple[str, ...]] = {
    "placed": ("",),
    "confirmed": ("", "placed", "on_hold"),
    "in_preparation": ("", "placed", "confirmed", "on_hold"),
    "packed": ("", "placed", "confirmed", "in_preparation", "on_hold"),
    "on_hold": ("placed", "confirmed", "in_preparation"),
    "resumed": ("on_hold",),  # goes back to what was before the hold
    "expired": ("placed", "confirmed", "in_preparation", "on_hold"),  # not paid in time
    "cancelled": ("", "placed", "confirmed", "in_preparation", "packed", "on_hold"),
    "completed": ("", "placed", "confirmed", "in_preparation", "packed", "on_hold"),
    "return_requested": ("placed", "confirmed", "in_preparation", "packed", "on_hold", "completed"),
    "returned": ("placed", "confirmed", "in_preparation", "packed", "on_hold", "completed", "return_requested"),
}
"""Word of a fact -> the lifecycles that it may move from; "" is before anything was told."""

PAYMENT: dict[str, tuple[str, ...]] = {
    "authorised": ("pending", "failed"),
    "paid": ("none_due", "pending", "failed", "authorised", "cod_due"),
    "failed": ("pending", "authorised"),
    "refunded_in_part": ("none_due", "pending", "failed", "authorised", "paid", "cod_due", "refunded_in_part"),
    "refunded": ("none_due", "pending", "failed", "authorised", "paid", "cod_due", "refunded_in_part"),
    "chargeback": ("pending", "authorised", "paid", "cod_due", "refunded_in_part", "refunded"),
}
"""State of payment -> the states that it may follow. `cod_collected` follows from the parcels, not from a fact."""

PAYMENT_WORDS: dict[str, str] = {
    "authorised": "authorised",
    "paid": "paid",
    "payment_failed": "failed",
    "refunded": "refunded",
    "chargeback": "chargeback",
}
"""Word of a fact -> the state of payment that it leads to."""

ENDED = frozenset({"completed", "cancelled", "expired", "return_requested", "returned"})
"""Lifecycles in which nothing more is dispatched."""

MOST = 48
"""So many facts of an order are kept one by one."""

_CARRIED = (
    "number",
    "locale",
    "country",
    "segment",
    "gift",
    "test",
    "total",
    "cod",
    "payment",
    "refunded",
    "dispatch_by",
    "promised",
    "parcels_expected",
    "recipients",
)
_WORDS = (*LIFECYCLE, *PAYMENT_WORDS)
_ORDER = {word: place for place, word in enumerate(("confirmed", "in_preparation", "packed", "cancelled"), start=1)}


class Terms(Struct, frozen=True, array_like=True):
    """What an order is as of now, folded from its facts. `payment` is how it is to be paid, `paid` how far that is."""

    placed_at: Millis | None = None
    lifecycle: str = ""
    paid: str = "pending"
    number: str = ""
    locale: str = ""
    country: str = ""
    segment: str = ""
    gift: bool = False
    test: bool = False
    total: Money | None = None
    cod: Cod | None = None
    payment: str = ""
    refunded: Money | None = None
    dispatch_by: Millis | None = None
    promised: Eta | None = None
    parcels_expected: int = 0
    recipients: tuple[Role, ...] = ()


class Axis(NamedTuple):
    """Where an axis ended, and the facts (by event) that moved it, each with where it moved to."""

    state: str
    moved: dict[str, str]


class Story(NamedTuple):
    """The fold of all facts: the terms, and what moved each axis."""

    terms: Terms
    lifecycle: Axis
    payment: Axis


def in_time(facts: Iterable[OrderFact]) -> list[OrderFact]:
    """The facts in the order in which they happened. An order begins by being placed, whatever clocks say; of one
    instant, the word further in life comes later."""
    return sorted(facts, key=_moment)


def _moment(fact: OrderFact) -> tuple[bool, Millis, int, str]:
    return fact.happened != "placed", fact.occurred_at, _ORDER.get(fact.happened, 0), fact.event


def shortened(facts: Sequence[OrderFact]) -> list[OrderFact]:
    """Facts that are `in_time`, at most MOST of them as far as mere changes allow: the oldest two of these become one.
    A shop that changes an order without end must not make it grow without end."""
    kept = list(facts)
    changes = [fact for fact in facts if fact.happened == "changed"]
    while len(kept) > MOST and len(changes) > 1:
        older, newer = changes[:2]
        changes[:2] = [_both(older, newer)]
        kept.remove(older)
        kept[kept.index(newer)] = changes[0]
    return kept


def _both(older: OrderFact, newer: OrderFact) -> OrderFact:
    """A change that leads where two lead."""
    return replace(newer, **_carried((older, newer)))


def fold(facts: Sequence[OrderFact], departed_at: Millis | None, parcel_cod: bool) -> Story:
    """The story of facts that are `in_time`. `departed_at`: when the last of all parcels was accepted, None if not all
    were: from then on a cancelling is a return. `parcel_cod`: one of the shipments is cash on delivery."""
    carried = _carried(facts)
    lifecycle = _fold_lifecycle(facts, departed_at)
    payment = _fold_payment(facts, _due(carried, parcel_cod))
    placed = next((fact.occurred_at for fact in facts if fact.happened == "placed"), None)
    return Story(Terms(placed, lifecycle.state, payment.state, **carried), lifecycle, payment)


def _carried(facts: Sequence[OrderFact]) -> dict[str, Any]:
    """Of each field, what was told last."""
    told = {}
    for fact in facts:
        for name in _CARRIED:
            value = getattr(fact, name)
            if value is not None and value != "":
                told[name] = value
    if "recipients" in told:
        told["recipients"] = _in_their_languages(told["recipients"], facts)
    return told


def _in_their_languages(roles: Sequence[Role], facts: Sequence[OrderFact]) -> tuple[Role, ...]:
    """The recipients; one whose language a newer list does not say keeps it."""
    known = {role.recipient: role.locale for fact in facts for role in fact.recipients or () if role.locale}
    return tuple(role if role.locale else replace(role, locale=known.get(role.recipient, "")) for role in roles)


def expected_in(facts: Sequence[OrderFact]) -> int:
    """How many parcels the shop says the order will have; 0 if it does not say."""
    return next((fact.parcels_expected for fact in reversed(facts) if fact.parcels_expected is not None), 0)


def _due(carried: dict[str, Any], parcel_cod: bool) -> str:
    """The state of payment before any was told. A sum to collect says more than the method, which has a default."""
    cod = carried.get("cod")
    if parcel_cod or (cod and cod.state != "none") or carried.get("payment") == "cod":
        return "cod_due"
    return "none_due" if carried.get("payment") == "none" else "pending"


def _fold_lifecycle(facts: Sequence[OrderFact], departed_at: Millis | None) -> Axis:
    state, before_hold, moved = "", "placed", {}
    payments: set[str] = set()
    at_cancelling: frozenset[str] = frozenset()
    for fact in facts:
        target = _meant(fact, state, departed_at)
        if state in LIFECYCLE.get(target, ()) or _revives(fact, state, at_cancelling):
            before_hold = state if target == "on_hold" else before_hold
            at_cancelling = frozenset(payments) if target == "cancelled" else at_cancelling
            state = moved[fact.event] = before_hold if target == "resumed" else target
        payments.add(fact.payment_id)
    return Axis(state, moved)


def _meant(fact: OrderFact, state: str, departed_at: Millis | None) -> str:
    """What a fact asks for: to cancel what has left as a whole is to return it."""
    gone = state == "completed" or (departed_at is not None and departed_at <= fact.occurred_at)
    return "return_requested" if fact.happened == "cancelled" and gone else fact.happened


def _revives(fact: OrderFact, state: str, payments: frozenset[str]) -> bool:
    """Whether a confirmation overrules an earlier cancelling: only with a payment that was not known then."""
    paid_anew = fact.payment_id != "" and fact.payment_id not in payments
    return state == "cancelled" and fact.happened == "confirmed" and paid_anew


def _fold_payment(facts: Sequence[OrderFact], start: str) -> Axis:
    state, moved = start, {}
    for fact in facts:
        target = PAYMENT_WORDS.get(fact.happened, "")
        target = "refunded_in_part" if target == "refunded" and fact.in_part else target
        if state in PAYMENT.get(target, ()):
            state = moved[fact.event] = target
    return Axis(state, moved)


def tells(fact: OrderFact) -> bool:
    """Whether the fact moves an axis, and so could be worth a message."""
    return fact.happened in _WORDS


def axis_of(story: Story, fact: OrderFact) -> Axis:
    """The axis that the fact speaks of."""
    return story.lifecycle if fact.happened in LIFECYCLE else story.payment


def is_late(fact: OrderFact, story: Story, told: Iterable[OrderFact]) -> bool:
    """Whether a fact changes nothing that could be told: it was refused, or something later on its axis (or the same
    word) was told before it came."""
    moved = axis_of(story, fact).moved
    lifecycle = fact.happened in LIFECYCLE
    return fact.event not in moved or any(
        _moment(other) > _moment(fact)
        and (other.happened in LIFECYCLE) == lifecycle
        and (other.event in moved or other.happened == fact.happened)
        for other in told
    )
