"""Plan: from what happened to what a recipient is told, when, and by which way; and why not.

One recipient of one shop. A step takes an arrival, opens slots, takes back what became pointless, and settles what
is due (see `slots`, `handover`, `settle`); what cannot be settled yet is held, and Plan asks to be woken.
"""

from collections.abc import Callable, Sequence
from typing import Any

from pipelines.rules.actor import Actor, Context, Step
from pipelines.rules.desk import Desk, open_desk
from pipelines.rules.handover import fall_back, spoken_of, withdraw_pointless
from pipelines.rules.plan_state import OrderPlan, PlanState, Profile, Reach, dump, evolve, load
from pipelines.rules.reminders import open_ladder
from pipelines.rules.settle import settle
from pipelines.rules.slots import alert_shop, open_feedback, open_slots
from pipelines.rules.wishes import kinds_after, pairs
from schemas.customers import Contact, CustomerFact, Receipt
from schemas.messages import HELD, Decision
from schemas.orders import News, OrderView
from schemas.status import HARD_ENDS
from schemas.times import DAY, Millis
from schemas.wire import Arrival, name_of

FORGET_ENDED: Millis = 30 * DAY
FORGET_SILENT: Millis = 120 * DAY

LOW_MARK = 2
"""A mark up to this one is told to the shop."""


def step(state: PlanState | None, now: Millis, arrival: Arrival | None, context: Context) -> Step[PlanState]:
    """One step of a recipient. Raises BadInput if the shop is not known."""
    body = arrival.body if arrival is not None else None
    shop, recipient = _whose(state, body)
    desk = open_desk(shop, recipient, state, now, context)
    if body is not None:
        TAKE[type(body)](desk, body)
    withdraw_pointless(desk)
    settle(desk)
    _forget(desk)
    return Step(_state(desk), desk.outputs, _wake_at(desk))


def _whose(state: PlanState | None, body: Any) -> tuple[str, str]:
    known = state if state is not None else body
    return known.shop, known.recipient


# What arrives


def _take_news(desk: Desk, news: News) -> None:
    """The order as of now; each happening may open a slot."""
    order = news.order.order
    plan = desk.orders.get(order)
    if plan is None:
        plan = OrderPlan(news.order, news.locale, desk.contacts.pop(order, Reach(role=news.role)))
    elif news.order.version >= plan.view.version:
        plan = evolve(plan, view=news.order, locale=news.locale or plan.locale)
    desk.orders[order] = evolve(plan, removed=news.removed, forget_at=_forget_at(desk.now, news.order))
    desk.undone = frozenset(news.withdrawn)
    desk.touched.add(order)
    for happening in news.happenings:
        open_slots(desk, order, happening)
    open_ladder(desk, order)
    open_feedback(desk, order)


def _take_contact(desk: Desk, contact: Contact) -> None:
    """How this order's recipient can be reached; consents given with it hold for all."""
    reach = Reach(
        contact.role,
        contact.email,
        contact.phone,
        contact.bad_email,
        contact.bad_phone,
        contact.occurred_at,
        contact.zone,
        contact.prefers,
    )
    if contact.order in desk.orders:
        desk.change(contact.order, reach=_later(desk.orders[contact.order].reach, reach))
        desk.touched.add(contact.order)
    else:
        desk.contacts[contact.order] = _later(desk.contacts.get(contact.order, Reach()), reach)
    desk.profile = evolve(desk.profile, consents=_consents(desk.profile, contact))


def _later(known: Reach, told: Reach) -> Reach:
    """What an order said last of how to reach its recipient, in whichever order we heard it. What it says again is as
    old as when it said so first: an order that is told as a whole at each change does not overrule what its customer
    said meanwhile."""
    last, at = known.told_at or known.given_at, told.given_at
    same = (known.email, known.phone) == (told.email, told.phone)
    if not last:
        return evolve(told, told_at=at)
    if known.forgotten and known.forgotten == _mark(told):
        return evolve(known, told_at=max(last, at))
    if at >= last:
        return evolve(told, told_at=at, **_since(known, same, at, last))
    if same:
        return evolve(known, given_at=min(known.given_at, at) if at > known.other_at else known.given_at)
    other_at = max(known.other_at, at)
    return evolve(known, other_at=other_at, given_at=known.given_at if other_at < known.given_at else last)


