"""Opening slots: what has happened becomes something that could be said, or is refused at once."""

from datetime import time

from pipelines.rules.desk import Desk, is_known, parcel_of, refusal, said
from pipelines.rules.hours import next_local
from pipelines.rules.kinds import (
    ALERT_TRIGGERS,
    Row,
    kind_of,
)
from pipelines.rules.plan_state import Held, OrderPlan, evolve
from schemas.messages import Alert, Class, Kind, Reason
from schemas.orders import Happening, OrderView, ParcelView
from schemas.status import HARD_ENDS, RANK, Status
from schemas.times import DAY, HOUR, Millis, local

LAST_DELIVERY = time(21)
"""A courier's day ends: "today with the courier" is no news after it."""

NOWHERE = frozenset({Status.CANCELLED, Status.EXPIRED})
"""Statuses that may be reached without ever leaving."""

BUYERS = frozenset({Class.CONTRACT, Class.FEEDBACK})
"""Classes that concern the buyer alone: to others who receive the parcel they say nothing."""


def open_slots(desk: Desk, order: str, happening: Happening) -> None:
    """Opens the slots that a happening calls for, if it calls for any."""
    if desk.is_shop:
        return open_alert(desk, order, happening)
    parcel = parcel_of(desk.orders[order].view, happening.subject)
    about_order = not happening.subject
    if parcel is None and not about_order:
        return None  # the parcel is no longer the order's
    kind = kind_of(happening.trigger, parcel.direction if parcel else None)
    if kind != Kind.SHIPPED and parcel and _has_left(happening, parcel):
        _open(desk, order, happening, Kind.SHIPPED, parcel)
    if kind is not None:
        _open(desk, order, happening, kind, parcel)
    return None


def _has_left(happening: Happening, parcel: ParcelView) -> bool:
    """Whether the happening shows that the parcel is under way, though its courier never said "accepted"."""
    left = RANK.get(happening.trigger, 0) > RANK[Status.ACCEPTED] and happening.trigger not in NOWHERE
    return left and parcel.direction == "outbound"


def _open(desk: Desk, order: str, happening: Happening, kind: str, parcel: ParcelView | None) -> None:
    plan = desk.orders[order]
    if not _calls(desk, plan, happening, kind, parcel):
        return
    held = _held(desk, plan, happening, kind, parcel)
    if not is_known(plan, held):
        _admit(desk, order, held, happening.late)


def _calls(desk: Desk, plan: OrderPlan, happening: Happening, kind: str, parcel: ParcelView | None) -> bool:
    """Whether the happening is of the sort that the kind is about."""
    if plan.reach.role != "buyer" and desk.row(plan, kind).cls in BUYERS:
        return False
    if kind == Kind.SHIPPED:
        return not _spoken(plan, happening.subject, kind)
    if kind == Kind.ACTION_NEEDED:
        return happening.action == "recipient"
    if kind == Kind.ARRIVING_TOMORROW:
        return parcel is not None and _arrives_tomorrow(desk, plan, parcel)
    return True


def _spoken(plan: OrderPlan, subject: str, kind: str) -> bool:
    """Whether a slot of the kind was opened for the subject before."""
    return said(subject, kind) in plan.decided or any(h.subject == subject and h.kind == kind for h in plan.held)


def _arrives_tomorrow(desk: Desk, plan: OrderPlan, parcel: ParcelView) -> bool:
    eta = parcel.facts.eta
    zone = desk.zone(plan)
    return eta is not None and (local(eta.at, zone).date() - local(desk.now, zone).date()).days == 1


def _held(desk: Desk, plan: OrderPlan, happening: Happening, kind: str, parcel: ParcelView | None) -> Held:
    row = desk.row(plan, kind)
    return Held(
        subject=happening.subject or f"order/{plan.view.order}",
        kind=kind,
        occurrence=happening.occurrence,
        occurred_at=happening.occurred_at,
        recorded_at=happening.recorded_at,
        due=desk.now,
        valid_until=validity(desk, plan, row, happening.occurred_at, parcel),
        number=happening.number,
        basis=parcel.known_at if parcel and kind == Kind.NO_MOVEMENT else 0,
    )


def validity(desk: Desk, plan: OrderPlan, row: Row, occurred_at: Millis, parcel: ParcelView | None) -> Millis:
    """Until when the message is worth sending: an end of its own, else the row's time from when it happened."""
    zone = desk.zone(plan)
    facts = parcel.facts if parcel else None
    if row.kind == Kind.OUT_FOR_DELIVERY:
        return next_local(occurred_at, LAST_DELIVERY, zone)
    if row.kind == Kind.ARRIVING_TOMORROW:
        return next_local(occurred_at, time(0), zone)
    if row.kind == Kind.READY_FOR_PICKUP and facts and facts.deadline:
        return facts.deadline
    if row.kind == Kind.DELIVERY_ATTEMPTED and facts and facts.next_attempt:
        return max(facts.next_attempt.at, occurred_at + HOUR)
    if row.kind == Kind.DELAYED and facts and facts.eta and facts.eta.at > occurred_at:
        return facts.eta.until or (facts.eta.at + DAY if facts.eta.day_only else facts.eta.at)
    return occurred_at + row.valid


