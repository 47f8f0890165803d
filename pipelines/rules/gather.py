"""Gather: an order with all that happens to it, and the news of it for each of its recipients.

Takes what a shop tells of an order and its shipments, and what Track tells of its parcels; gives `News` for each
recipient and an `OrderRecord` whenever the order's view changed. Until the order is placed everything waits.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from pipelines.rules.actor import Actor, Context, Step
from pipelines.rules.gather_clocks import WAITS, forget_at, next_wake, promised, run_out
from pipelines.rules.gather_parcels import happenings, is_old, parcel_of, place_of
from pipelines.rules.gather_state import Fact, OrderState, dump, load, orders_in, pack_log, unpack_log
from pipelines.rules.gather_view import Seen, build, counted, departed_at, look, present
from pipelines.rules.orders import Story, axis_of, expected_in, fold, in_time, is_late, shortened, tells
from pipelines.rules.shipments import Line, fold_shipments
from schemas.orders import SHOP_ITSELF, Happening, News, OrderFact, OrderRecord, OrderView, Role, ShipmentFact
from schemas.parcels import ParcelUpdate, parcel_key
from schemas.status import Status
from schemas.times import Millis
from schemas.wire import Arrival

PROBLEMS = frozenset({Status.EXCEPTION, Status.UNDELIVERABLE, Status.LOST, "late_to_leave", "no_movement"})
"""What the shop itself is told of."""


Heard = Fact | ParcelUpdate
"""What reaches an order."""

F = TypeVar("F", OrderFact, ShipmentFact)


EARLY = 60
"""How much of what parcels did before their order was placed is remembered."""


class Change(NamedTuple):
    """An order after an arrival, and what that told."""

    state: OrderState
    seen: Seen
    happened: tuple[Happening, ...] = ()
    withdrawn: tuple[str, ...] = ()


def step(state: OrderState | None, now: Millis, arrival: Arrival | None, context: Context) -> Step[OrderState]:
    """One arrival of an order, or a wake: the order after it, and the news."""
    if state is not None and now >= state.last + WAITS and now >= forget_at(state, look(state)):
        state = None
    before = state or _new(arrival, now)
    if before is None:
        return Step(None, (), None)
    change = _due(_taken(before, now, arrival, context), now, context)
    after, outputs = _told(before, change, now, context)
    return Step(after, outputs, next_wake(after, change.seen, now))


def _new(arrival: Arrival | None, now: Millis) -> OrderState | None:
    body = arrival.body if arrival else None
    return OrderState(body.shop, body.order, now) if isinstance(body, Heard) else None


def _taken(state: OrderState, now: Millis, arrival: Arrival | None, context: Context) -> Change:
    """The order after an arrival. One that was taken before changes nothing."""
    body = arrival.body if arrival else None
    if isinstance(body, Fact):
        return _fact(state, body, now)
    if isinstance(body, ParcelUpdate):
        return _update(state, body, now, context)
    return Change(state, look(state))


def _fact(state: OrderState, fact: Fact, now: Millis) -> Change:
    log = unpack_log(state.log)
    if any(fact.event == known.event and type(fact) is type(known) for known in log):
        return Change(state, look(state))
    if isinstance(fact, ShipmentFact):
        return _shipment(replace(state, last=now), (*log, _bare(fact)))
    return _order(replace(state, last=now), log, _bare(fact), now)


def _bare(fact: F) -> F:
    """The fact without what the state says already."""
    return replace(fact, shop="", order="")


def _shipment(state: OrderState, log: Sequence[Fact]) -> Change:
    shipments = fold_shipments(fact for fact in log if isinstance(fact, ShipmentFact))
    after = replace(state, log=pack_log(log), shipments=shipments)
    after, seen, _ = _folded(after, look(after).lines, orders_in(log))
    return Change(after, seen)


def _order(state: OrderState, log: Sequence[Fact], fact: OrderFact, now: Millis) -> Change:
    told = orders_in(log)
    facts = shortened(in_time((*told, fact)))
    shipped = (known for known in log if isinstance(known, ShipmentFact))
    after, seen, story = _folded(replace(state, log=pack_log((*facts, *shipped))), look(state).lines, facts)
    if not after.placed:
        return Change(after, seen)
    if state.placed:
        return Change(after, seen, (_happening(fact, story, told),) if tells(fact) else ())
    begins = (_happening(known, story, ()) for known in facts if tells(known))  # none of it was told to anyone yet
    now_known = present(build(after, seen), now)
    return Change(replace(after, early=()), seen, (*begins, *_overtaken(state.early, now_known), *now_known))


def _overtaken(early: Iterable[Happening], now_known: Iterable[Happening]) -> Iterable[Happening]:
    """What parcels did before their order was known, and is past: recorded, told to nobody."""
    standing = {(known.subject, known.occurrence) for known in now_known}
    return (replace(known, late=True) for known in early if (known.subject, known.occurrence) not in standing)


def _folded(state: OrderState, lines: Sequence[Line], facts: Sequence[OrderFact]) -> tuple[OrderState, Seen, Story]:
    """The state with its terms folded from the order's facts, which are `in_time`."""
    seen = counted(lines, expected_in(facts))
    on_delivery = any(line.shipment.cod and line.shipment.cod.state != "none" for line in seen.outbound)
    story = fold(facts, departed_at(seen), on_delivery)
    return replace(state, terms=story.terms), seen, story


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
    parcel = parcel_of(state, update, before, context, now)
    others = (known for known in state.parcels if known.key != key)
    after = replace(state, last=now, parcels=tuple(sorted((*others, parcel), key=lambda known: known.key)))
    seen = look(after)
    left = before.accepted_at if before else 0
    if parcel.accepted_at != left and state.placed:
        after, seen, _ = _folded(
            after, seen.lines, orders_in(unpack_log(after.log))
        )  # a cancelling may turn out to be a return
    happened = happenings(update, place_of(key, seen.lines, state.parcels))
    if not state.placed:
        return Change(replace(after, early=(*state.early, *happened)[-EARLY:]), seen)
    return Change(after, seen, happened, update.withdrawn)


def _due(change: Change, now: Millis, context: Context) -> Change:
    """The change with what the clocks tell."""
    if not change.state.placed:
        return change
    state = promised(change.state, now, context)
    state, told = run_out(state, change.seen, now, context)
    if state is change.state:
        return change
    return Change(state, look(state), (*change.happened, *told), change.withdrawn)


def _told(before: OrderState, change: Change, now: Millis, context: Context) -> tuple[OrderState, Sequence[object]]:
    """The state that has told what there is to tell, and the words."""
    state = change.state
    if not state.placed or state is before:
        return state, ()
    view = build(state, change.seen)
    if not (change.happened or change.withdrawn) and _is_the_same(before, state, view):
        return state, ()
    state = replace(state, version=view.version)
    news = (*_news(before, change, view, now), *_shop_news(change, view, now, context))
    return state, (*news, OrderRecord(state.shop, now, view.version, view, state.terms.recipients))


def _is_the_same(before: OrderState, after: OrderState, view: OrderView) -> bool:
    """Whether there is nothing new for anyone to see."""
    if not before.placed or before.terms.recipients != after.terms.recipients:
        return False
    return build(before, look(before)) == replace(view, version=before.version + 1)


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
