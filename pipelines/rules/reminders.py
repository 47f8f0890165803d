"""The ladder of reminders: anchored to a deadline, moved back to waking hours, never past it."""

from datetime import time

from pipelines.rules.channels import waking_day
from pipelines.rules.desk import Desk, is_known, refusal
from pipelines.rules.hours import LAST_MOMENT, last_waking_moment
from pipelines.rules.kinds import LADDER, LADDER_GAP
from pipelines.rules.plan_state import Held, OrderPlan, evolve
from schemas.messages import Kind
from schemas.orders import ParcelView
from schemas.parcels import Point, parcel_key
from schemas.status import Status
from schemas.times import DAY, HOUR, MINUTE, Millis, at_local, local

BEFORE_CLOSING: Millis = 2 * HOUR
"""How long a staffed point must still be open when the reminder comes."""


def open_ladder(desk: Desk, order: str) -> None:
    """Opens a reminder for each rung, still to come, before the deadline of each parcel that waits. A deadline that
    moved has rungs of its own."""
    for parcel in desk.orders[order].view.parcels:
        if parcel.status == Status.READY_FOR_PICKUP and parcel.direction == "outbound" and not desk.is_shop:
            _open_rungs(desk, order, parcel)


def _open_rungs(desk: Desk, order: str, parcel: ParcelView) -> None:
    deadline, plan = parcel.facts.deadline, desk.orders[order]
    if deadline is None:
        return
    subject = parcel_key(parcel.courier, parcel.number)
    moments = [reminder_moment(desk, plan, parcel.facts.point, deadline, ahead) for _rung, ahead in LADDER]
    for (rung, _ahead), due, following in zip(LADDER, moments, (*moments[1:], None), strict=True):
        if due is not None and due > desk.now:
            ends, occurrence = _ends(due, following, deadline), f"{rung}:{deadline}"
            held = Held(subject, Kind.PICKUP_REMINDER, occurrence, desk.now, desk.now, due, ends, basis=deadline)
            _open_rung(desk, order, evolve(held, waits=due))


def _ends(due: Millis, following: Millis | None, deadline: Millis) -> Millis:
    """Until when a rung may go: a late one must not come within the gap before the next."""
    if following is None or following - due < LADDER_GAP:
        return deadline
    return max(following - LADDER_GAP, due + LAST_MOMENT)


def _open_rung(desk: Desk, order: str, held: Held) -> None:
    plan = desk.orders[order]
    if is_known(plan, held):
        return
    if none := refusal(desk, plan, held):
        desk.refuse(order, held, *none)
    else:
        desk.hold(order, held)


def reminder_moment(desk: Desk, plan: OrderPlan, point: Point | None, deadline: Millis, ahead: Millis) -> Millis | None:
    """When a rung is said: moved back to a waking moment, and so that a staffed point is open for two hours yet."""
    row = desk.row(plan, Kind.PICKUP_REMINDER)
    waking = waking_day(desk.profile, plan, row, desk.bundle)
    latest = deadline - ahead
    if point is not None and point.hours:
        closing = last_closing(point, deadline, waking.zone)
        latest = min(latest, (closing or deadline) - BEFORE_CLOSING)
    return last_waking_moment(latest, waking)


def last_closing(point: Point, deadline: Millis, zone: str) -> Millis | None:
    """When a staffed point closes for the last time before the deadline (or the deadline itself, if it is open)."""
    ends: list[Millis] = []
    for back in range(8):
        day = local(deadline - back * DAY, zone).date()
        for weekday, opens, closes in point.hours:
            opening = at_local(day, time(0), zone) + opens * MINUTE
            if weekday == day.weekday() and opening < deadline:
                ends.append(min(deadline, opening + (closes - opens) * MINUTE))
    return max(ends, default=None)


def reminded_lately(desk: Desk, held: Held) -> bool:
    """Whether the parcel's last reminder, for whichever of its orders, is too near for another."""
    last = max(plan.reminded_at.get(held.subject, -LADDER_GAP) for plan in desk.orders.values())
    return desk.now - last < LADDER_GAP
