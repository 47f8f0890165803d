"""Checks of time: never at night, never past its end, never too early or too often."""

from collections import defaultdict
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from checking.hours import AT_ONCE, is_waking
from checking.run import Told, at
from checking.world import Violation, World, broken

from schemas.times import HOUR, MINUTE, from_millis

MAX_AGE = {
    "late_to_leave": 12 * HOUR,
    "arriving_tomorrow": 12 * HOUR,
    "out_for_delivery": 6 * HOUR,
    "pickup_reminder": 12 * HOUR,
    "no_movement": 12 * HOUR,
}
"""Kinds that assert the present, and how old that knowledge may be when they are handed over."""


def at_night(world: World) -> Iterator[Violation]:
    """No SMS outside the recipient's waking window, and no e-mail but of the kinds marked at once."""
    for told in world.told:
        waits = told.channel == "sms" or told.kind not in AT_ONCE
        if waits and not any(is_waking(told.at, world.peace(told, told.at + tie)) for tie in (0, 1)):
            yield broken("at_night", told)


def too_late(world: World) -> Iterator[Violation]:
    """Nothing past its own end: the message's, 21:00 for "today with the courier", the deadline for a reminder."""
    for told in world.told:
        if told.at >= at(told.row, "valid_until"):
            yield broken("too_late", told)
        elif told.kind == "out_for_delivery" and _clock(world, told) >= "21:00":
            yield broken("too_late", told, "the courier's day is over")
        elif told.kind == "pickup_reminder" and told.at >= _deadline(told):
            yield broken("too_late", told, "after the deadline")


def _clock(world: World, told: Told) -> str:
    return from_millis(told.at).astimezone(ZoneInfo(world.peace(told, told.at + 1).zone)).strftime("%H:%M")


def _deadline(told: Told) -> int:
    """A reminder's occurrence is its rung and its deadline."""
    return int(told.slots[0][2].partition(":")[2])


def too_early(world: World) -> Iterator[Violation]:
    """The receipt of an order is held two minutes, so that a confirmation can join it."""
    for told in world.told:
        placed = world.people.placed(told.order)
        if told.kind == "order_received" and placed and told.at < placed.happened_at + 2 * MINUTE:
            yield broken("too_early", told)


def too_old(world: World) -> Iterator[Violation]:
    """What asserts the present is not said of a state that was read too long ago."""
    for told in world.told_people:
        age = MAX_AGE.get(told.kind)
        for subject, _kind, _occurrence in told.slots:
            if age is not None and not subject.startswith("order/"):
                known = world.parcels.known_at(subject, told.row["shop"], told.handed_at + 1)
                if told.handed_at - known > age:
                    yield broken("too_old", told, subject)


def reminded_too_often(world: World) -> Iterator[Violation]:
    """At most one pickup_reminder of a parcel within 12 hours."""
    last: dict[tuple[str, ...], Told] = {}
    for told in world.told_people:
        for subject, kind, occurrence in told.slots:
            key = (*told.person, subject, told.channel)
            if kind == "pickup_reminder":
                before = last.get(key)
                if before and told.at - before.at < 12 * HOUR and (subject, kind, occurrence) not in before.slots:
                    yield broken("reminded_too_often", told)
                last[key] = told


def over_the_cap(world: World) -> Iterator[Violation]:
    """No more than so many SMS, and so many messages, to a recipient on one of their days; priority 1 is exempt."""
    days: dict[tuple[str, ...], list[Told]] = defaultdict(list)
    for told in world.told_people:
        if told.row["priority"] == 1 or told.row["generation"] or told.row["cause"]:
            continue
        day = from_millis(told.handed_at).astimezone(ZoneInfo(world.peace(told, told.handed_at + 1).zone)).date()
        so_far = days[(*told.person, str(day))]
        so_far.append(told)
        caps = world.bundle(told.row["shop"], told.handed_at).caps
        if len(so_far) > caps.messages_per_day:
            yield broken("over_the_cap", told, "messages")
        elif told.channel == "sms" and sum(t.channel == "sms" for t in so_far) > caps.sms_per_day:
            yield broken("over_the_cap", told, "SMS")


CHECKS = (at_night, too_late, too_early, too_old, reminded_too_often, over_the_cap)
