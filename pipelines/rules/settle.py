"""Settling: slots that are due are looked at in the light of this moment, and said, put off or refused."""

from pipelines.rules.channels import Choice, addresses, choose, country_of, waking_day
from pipelines.rules.desk import Desk, parcel_of, refusal
from pipelines.rules.handover import hand_over
from pipelines.rules.hours import WakingDay, next_opening
from pipelines.rules.kinds import EXEMPT, Row, chose_channels
from pipelines.rules.plan_state import Handed, Held, OrderPlan, evolve
from pipelines.rules.reminders import reminded_lately
from pipelines.rules.tells import told_by_courier
from schemas.messages import Channel, Kind, Reason
from schemas.status import HARD_ENDS
from schemas.times import MINUTE, Millis, local

LOOK_AGAIN: Millis = 15 * MINUTE
"""How often a slot that waits for news of its courier is looked at: heartbeats do not wake Plan."""


def settle(desk: Desk) -> None:
    """Decides all that can be decided now: what became pointless, then what is due, the urgent before the rest."""
    for order, held in desk.all_held():
        asked = order in desk.touched or held.due <= desk.now
        if asked and (none := refusal(desk, desk.orders[order], held)):
            desk.refuse(order, held, *none)
    due = [entry for entry in desk.all_held() if entry[1].due <= desk.now]
    for order, held in sorted(due, key=lambda entry: _urgency(desk, *entry)):
        if any(other == held for other in desk.orders[order].held):
            _look(desk, order, held)


def _urgency(desk: Desk, order: str, held: Held) -> tuple[int, Millis, str, str, str]:
    priority = desk.row(desk.orders[order], held.kind).priority
    return priority, held.occurred_at, order, held.subject, held.occurrence


def _look(desk: Desk, order: str, held: Held) -> None:
    """Looks at one slot that is due: refuses it, puts it off, or says it."""
    plan = desk.orders[order]
    row = desk.row(plan, held.kind)
    if desk.now >= held.valid_until:
        return desk.refuse(order, held, Reason.QUIET_HOURS_PAST_VALIDITY if held.quiet else Reason.STALE)
    if (other := _told_for(desk, order, held)) is not None:
        return desk.refuse(order, held, Reason.DUPLICATE, f"order/{other}")
    if held.kind == Kind.PICKUP_REMINDER and reminded_lately(desk, held):
        return desk.refuse(order, held, Reason.CAP, Kind.PICKUP_REMINDER)
    if _too_old(desk, plan, held, row):
        return _wait_for_news(desk, order, held)
    choice = choose_for(desk, plan, held, row)
    if not choice.use:
        return desk.decide(order, held, choice.refused)
    waking = waking_day(desk.profile, plan, row, desk.bundle)
    opening = _opening(desk.now, row, choice, waking)
    if opening is None or opening >= held.valid_until:
        return desk.refuse(order, held, Reason.QUIET_HOURS_PAST_VALIDITY)
    if opening > desk.now:
        return desk.hold(order, evolve(held, due=opening, quiet=True))
    return _say(desk, order, held, row, _within_limits(desk, plan, row, choice, waking))


def _told_for(desk: Desk, order: str, held: Held) -> str | None:
    """Another order of this recipient for which this very slot was handed over: two orders may share a parcel."""
    others = ((other, plan.handed) for other, plan in desk.orders.items() if other != order)
    return next((other for other, handed in others if any(_tells(one, held) for one in handed)), None)


def _tells(handed: Handed, held: Held) -> bool:
    return handed.kind == held.kind and any(slot.slot == held.slot for slot in handed.slots)


def choose_for(desk: Desk, plan: OrderPlan, held: Held, row: Row) -> Choice:
    """The channels that the slot's message takes, as things stand."""
    if desk.is_shop:
        return Choice((Channel.EMAIL,), (), ())
    chosen = chose_channels(desk.bundle, held.kind, plan.view.segment)
    told = told_by_courier(desk.bundle, parcel_of(plan.view, held.subject), held.kind)
    return choose(desk.profile, plan, row, desk.bundle, told, chosen)


def _opening(now: Millis, row: Row, choice: Choice, waking: WakingDay) -> Millis | None:
    """When the message may go first: at once for e-mail of the kinds so marked, else in the waking window."""
    if row.at_once and Channel.EMAIL in choice.use:
        return now
    return next_opening(now, waking)


