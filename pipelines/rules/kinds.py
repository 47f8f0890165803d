"""The table of message kinds: what calls for each, on which ground, when it may go and what makes it pointless.

One row a kind. A shop's bundle may change a row (`row_for`); code that asks "is this kind ..." reads it here.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import time
from functools import lru_cache

from schemas.messages import Channel, Class, Kind
from schemas.orders import OrderView, ParcelView
from schemas.shops import Bundle, KindRule
from schemas.status import HARD_ENDS, RANK, Action, Status
from schemas.times import DAY, HOUR, MINUTE, Millis

BOTH = (Channel.SMS, Channel.EMAIL)
SMS = (Channel.SMS,)
EMAIL = (Channel.EMAIL,)

EXEMPT = 1
"""The priority that no cap and no budget stops."""


@dataclass(frozen=True)
class Hours:
    """A window of the local day. `chosen_wins`: hours that the recipient chose take its place."""

    opens: time
    closes: time
    chosen_wins: bool = True


Superseded = Callable[[ParcelView, OrderView], bool]
"""Whether the present state of the parcel (or of the order) makes the message pointless."""


@dataclass(frozen=True)
class Row:
    """What the table says of a kind."""

    kind: str
    triggers: tuple[str, ...]
    cls: str
    priority: int
    channels: tuple[str, ...]
    valid: Millis  # from when it happened; see `validity` for the kinds with an end of their own
    preferred: bool = False  # one channel, by the recipient's preference
    at_once: bool = False  # e-mail need not wait for the window
    hours: Hours | None = None  # a window of its own
    delay: Millis = 0
    merge: Millis | None = None  # None: never merged; 0: with what is held; else a window from the first slot
    by_point: bool = False  # merge only parcels at one point
    max_age: Millis | None = None  # asserts the present: not said of a state that is older
    enabled: bool = True
    once: bool = False  # once an order
    lead: Millis = 0  # the shop hears of it that much earlier
    gate: str = "service"  # which age gate: contract | service | present
    superseded: Superseded = lambda _parcel, _order: False


_S = Status
_PROBLEMS = frozenset({_S.EXCEPTION, _S.UNDELIVERABLE, _S.LOST})
_SPEAKS = frozenset(
    {
        _S.DELAYED,
        _S.EXCEPTION,
        _S.OUT_FOR_DELIVERY,
        _S.DELIVERY_ATTEMPTED,
        _S.READY_FOR_PICKUP,
        _S.PICKUP_EXPIRED,
        _S.UNDELIVERABLE,
        _S.RETURNING,
        _S.LOST,
        *HARD_ENDS,
    }
)
"""Statuses that have a message of their own, later than `shipped`."""


def needs_recipient(parcel: ParcelView) -> bool:
    """Whether the parcel waits for something that its recipient has to do."""
    return parcel.status == _S.HELD and parcel.action == Action.RECIPIENT


def has_left(order: OrderView) -> bool:
    """Whether any parcel of the order is with its courier."""
    return any(RANK[p.status] >= RANK[_S.ACCEPTED] for p in order.parcels if p.direction == "outbound")


def _left_or_cancelled(_parcel: ParcelView, order: OrderView) -> bool:
    return has_left(order) or order.lifecycle == "cancelled"


def _is_not(*statuses: str) -> Superseded:
    return lambda parcel, _order: parcel.status not in statuses


def _is(*statuses: str) -> Superseded:
    return lambda parcel, _order: parcel.status in statuses


def _reached(status: str) -> Superseded:
    return lambda parcel, _order: RANK[parcel.status] >= RANK[status]


def _troubled(_parcel: ParcelView, order: OrderView) -> bool:
    """A return, or a parcel that is not delivered (any more): no moment to ask how it was."""
    wrong = any(p.direction == "return" or p.status != _S.DELIVERED for p in order.parcels)
    return wrong or order.lifecycle in ("return_requested", "returned", "returned_in_part", "cancelled")


ROWS: tuple[Row, ...] = (
    Row(
        Kind.ORDER_RECEIVED, ("placed",), Class.CONTRACT, 2, EMAIL, 24 * HOUR,
        at_once=True, delay=2 * MINUTE, once=True, gate="contract",
        superseded=lambda _p, order: order.lifecycle == "cancelled",
    ),
    Row(
        Kind.ORDER_CONFIRMED, ("confirmed", "paid"), Class.CONTRACT, 3, EMAIL, 48 * HOUR,
        at_once=True, once=True, gate="contract", superseded=_left_or_cancelled,
    ),
    Row(
        Kind.ORDER_PACKED, ("packed",), Class.SERVICE, 6, EMAIL, 24 * HOUR,
        enabled=False, merge=30 * MINUTE, once=True, superseded=_left_or_cancelled,
    ),
    Row(
        Kind.SHIPPED, (_S.ACCEPTED,), Class.SERVICE, 3, BOTH, 3 * DAY,
        preferred=True, merge=30 * MINUTE,
        superseded=lambda parcel, _o: parcel.status in _SPEAKS or needs_recipient(parcel),
    ),
    Row(
        Kind.LATE_TO_LEAVE, ("late_to_leave",), Class.SERVICE, 4, EMAIL, 3 * DAY,
        merge=0, max_age=12 * HOUR, lead=4 * HOUR, superseded=_left_or_cancelled,
    ),
    Row(
        Kind.DELAYED, (_S.DELAYED, "eta_moved"), Class.SERVICE, 3, BOTH, 3 * DAY,
        preferred=True, merge=30 * MINUTE, superseded=_reached(_S.OUT_FOR_DELIVERY),
    ),
    Row(
        Kind.ACTION_NEEDED, (_S.HELD,), Class.SERVICE, 1, BOTH, 14 * DAY,
        superseded=lambda parcel, _o: not needs_recipient(parcel),
    ),
    Row(
        Kind.ARRIVING_TOMORROW, (_S.AT_DELIVERY_DEPOT,), Class.SERVICE, 6, BOTH, DAY,
        preferred=True, enabled=False, hours=Hours(time(17), time(20)), merge=0, max_age=12 * HOUR,
        superseded=_reached(_S.OUT_FOR_DELIVERY),
    ),
    Row(
        Kind.OUT_FOR_DELIVERY, (_S.OUT_FOR_DELIVERY,), Class.SERVICE, 2, SMS, DAY,
        hours=Hours(time(7), time(20)), merge=10 * MINUTE, max_age=6 * HOUR,
        superseded=_is_not(_S.OUT_FOR_DELIVERY),
    ),
    Row(
        Kind.DELIVERY_ATTEMPTED, (_S.DELIVERY_ATTEMPTED,), Class.SERVICE, 1, SMS, 24 * HOUR,
        superseded=lambda parcel, _o: parcel.status == _S.OUT_FOR_DELIVERY
        or RANK[parcel.status] > RANK[_S.DELIVERY_ATTEMPTED],
    ),
    Row(
        Kind.READY_FOR_PICKUP, (_S.READY_FOR_PICKUP,), Class.SERVICE, 1, BOTH, 7 * DAY,
        merge=10 * MINUTE, by_point=True, gate="present", superseded=_is_not(_S.READY_FOR_PICKUP),
    ),
    Row(
        Kind.PICKUP_REMINDER, (), Class.SERVICE, 1, SMS, 7 * DAY,
        merge=0, by_point=True, max_age=12 * HOUR, gate="present", superseded=_is_not(_S.READY_FOR_PICKUP),
    ),
    Row(
        Kind.PICKUP_EXPIRED, (_S.PICKUP_EXPIRED,), Class.SERVICE, 2, BOTH, 3 * DAY,
        preferred=True, superseded=_is(_S.READY_FOR_PICKUP, _S.RETURNING, *HARD_ENDS),
    ),
    Row(
        Kind.PROBLEM, tuple(_PROBLEMS), Class.SERVICE, 1, EMAIL, 5 * DAY,
        lead=2 * HOUR, superseded=_is_not(*_PROBLEMS),
    ),
    Row(
        Kind.NO_MOVEMENT, ("no_movement",), Class.SERVICE, 4, EMAIL, 7 * DAY,
        merge=0, max_age=12 * HOUR, lead=4 * HOUR,
    ),
    Row(
        Kind.DELIVERED, (_S.DELIVERED,), Class.SERVICE, 3, EMAIL, 2 * DAY,
        merge=30 * MINUTE, gate="present", superseded=_is_not(_S.DELIVERED),
    ),
    Row(
        Kind.GOING_BACK, (_S.RETURNING,), Class.SERVICE, 2, BOTH, 7 * DAY,
        preferred=True, superseded=_is_not(_S.RETURNING),
    ),
    Row(Kind.CAME_BACK, (_S.RETURNED,), Class.SERVICE, 2, BOTH, 7 * DAY, preferred=True),
    Row(Kind.RETURN_RECEIVED, (), Class.CONTRACT, 3, EMAIL, 7 * DAY, gate="contract"),
    Row(
        Kind.ORDER_CANCELLED, ("cancelled",), Class.CONTRACT, 1, EMAIL, 7 * DAY,
        at_once=True, once=True, gate="contract",
    ),
    Row(Kind.ORDER_REFUNDED, ("refunded",), Class.CONTRACT, 1, EMAIL, 7 * DAY, at_once=True, gate="contract"),
    Row(
        Kind.FEEDBACK, (), Class.FEEDBACK, 9, EMAIL, 12 * DAY,
        hours=Hours(time(10), time(18)), delay=2 * DAY, merge=0, once=True, superseded=_troubled,
    ),
    Row(
        Kind.SHOP_ALERT, (), Class.CONTRACT, 1, EMAIL, DAY,
        at_once=True, merge=HOUR, gate="contract",
    ),
)  # fmt: skip

TABLE: dict[str, Row] = {row.kind: row for row in ROWS}

ORDER_WORDS = frozenset({"placed", "confirmed", "paid", "packed", "cancelled", "refunded", "late_to_leave"})
"""Triggers that are about the order; the others are about a parcel."""

_BY_TRIGGER = {str(trigger): row.kind for row in ROWS for trigger in row.triggers}
BY_ORDER: dict[str, str] = {trigger: kind for trigger, kind in _BY_TRIGGER.items() if trigger in ORDER_WORDS}
BY_PARCEL: dict[str, str] = {trigger: kind for trigger, kind in _BY_TRIGGER.items() if trigger not in ORDER_WORDS}

RETURN_TRIGGERS = frozenset({_S.ACCEPTED, _S.DELIVERED})
"""What a customer's return says: that it is on its way, that the shop has it."""

