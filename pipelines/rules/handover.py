"""Handing over: notices for Compose, withdrawals of what became pointless, and what is put in their place."""

from collections.abc import Iterable

from pipelines.rules.channels import Choice, addresses, country_of, refusal, waking_day
from pipelines.rules.desk import Desk
from pipelines.rules.desk import refusal as pointless
from pipelines.rules.hours import Interval, open_intervals
from pipelines.rules.kinds import Row
from pipelines.rules.plan_state import Handed, Held, OrderPlan, evolve
from schemas.messages import Channel, Kind, Notice, Reason, Route, Withdraw
from schemas.wire import name_of

SEPARATE = frozenset({Kind.ORDER_REFUNDED, Kind.PICKUP_REMINDER, Kind.SHOP_ALERT, Kind.RETURN_RECEIVED})
"""Kinds of which a newer slot does not make an older one pointless."""


def hand_over(desk: Desk, order: str, slots: tuple[Held, ...], choice: Choice) -> None:
    """One notice for each channel in use; the first slot leads."""
    held = slots[0]
    _withdraw_older(desk, order, held)
    for channel in choice.use:
        _notice(desk, order, slots, channel, choice.otherwise, generation=0, cause="")
        desk.sent = (*desk.sent, (desk.now, channel))
        if channel == Channel.SMS:
            phone = addresses(desk.profile, desk.orders[order]).phone
            desk.spent = (*desk.spent, (desk.now, country_of(phone)))
    if held.kind == Kind.PICKUP_REMINDER:
        at = {slot.subject: desk.now for slot in slots}
        desk.change(order, reminded_at={**desk.orders[order].reminded_at, **at})


def _notice(
    desk: Desk, order: str, slots: tuple[Held, ...], channel: str, otherwise: Iterable[str], generation: int, cause: str
) -> None:
    """Emits a notice on one channel and remembers it until it is over."""
    plan = desk.orders[order]
    row = desk.row(plan, slots[0].kind)
    valid_until = min(slot.valid_until for slot in slots)
    ways = [_route(desk, plan, row, way, valid_until) for way in (channel, *otherwise)]
    routes = (ways[0], *(way for way in ways[1:] if way.intervals))  # a way that is never open is none
    handed = Handed(slots[0].kind, channel, slots, generation, valid_until, _hash(routes[0].to))
    kept = tuple(other for other in plan.handed if not _same(other, handed))
    desk.change(order, handed=(*kept, handed))
    desk.outputs.append(
        Notice(
            shop=desk.shop,
            bundle=desk.bundle.version,
            recipient=desk.recipient,
            role="shop" if desk.is_shop else plan.reach.role,
            locale=desk.bundle.alerts.language if desk.is_shop else plan.locale,
            kind=row.kind,
            cls=row.cls,
            priority=row.priority,
            slots=tuple(slot.slot for slot in slots),
            generation=generation,
            at=desk.now,
            valid_until=valid_until,
            intervals=routes[0].intervals,
            routes=routes,
            order=plan.view,
            parcels=tuple(slot.subject for slot in slots if not slot.subject.startswith("order/")),
            number=slots[0].number,
            cause=cause,
            confirmed=slots[0].confirmed,
            alerts=tuple(slot.alert for slot in slots if slot.alert is not None),
            segment=plan.view.segment,
        )
    )


def _same(one: Handed, other: Handed) -> bool:
    return one.channel == other.channel and one.slots[0].slot == other.slots[0].slot


def _route(desk: Desk, plan: OrderPlan, row: Row, channel: str, valid_until: int) -> Route:
    intervals = _intervals(desk, plan, row, channel, valid_until)
    if desk.is_shop:
        return Route(Channel.EMAIL, desk.bundle.alerts.email, desk.bundle.country, intervals)
    reached = addresses(desk.profile, plan)
    country = country_of(reached.phone) if channel == Channel.SMS else plan.view.country
    return Route(channel, reached.of(channel), country or desk.bundle.country, intervals)


