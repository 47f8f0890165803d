"""Gather: an order with all that happens to it, and the news of it for each of its recipients.

Takes what a shop tells of an order and its shipments, and what Track tells of its parcels; gives `News` for each
recipient and an `OrderRecord` whenever the order's view changed. Until the order is placed everything waits.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from pipelines.rules.actor import Actor, Context, Step
from pipelines.rules.gather_clocks import forget_at, next_wake, promised, run_out
from pipelines.rules.gather_parcels import happenings, is_old, parcel_of, place_of
from pipelines.rules.gather_state import Fact, OrderState, dump, load, pack_log, unpack_log
from pipelines.rules.gather_view import Seen, build, departed_at, look, present
from pipelines.rules.orders import Story, axis_of, fold, in_time, is_late, tells
from pipelines.rules.shipments import fold_shipments
from schemas.orders import SHOP_ITSELF, Happening, News, OrderFact, OrderRecord, OrderView, Role, ShipmentFact
from schemas.parcels import ParcelUpdate, parcel_key
from schemas.status import Status
from schemas.times import Millis
from schemas.wire import Arrival

PROBLEMS = frozenset({Status.EXCEPTION, Status.UNDELIVERABLE, Status.LOST, "late_to_leave", "no_movement"})
"""What the shop itself is told of."""


class Change(NamedTuple):
    """An order after an arrival, and what that told."""

    state: OrderState
    seen: Seen
    happened: tuple[Happening, ...] = ()
    withdrawn: tuple[str, ...] = ()


def step(state: OrderState | None, now: Millis, arrival: Arrival | None, context: Context) -> Step[OrderState]:
    """One arrival of an order, or a wake: the order after it, and the news."""
    if state is not None and now >= forget_at(state, look(state)):
        state = None
    before = state or _new(arrival, now)
    if before is None:
        return Step(None, (), None)
    change = _due(_taken(before, now, arrival, context), now, context)
    after, outputs = _told(before, change, now, context)
    return Step(after, outputs, next_wake(after, change.seen, now))


def _new(arrival: Arrival | None, now: Millis) -> OrderState | None:
    body = arrival.body if arrival else None
    if not isinstance(body, OrderFact | ShipmentFact | ParcelUpdate):
        return None
    return OrderState(body.shop, body.order, now)


def _taken(state: OrderState, now: Millis, arrival: Arrival | None, context: Context) -> Change:
    """The order after an arrival. One that was taken before changes nothing."""
    body = arrival.body if arrival else None
    if isinstance(body, OrderFact | ShipmentFact):
        return _fact(state, body, now)
    if isinstance(body, ParcelUpdate):
        return _update(state, body, now, context)
    return Change(state, look(state))


def _fact(state: OrderState, fact: Fact, now: Millis) -> Change:
    log = unpack_log(state.log)
    if any(fact.event == known.event and type(fact) is type(known) for known in log):
        return Change(state, look(state))
    longer = (*log, replace(fact, shop="", order=""))
    after = replace(state, last=now, log=pack_log(longer))
    after = replace(after, shipments=fold_shipments(known for known in longer if isinstance(known, ShipmentFact)))
    seen = look(after)
    after, story = _folded(after, seen, longer)
    seen = look(after)
    if not after.placed or not isinstance(fact, OrderFact):
        return Change(after, seen)
    if not state.placed:
        return Change(after, seen, (*_begins(longer, story), *present(build(after, seen), now)))
    told = [known for known in log if isinstance(known, OrderFact)]
    return Change(after, seen, (_happening(fact, story, told),) if tells(fact) else ())


def _begins(log: Iterable[Fact], story: Story) -> Iterable[Happening]:
    """What the shop has told by the time that the order is placed: none of it was told to anyone yet."""
    facts = in_time(fact for fact in log if isinstance(fact, OrderFact))
    return (_happening(fact, story, ()) for fact in facts if tells(fact))


def _folded(state: OrderState, seen: Seen, log: Iterable[Fact]) -> tuple[OrderState, Story]:
    """The state with its terms folded from all facts."""
    facts = in_time(fact for fact in log if isinstance(fact, OrderFact))
    on_delivery = any(line.shipment.cod and line.shipment.cod.state != "none" for line in seen.outbound)
    story = fold(facts, departed_at(seen), on_delivery)
    return replace(state, terms=story.terms), story


def _happening(fact: OrderFact, story: Story, told: Sequence[OrderFact]) -> Happening:
    meant = axis_of(story, fact).moved.get(fact.event)
    trigger = "return_requested" if meant == "return_requested" else fact.happened
    reason = "in_part" if fact.in_part else fact.reason
    late = is_late(fact, story, told)
    return Happening(trigger, "", fact.event, fact.occurred_at, fact.recorded_at, reason=reason, late=late)


def _update(state: OrderState, update: ParcelUpdate, now: Millis, context: Context) -> Change:
    key = parcel_key(update.courier, update.number)
    before = next((parcel for parcel in state.parcels if parcel.key == key), None)
    if is_old(update, before):
        return Change(state, look(state))
    parcel = parcel_of(state, update, context, now)
    others = (known for known in state.parcels if known.key != key)
    after = replace(state, last=now, parcels=tuple(sorted((*others, parcel), key=lambda known: known.key)))
    seen = look(after)
    left = before.accepted_at if before else 0
    if parcel.accepted_at != left and state.placed:
        after, _ = _folded(after, seen, unpack_log(after.log))  # a cancelling may turn out to be a return
    if not state.placed:
        return Change(after, seen)
    return Change(after, seen, happenings(update, place_of(key, seen.lines, state.parcels)), update.withdrawn)


def _due(change: Change, now: Millis, context: Context) -> Change:
    """The change with what the clocks tell."""
    if not change.state.placed:
        return change
    state = promised(change.state, context.bundle(change.state.shop, now))
    state, told = run_out(state, change.seen, now, context)
    seen = look(state) if told else change.seen
    return Change(state, seen, (*change.happened, *told), change.withdrawn)


def _told(before: OrderState, change: Change, now: Millis, context: Context) -> tuple[OrderState, Sequence[object]]:
    """The state that has told what there is to tell, and the words."""
    state = change.state
    if not state.placed or state is before:
        return state, ()
    view = build(state, change.seen)
    old = build(before, look(before)) if before.placed else None
    roles = before.terms.recipients if before.placed else ()
    if view == old and not change.happened and not change.withdrawn and roles == state.terms.recipients:
        return state, ()
    view = replace(view, version=state.version + 1)
    state = replace(state, version=view.version)
    news = (*_news(before, change, view, now), *_shop_news(change, view, now, context))
    return state, (*news, OrderRecord(state.shop, now, view.version, view, state.terms.recipients))


def _news(before: OrderState, change: Change, view: OrderView, now: Millis) -> Iterable[News]:
    """For each recipient what has happened; for who joins, where things stand; for who leaves, that."""
    terms, old = change.state.terms, before.terms.recipients
    knew = {role.recipient for role in (old if before.placed else terms.recipients)}
    for role in terms.recipients:
        if role.recipient in knew:
            yield _to(change.state, role, view, now, change.happened, change.withdrawn)
        else:
            yield _to(change.state, role, view, now, present(view, now), late_join=True)
    stay = {role.recipient for role in terms.recipients}
    for role in old:
        if before.placed and role.recipient not in stay:
            yield _to(change.state, role, view, now, removed=True)


def _to(
    state: OrderState,
    role: Role,
    view: OrderView,
    now: Millis,
    happened: tuple[Happening, ...] = (),
    withdrawn: tuple[str, ...] = (),
    removed: bool = False,
    late_join: bool = False,
) -> News:
    locale = role.locale or state.terms.locale
    return News(state.shop, role.recipient, view, now, role.role, locale, happened, withdrawn, removed, late_join)


def _shop_news(change: Change, view: OrderView, now: Millis, context: Context) -> Iterable[News]:
    """For the shop itself: problems alone, and what of them was undone."""
    problems = tuple(told for told in change.happened if told.trigger in PROBLEMS and not told.late)
    if not problems and not change.withdrawn:
        return
    bundle = context.bundle(change.state.shop, now)
    role = Role(SHOP_ITSELF, "shop", bundle.alerts.language if bundle else "")
    yield _to(change.state, role, view, now, problems, change.withdrawn)


GATHER: Actor[OrderState] = Actor("gather", step, load, dump)