def _since(known: Reach, same: bool, at: Millis, last: Millis) -> dict[str, Millis]:
    """Since when the addresses said last have been these, and when the order last said others."""
    if same:
        return {"given_at": known.given_at, "other_at": known.other_at}
    return {"given_at": at, "other_at": last}


def _take_customer(desk: Desk, fact: CustomerFact) -> None:
    CUSTOMER[fact.happened](desk, fact)
    desk.touch_all()


def _change(desk: Desk, fact: CustomerFact) -> None:
    """Addresses and wishes; what is not given stays."""
    old = desk.profile
    new_address = fact.email is not None or fact.phone is not None
    desk.profile = evolve(
        old,
        email=old.email if fact.email is None else fact.email,
        bad_email=old.bad_email if fact.email is None else fact.bad_email,
        phone=old.phone if fact.phone is None else fact.phone,
        bad_phone=old.bad_phone if fact.phone is None else fact.bad_phone,
        addressed_at=fact.occurred_at if new_address else old.addressed_at,
        zone=fact.zone or old.zone,
        prefers=old.prefers if fact.prefers is None else fact.prefers,
        window=fact.window or (None if "window" in fact.as_usual else old.window),
        kinds=kinds_after(old.kinds, fact),
        consents=_consents(old, fact),
        paused=(old.paused | {fact.pause_order} - {""}) - {fact.resume_order},
    )


def _consents(profile: Profile, fact: Contact | CustomerFact) -> dict[str, tuple[Millis, bool]]:
    """What was said last of each class and channel, by when it was said and not by when we heard it."""
    said = dict(profile.consents)
    for given in fact.consents:
        name, word = f"{given.cls}/{given.channel}", (given.given_at, given.given)
        if name not in said or said[name][0] <= given.given_at:
            said[name] = word
    return said


def _opt_out(desk: Desk, fact: CustomerFact) -> None:
    desk.profile = evolve(desk.profile, opted_out=desk.profile.opted_out | pairs(fact))


def _opt_in(desk: Desk, fact: CustomerFact) -> None:
    desk.profile = evolve(desk.profile, opted_out=desk.profile.opted_out - pairs(fact))


def _erase(desk: Desk, fact: CustomerFact) -> None:
    """Addresses and wishes are gone; that the customer left, and what was said, is kept."""
    desk.profile = Profile(erased_at=max(fact.occurred_at, desk.now), opted_out=desk.profile.opted_out)
    desk.contacts = {order: _forgotten(reach) for order, reach in desk.contacts.items()}
    for order, plan in list(desk.orders.items()):
        desk.change(order, reach=_forgotten(plan.reach))


def _forgotten(reach: Reach) -> Reach:
    """Without addresses; what is left is enough to see that an order only repeats them."""
    mark = reach.forgotten or _mark(reach)
    return Reach(reach.role, given_at=reach.given_at, told_at=reach.told_at, other_at=reach.other_at, forgotten=mark)


def _mark(reach: Reach) -> str:
    return name_of(reach.email, reach.phone)[:8] if reach.email or reach.phone else ""


def _feedback(desk: Desk, fact: CustomerFact) -> None:
    """A low mark is told to the shop (the shop gets a copy of the event)."""
    if desk.is_shop and fact.mark <= LOW_MARK:
        _plan_for_alert(desk, fact.order)
        alert_shop(desk, fact.order, "low_mark", str(fact.occurred_at), "", str(fact.mark), fact.occurred_at)