def _admit(desk: Desk, order: str, held: Held, late: bool) -> None:
    """Refuses the slot at once, or holds it until it is due."""
    plan = desk.orders[order]
    row = desk.row(plan, held.kind)
    spoken = said(held.subject, held.kind) in plan.decided or any(
        (h.subject, h.kind) == (held.subject, held.kind) for h in plan.held
    )
    if not late:
        desk.change(order, decided=(*plan.decided, said(held.subject, held.kind)))
    if late:
        desk.refuse(order, held, Reason.SUPERSEDED, "told_before")
    elif spoken and row.once:
        desk.refuse(order, held, Reason.DUPLICATE)
    elif held.recorded_at - held.occurred_at > gate(desk, row):
        desk.refuse(order, held, Reason.BACKFILL)
    elif none := refusal(desk, plan, held):
        desk.refuse(order, held, *none)
    elif held.kind == Kind.ORDER_CONFIRMED and (received := _held_of(plan, Kind.ORDER_RECEIVED)):
        desk.hold(order, evolve(received, confirmed=True))
        desk.refuse(order, held, Reason.MERGED, Kind.ORDER_RECEIVED)
    else:
        _replace_older(desk, order, held)
        begins = held.occurred_at if held.kind == Kind.FEEDBACK else desk.now
        ready_at = max(begins + row.delay, desk.now + row.lead)
        due = max(ready_at, _merge_end(desk, desk.orders[order], held, row))
        desk.hold(order, evolve(held, due=due, waits=due if due > desk.now else 0))


def gate(desk: Desk, row: Row) -> Millis:
    """How late the log may have learned of something that is still told."""
    gates = desk.bundle.age_gates
    hours = {"contract": gates.contract_hours, "service": gates.service_hours, "present": gates.present_hours}
    return hours[row.gate] * HOUR


def _held_of(plan: OrderPlan, kind: str) -> Held | None:
    return next((held for held in plan.held if held.kind == kind), None)


def _replace_older(desk: Desk, order: str, held: Held) -> None:
    """A newer slot of the same kind and subject makes an older one that still waits pointless."""
    for other in desk.orders[order].held:
        if (other.subject, other.kind) == (held.subject, held.kind) and held.kind != Kind.ORDER_REFUNDED:
            desk.refuse(order, other, Reason.SUPERSEDED, held.kind)


def _merge_end(desk: Desk, plan: OrderPlan, held: Held, row: Row) -> Millis:
    """When the merge window closes: fixed from its first slot, opened only if another parcel could yield the kind."""
    if not row.merge:
        return desk.now
    mates = [h.waits for h in plan.held if h.kind == held.kind and h.waits > desk.now]
    if mates:
        return min(mates)
    return desk.now + row.merge if _another_could(plan.view, held, row) else desk.now


def _another_could(view: OrderView, held: Held, row: Row) -> bool:
    """Whether the order has another parcel that has not come as far as this kind yet."""
    outward = [p for p in view.parcels if p.direction == "outbound" and f"{p.courier}/{p.number}" != held.subject]
    reached = min((RANK[t] for t in row.triggers if t in RANK), default=0)
    return view.expected > len(outward) + 1 or any(
        p.status not in HARD_ENDS and RANK[p.status] < reached for p in outward
    )


def open_feedback(desk: Desk, order: str) -> None:
    """Opens the question how it was, once all parcels of the order are delivered."""
    view = desk.orders[order].view
    outward = [p for p in view.parcels if p.direction == "outbound"]
    done = outward and len(outward) >= view.expected and all(p.status == Status.DELIVERED for p in outward)
    if not done or desk.is_shop or desk.orders[order].reach.role != "buyer":
        return
    if said(f"order/{order}", Kind.FEEDBACK) in desk.orders[order].decided:
        return
    delivered = max(p.since for p in outward)
    row = desk.row(desk.orders[order], Kind.FEEDBACK)
    held = Held(f"order/{order}", Kind.FEEDBACK, "all_delivered", delivered, desk.now, desk.now, delivered + row.valid)
    _admit(desk, order, held, late=False)


def open_alert(desk: Desk, order: str, happening: Happening) -> None:
    """Opens a line of the shop's own alert."""
    if happening.trigger in ALERT_TRIGGERS and not happening.late:
        subject, at = happening.subject, happening.occurred_at
        alert_shop(desk, order, happening.trigger, happening.occurrence, subject, happening.reason, at)


def alert_shop(desk: Desk, order: str, trigger: str, occurrence: str, parcel: str, detail: str, at: Millis) -> None:
    """Holds one alert for the shop, to be merged with those of the same hour."""
    plan = desk.orders[order]
    word = Kind.PROBLEM if trigger in RANK else trigger
    alert = Alert(word, plan.view.number, parcel, trigger if trigger in RANK else detail, at)
    row = desk.row(plan, Kind.SHOP_ALERT)
    subject, occurrence = parcel or f"order/{order}", f"{trigger}:{occurrence}"
    held = Held(subject, Kind.SHOP_ALERT, occurrence, at, desk.now, desk.now, desk.now + row.valid, alert=alert)
    if is_known(plan, held):
        return
    last = max((at for at, _channel in desk.sent), default=0)
    due = max(desk.now, last + (row.merge or 0))
    if none := refusal(desk, plan, held):
        desk.refuse(order, held, *none)
    else:
        desk.hold(order, evolve(held, due=due, waits=due))