def _too_old(desk: Desk, plan: OrderPlan, held: Held, row: Row) -> bool:
    """Whether the kind asserts the present, and the courier has not been heard for too long."""
    if row.max_age is None or desk.is_shop:
        return False
    parcel = parcel_of(plan.view, held.subject)
    spoken_of = [parcel] if parcel else [p for p in plan.view.parcels if p.status not in HARD_ENDS]
    known = [
        max(p.known_at, desk.context.heard(p.courier, desk.shop, desk.now) or 0) for p in spoken_of if p is not None
    ]
    return bool(known) and desk.now - max(known) > row.max_age


def _wait_for_news(desk: Desk, order: str, held: Held) -> None:
    """The message waits for a read of its courier; if none comes while it is valid, it is not said."""
    again = desk.now + LOOK_AGAIN
    if again >= held.valid_until:
        return desk.refuse(order, held, Reason.STATE_TOO_OLD)
    return desk.hold(order, evolve(held, due=again))


def _within_limits(desk: Desk, plan: OrderPlan, row: Row, choice: Choice, waking: WakingDay) -> Choice:
    """The choice without the channels that a cap or the budget closes; under a budget e-mail takes over."""
    if row.priority == EXEMPT or desk.is_shop:
        return choice
    today = local(desk.now, waking.zone).date()
    sent = [channel for at, channel in desk.sent if local(at, waking.zone).date() == today]
    caps = desk.bundle.caps
    if len(sent) >= caps.messages_per_day:
        return Choice((), (), (*choice.refused, *((c, str(Reason.CAP)) for c in choice.use)))
    if Channel.SMS in choice.use and sent.count(Channel.SMS) >= caps.sms_per_day:
        return _without_sms(choice, Reason.CAP, turn=False)
    if Channel.SMS in choice.use and _overspent(desk, plan):
        return _without_sms(choice, Reason.BUDGET, turn=True)
    return choice


def _without_sms(choice: Choice, reason: str, turn: bool) -> Choice:
    rest = tuple(c for c in choice.use if c != Channel.SMS)
    instead = tuple(c for c in choice.otherwise if turn and c == Channel.EMAIL)
    return Choice(rest or instead, (), (*choice.refused, (str(Channel.SMS), str(reason))))


def _overspent(desk: Desk, plan: OrderPlan) -> bool:
    """Whether one more SMS would pass what the shop spends on one recipient in a day."""
    limit = desk.bundle.caps.sms_spend_per_day
    if limit is None:
        return False
    spent = sum((_price(desk, country) for at, country in desk.spent if desk.now - at < 24 * 60 * MINUTE))
    return spent + _price(desk, country_of(addresses(desk.profile, plan).phone)) > limit


def _price(desk: Desk, country: str) -> float:
    prices = desk.bundle.prices.sms if desk.bundle.prices else ()
    return float(next((p.per_segment for p in prices if p.country == country), 0))


def _say(desk: Desk, order: str, held: Held, row: Row, choice: Choice) -> None:
    """Hands the slot over with those that join it, or refuses it where no channel is left."""
    if not choice.use:
        return desk.decide(order, held, choice.refused)
    mates = _mates(desk, order, held, row)
    hand_over(desk, order, (held, *(mate for _order, mate in mates)), choice)
    for order_of_mate, mate in mates:
        verdicts = [(channel, str(Reason.MERGED)) for channel in choice.use]
        desk.decide(order_of_mate, mate, verdicts, by=f"{held.subject}:{held.occurrence}")
    verdicts = [*((channel, "handed_over") for channel in choice.use), *choice.refused]
    return desk.decide(order, held, verdicts)


def _mates(desk: Desk, order: str, held: Held, row: Row) -> list[tuple[str, Held]]:
    """Held slots that go into the same message: of the same kind and order (and point); the shop's of any order."""
    if row.merge is None:
        return []
    orders = list(desk.orders) if desk.is_shop else [order]
    return [
        (other, mate)
        for other in orders
        for mate in desk.orders[other].held
        if mate.kind == held.kind and mate.slot != held.slot and _joins(desk, other, held, mate, row)
    ]


def _joins(desk: Desk, order: str, held: Held, mate: Held, row: Row) -> bool:
    """Whether the other slot (of that order) may be said together with this one now."""
    plan = desk.orders[order]
    if mate.valid_until <= desk.now or _too_old(desk, plan, mate, row) or _told_for(desk, order, mate) is not None:
        return False
    if held.kind == Kind.PICKUP_REMINDER and (mate.due > desk.now or mate.subject == held.subject):
        return False
    return not row.by_point or _point(plan, mate) == _point(plan, held)


def _point(plan: OrderPlan, held: Held) -> str:
    parcel = parcel_of(plan.view, held.subject)
    return parcel.facts.point.id if parcel and parcel.facts.point else ""