def _intervals(desk: Desk, plan: OrderPlan, row: Row, channel: str, valid_until: int) -> tuple[Interval, ...]:
    """When the message may go: e-mail of the kinds marked at once at any time, all else in the waking window."""
    if row.at_once and channel == Channel.EMAIL:
        return ((desk.now, valid_until),)
    return open_intervals(desk.now, valid_until, waking_day(desk.profile, plan, row, desk.bundle))


def _hash(address: str) -> str:
    return name_of(address)[:8]


# Taking back


def withdraw_pointless(desk: Desk) -> None:
    """Takes back handed-over notices that this moment makes pointless, and says again what is still worth it."""
    for order in sorted(desk.touched):
        for handed in desk.orders[order].handed:
            if handed.valid_until > desk.now and not handed.over:
                _reconsider(desk, order, handed)
        current = desk.orders[order].handed
        if any(handed.valid_until <= desk.now for handed in current):
            desk.change(order, handed=tuple(handed for handed in current if handed.valid_until > desk.now))


def _reconsider(desk: Desk, order: str, handed: Handed) -> None:
    plan = desk.orders[order]
    row = desk.row(plan, handed.kind)
    none = {slot.slot: pointless(desk, plan, slot) for slot in handed.slots}
    rest = tuple(slot for slot in handed.slots if none[slot.slot] is None)
    reasons = [why[0] for why in none.values() if why is not None]
    blocked = (
        None if desk.is_shop else refusal(desk.profile, addresses(desk.profile, plan), row, desk.bundle, handed.channel)
    )
    moved = not desk.is_shop and _hash(addresses(desk.profile, plan).of(handed.channel)) != handed.to
    if not (reasons or blocked or moved):
        return
    _take_back(desk, order, handed, reasons[0] if reasons else blocked or Reason.SUPERSEDED)
    if rest and not blocked and _intervals(desk, plan, row, handed.channel, min(slot.valid_until for slot in rest)):
        _notice(desk, order, rest, handed.channel, (), handed.generation + 1, "readdressed" if moved else "reissued")


def _take_back(desk: Desk, order: str, handed: Handed, reason: str) -> None:
    """Emits the withdrawal and remembers that the notice is over."""
    plan = desk.orders[order]
    over = evolve(handed, over=True)
    desk.change(order, handed=tuple(over if other == handed else other for other in plan.handed))
    desk.outputs.append(
        Withdraw(
            shop=desk.shop,
            recipient=desk.recipient,
            kind=handed.kind,
            slots=tuple(slot.slot for slot in handed.slots),
            channels=(handed.channel,),
            generation=handed.generation,
            at=desk.now,
            reason=str(reason),
        )
    )


def _withdraw_older(desk: Desk, order: str, held: Held) -> None:
    """A newer message of the same kind and subject takes the place of one that may still be waiting."""
    for handed in desk.orders[order].handed:
        older = any(slot.subject == held.subject and slot.slot != held.slot for slot in handed.slots)
        if older and handed.kind == held.kind and held.kind not in SEPARATE and not handed.over:
            _take_back(desk, order, handed, Reason.SUPERSEDED)


# Falling back


def fall_back(desk: Desk, order: str, handed: Handed) -> None:
    """A provider failed for good on one channel: the notice goes by the other one, if it may and nothing went there."""
    plan = desk.orders[order]
    row = desk.row(plan, handed.kind)
    other = Channel.EMAIL if handed.channel == Channel.SMS else Channel.SMS
    gone_there = any(one.channel == other and one.slots[0].slot == handed.slots[0].slot for one in plan.handed)
    barred = refusal(desk.profile, addresses(desk.profile, plan), row, desk.bundle, other)
    still = [slot for slot in handed.slots if pointless(desk, plan, slot) is None]
    if handed.fell_back or handed.over or gone_there or barred is not None or not still:
        return
    done = evolve(handed, fell_back=True)
    desk.change(order, handed=tuple(done if one == handed else one for one in plan.handed))
    _notice(desk, order, tuple(still), other, (), 0, "fallback")


def spoken_of(handed: Handed, subject: str, occurrence: str) -> bool:
    """Whether a receipt that names (or does not name) a subject and an occurrence means this notice."""
    if not subject and not occurrence:
        return True
    return any(
        (not subject or s.subject == subject) and (not occurrence or s.occurrence == occurrence) for s in handed.slots
    )