ALERT_TRIGGERS = frozenset({*_PROBLEMS, "late_to_leave", "no_movement"})
"""What the shop itself is told of."""

LADDER: tuple[tuple[str, Millis], ...] = (("24h", 24 * HOUR), ("6h", 6 * HOUR))
"""The rungs of `pickup_reminder`: name and time before the deadline."""

LADDER_GAP: Millis = 12 * HOUR
"""At most one reminder within this time."""


def kind_of(trigger: str, direction: str | None) -> str | None:
    """The kind that a happening calls for; None if it calls for none. `direction` is its parcel's, None for what the
    shop says of the order itself: "cancelled" is a word of both."""
    if direction == "return":
        return Kind.RETURN_RECEIVED if trigger in RETURN_TRIGGERS else None
    return (BY_ORDER if direction is None else BY_PARCEL).get(trigger)


@lru_cache(maxsize=4096)
def _row(kind: str, rules: tuple[KindRule, ...]) -> Row:
    row = TABLE[kind]
    for rule in rules:
        row = _changed(row, rule)
    return row


def _changed(row: Row, rule: KindRule) -> Row:
    """The row with what the rule gives in place of what was."""
    if rule.enabled is not None:
        row = replace(row, enabled=rule.enabled)
    if rule.channels is not None:
        row = replace(row, channels=tuple(rule.channels), preferred=False, enabled=row.enabled and bool(rule.channels))
    if rule.preferred is not None:
        row = replace(row, preferred=rule.preferred)
    if rule.delay_minutes is not None:
        row = replace(row, delay=rule.delay_minutes * MINUTE)
    if rule.max_age_hours is not None:
        row = replace(row, max_age=rule.max_age_hours * HOUR)
    if rule.merge_minutes is not None:
        row = replace(row, merge=rule.merge_minutes * MINUTE)
    return row


def rules_for(bundle: Bundle, kind: str, segment: str) -> tuple[KindRule, ...]:
    """What the shop changes of a kind: for everyone, then for the segment."""
    general = bundle.kinds.get(kind)
    special = bundle.segments[segment].kinds.get(kind) if segment in bundle.segments else None
    return tuple(rule for rule in (general, special) if rule is not None)


def row_for(bundle: Bundle, kind: str, segment: str) -> Row:
    """The table's row as this shop has it for this segment."""
    return _row(kind, rules_for(bundle, kind, segment))


def chose_channels(bundle: Bundle, kind: str, segment: str) -> bool:
    """Whether the shop itself said which channels the kind uses."""
    return any(rule.channels is not None or rule.preferred is not None for rule in rules_for(bundle, kind, segment))
