"""Track: from the scans of one parcel and the subscriptions to it, what each subscriber should know of it.

It takes `Report` and `Subscription`; it gives, when something has changed, a `ParcelUpdate` for each subscriber whose
view is another one now, a `ScanRecord` for a scan that was kept, and a `ParcelRecord`. It knows no persons.
"""

from collections.abc import Sequence
from operator import attrgetter

from msgspec.structs import replace

from pipelines.rules.actor import Actor, Context, Step
from pipelines.rules.track_bytes import dump, load
from pipelines.rules.track_log import Kept, in_fold_order, take
from pipelines.rules.track_records import parcel_record, scan_record
from pipelines.rules.track_state import MOST_SUBSCRIBERS, ParcelState, Subscriber, bounded, remembered, wake_of
from pipelines.rules.track_views import Views, snapshot, told
from schemas.parcels import Report, Scan, ScanRecord, Subscription
from schemas.times import Millis
from schemas.wire import Arrival

NEW = ParcelState()


def step(state: ParcelState | None, now: Millis, arrival: Arrival | None, context: Context) -> Step[ParcelState]:  # noqa: ARG001
    """One step of a parcel. Raises TypeError for an arrival that is neither a report nor a subscription."""
    state = remembered(state, now) if state else None
    outputs: Sequence[object] = ()
    if arrival is not None:
        state, outputs = _taken(state, now, arrival)
    wake_at = wake_of(state)
    if state and wake_at is not None and wake_at <= now:  # a wish has left behind scans that nobody waits for
        state = remembered(state, now)
        wake_at = wake_of(state)
    return Step(state, outputs, wake_at)


TRACK: Actor[ParcelState] = Actor("track", step, load, dump)


def _taken(state: ParcelState | None, now: Millis, arrival: Arrival) -> tuple[ParcelState | None, Sequence[object]]:
    body = arrival.body
    if isinstance(body, Report):
        return _reported(state, now, arrival.recorded, body.scans)
    if isinstance(body, Subscription):
        return _unsubscribed(state, now, body) if body.ended else _subscribed(state, now, body)
    raise TypeError(f"Track takes reports and subscriptions, not {type(body).__name__}")


def _reported(
    state: ParcelState | None, now: Millis, recorded: Millis, scans: Sequence[Scan]
) -> tuple[ParcelState | None, Sequence[object]]:
    before = state or NEW
    log, new = before.log, list[tuple[Scan, Kept]]()
    for scan in scans:
        log, kept = take(log, scan, now, recorded)
        if kept is not None:
            new.append((scan, kept))
    if not new:
        return state, ()
    changed = ParcelState(log, before.subscribers, before.sequence + 1, now)
    views = Views(scans[0].courier, scans[0].number, now, changed, before, in_fold_order(log, [k for _, k in new]))
    return _all_told(views, *(scan_record(views, scan, kept) for scan, kept in new))


def _subscribed(
    state: ParcelState | None, now: Millis, wish: Subscription
) -> tuple[ParcelState | None, Sequence[object]]:
    before = state or NEW
    known = _subscriber(before, wish) or Subscriber(wish.shop, wish.order)
    subscriber = replace(known, since=wish.since, until=wish.until, direction=wish.direction)
    if subscriber == known:
        return state, ()
    subscribers = _latest((*_others(before, wish), subscriber))
    changed = ParcelState(before.log, subscribers, before.sequence + 1, now)
    return _all_told(Views(wish.courier, wish.number, now, changed, before))


def _unsubscribed(
    state: ParcelState | None, now: Millis, wish: Subscription
) -> tuple[ParcelState | None, Sequence[object]]:
    known = _subscriber(state, wish) if state else None
    if state is None or known is None:
        return state, ()
    changed = ParcelState(state.log, _others(state, wish), state.sequence + 1, now)
    before = Views(wish.courier, wish.number, now, state, state)
    last = replace(snapshot(before, known, before.of(known)), version=changed.sequence, at=now, ended=True)
    return changed, (last, parcel_record(Views(wish.courier, wish.number, now, changed, state)))


def _subscriber(state: ParcelState, wish: Subscription) -> Subscriber | None:
    return next((each for each in state.subscribers if _is_of(each, wish)), None)


def _others(state: ParcelState, wish: Subscription) -> tuple[Subscriber, ...]:
    return tuple(each for each in state.subscribers if not _is_of(each, wish))


def _latest(subscribers: tuple[Subscriber, ...]) -> tuple[Subscriber, ...]:
    if len(subscribers) <= MOST_SUBSCRIBERS:
        return subscribers
    first = min(subscribers, key=attrgetter("until"))
    return tuple(each for each in subscribers if each is not first)


def _is_of(subscriber: Subscriber, wish: Subscription) -> bool:
    return subscriber.shop == wish.shop and subscriber.order == wish.order


def _all_told(views: Views, *records: ScanRecord) -> tuple[ParcelState, Sequence[object]]:
    """The state in which every subscriber has been told what is new to it, and all that there is to say."""
    state = views.state
    news = [told(views, subscriber) for subscriber in state.subscribers]
    updates = [update for _, update in news if update]
    record = parcel_record(views)
    after = ParcelState(state.log, tuple([each for each, _ in news]), state.sequence, state.touched, views.folds)
    return bounded(after), (*updates, *records, record)