def _reply(desk: Desk, fact: CustomerFact) -> None:
    """A customer's own words go to the shop."""
    if desk.is_shop:
        _plan_for_alert(desk, fact.order)
        alert_shop(desk, fact.order, "replied", str(fact.occurred_at), "", fact.words, fact.occurred_at)


CUSTOMER: dict[str, Callable[[Desk, CustomerFact], None]] = {
    "changed": _change,
    "opted_out": _opt_out,
    "opted_in": _opt_in,
    "erased": _erase,
    "replied": _reply,
    "feedback": _feedback,
}


def _take_receipt(desk: Desk, receipt: Receipt) -> None:
    """A final failure: the other channel, if there is one; the shop hears of it."""
    if receipt.said == "opted_out":
        _opt_out(desk, CustomerFact(desk.shop, desk.recipient, "opted_out", desk.now, channel=receipt.channel))
        desk.touch_all()
    if receipt.said == "delivered" or not receipt.final:
        return
    if desk.is_shop:
        _plan_for_alert(desk, receipt.order)
        occurrence = f"{receipt.kind}:{receipt.channel}:{receipt.occurred_at}"
        alert_shop(desk, receipt.order, "refused", occurrence, receipt.subject, receipt.kind, receipt.occurred_at)
        return
    if receipt.order in desk.orders:
        _fall_back(desk, receipt)


def _fall_back(desk: Desk, receipt: Receipt) -> None:
    """Turns to the other channel for the newest notice that the receipt means."""
    meant = [
        handed
        for handed in desk.orders[receipt.order].handed
        if (handed.kind, handed.channel) == (receipt.kind, receipt.channel)
        and handed.valid_until > desk.now
        and spoken_of(handed, receipt.subject, receipt.occurrence)
    ]
    if meant:
        fall_back(desk, receipt.order, meant[-1])


def _plan_for_alert(desk: Desk, order: str) -> None:
    if order not in desk.orders:
        view = OrderView(order, order, 0, desk.now)
        desk.orders[order] = OrderPlan(view, forget_at=desk.now + FORGET_ENDED)


TAKE: dict[type, Callable[[Desk, Any], None]] = {
    News: _take_news,
    Contact: _take_contact,
    CustomerFact: _take_customer,
    Receipt: _take_receipt,
}


# What stays


def _forget_at(now: Millis, view: OrderView) -> Millis:
    ended = bool(view.parcels) and all(p.status in HARD_ENDS for p in view.parcels)
    return now + (FORGET_ENDED if ended or view.lifecycle in ("cancelled", "expired") else FORGET_SILENT)


def _forget(desk: Desk) -> None:
    """Drops orders whose time is over; what is held then was decided by its own end long before."""
    desk.orders = {order: plan for order, plan in desk.orders.items() if plan.forget_at > desk.now or plan.held}


def _state(desk: Desk) -> PlanState | None:
    if not desk.orders and not desk.contacts and desk.profile == Profile():
        return None
    return PlanState(desk.shop, desk.recipient, desk.profile, desk.orders, desk.contacts, desk.sent, desk.spent)


def _wake_at(desk: Desk) -> Millis | None:
    held = [held.due for _order, held in desk.all_held()]
    forgets = [plan.forget_at for plan in desk.orders.values() if not plan.held]
    return min([*held, *forgets], default=None)


def rest(state: PlanState, until: Millis) -> Sequence[object]:
    """What is still held when a bounded run ends: reported, not decided."""
    return [
        Decision(
            shop=state.shop,
            recipient=state.recipient,
            order=plan.view.order,
            subject=held.subject,
            kind=held.kind,
            occurrence=held.occurrence,
            bundle="",
            at=until,
            verdicts=(("", HELD),),
            occurred_at=held.occurred_at,
            recorded_at=held.recorded_at,
            held_until=held.due,
        )
        for plan in state.orders.values()
        for held in plan.held
    ]


PLAN: Actor[PlanState] = Actor("plan", step, load, dump, rest)
