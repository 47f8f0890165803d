"""Checks of slots: each has one decision by a word of the closed list, goes once a channel, and none is forgotten."""

from collections import Counter
from collections.abc import Iterator

from checking.owed import Slot, owed, owed_once
from checking.run import Row, at, name_of, slots_of
from checking.world import Violation, World

from schemas.messages import HANDED_OVER, HELD, Reason

VERDICTS = frozenset({HANDED_OVER, HELD, *(str(reason) for reason in Reason)})

Place = tuple[str, str, str, str, str]
"""Shop, recipient, subject, kind, occurrence: a slot of one recipient."""


def _place(row: Row) -> Place:
    return row["shop"], row["recipient"], row["subject"], row["kind"], row["occurrence"]


def _of_slot(rule: str, place: Place, moment: int, detail: str = "") -> Violation:
    shop, recipient, subject, kind, occurrence = place
    return Violation(rule, shop, recipient, f"{kind} of {subject} {occurrence}", moment, detail)


def decided_twice(world: World) -> Iterator[Violation]:
    """Each slot of an order is in exactly one decision; of several orders in one parcel, one is told."""
    times = Counter((row["order"], *_place(row)) for row in world.run.decisions)
    told = Counter(_place(row) for row in world.run.decisions if HANDED_OVER in row["verdicts"].values())
    for row in world.run.decisions:
        if times[row["order"], *_place(row)] > 1 or told[_place(row)] > 1:
            yield _of_slot("decided_twice", _place(row), at(row))


def strange_verdict(world: World) -> Iterator[Violation]:
    """Each decision has verdicts, and each is a word of the closed list."""
    for row in world.run.decisions:
        if not row["verdicts"] or not set(row["verdicts"].values()) <= VERDICTS:
            yield _of_slot("strange_verdict", _place(row), at(row), str(sorted(row["verdicts"].values())))


def without_decision(world: World) -> Iterator[Violation]:
    """Each slot of a message was decided to be handed over, or to be merged into one that was."""
    said: dict[Place, set[str]] = {}
    for row in world.run.decisions:
        said.setdefault(_place(row), set()).update(row["verdicts"].values())
    for row in world.run.messages:
        for slot in slots_of(row):
            place: Place = (row["shop"], row["recipient"], *slot)
            if not said.get(place, set()) & {HANDED_OVER, Reason.MERGED}:
                yield _of_slot("without_decision", place, at(row))


def without_message(world: World) -> Iterator[Violation]:
    """What was decided to be handed over on a channel was composed for it (or for the one that takes its place)."""
    made = {
        (row["shop"], row["recipient"], *slot, row["channel"]) for row in world.run.messages for slot in slots_of(row)
    }
    for row in world.run.decisions:
        for channel, verdict in row["verdicts"].items():
            if verdict == HANDED_OVER and (*_place(row), channel) not in made:
                yield _of_slot("without_message", _place(row), at(row), channel)


def without_outcome(world: World) -> Iterator[Violation]:
    """Something became of every message."""
    became = {name_of(row) for row in world.run.outcomes}
    for row in world.run.messages:
        if name_of(row) not in became:
            yield _of_slot("without_outcome", (row["shop"], row["recipient"], *slots_of(row)[0]), at(row))


def told_twice(world: World) -> Iterator[Violation]:
    """No slot goes twice on a channel."""
    seen: set[tuple[str, ...]] = set()
    for told in world.told:
        for slot in told.slots:
            place: Place = (*told.person, *slot)
            if (*place, told.channel) in seen:
                yield _of_slot("told_twice", place, told.at, told.channel)
            seen.add((*place, told.channel))


def forgotten(world: World) -> Iterator[Violation]:
    """Everything that could have been a message has a decision. A parcel may go by a former number, so that what its
    statuses call for is known by the occurrence, and what is said once by the subject."""
    each, once = set(), set()
    for row in world.run.decisions:
        named = row["shop"], row["order"], row["recipient"], row["kind"]
        each.add((*named, row["occurrence"]))
        once.add((*named, row["subject"]))
    missing = [slot for slot in owed(world) if not any((*_named(slot), name) in each for name in names(slot))]
    missing += [slot for slot in owed_once(world) if (*_named(slot), slot.subject) not in once]
    for slot in missing:
        place: Place = (slot.shop, slot.recipient, slot.subject, slot.kind, slot.occurrence)
        yield _of_slot("forgotten", place, slot.since, slot.order)


def names(slot: Slot) -> frozenset[str]:
    """The names that the slot's occurrence may have. An event that means another status than it says gives a name of
    its own making."""
    return slot.names | {slot.occurrence}


def _named(slot: Slot) -> tuple[str, ...]:
    return slot.shop, slot.order, slot.recipient, slot.kind


CHECKS = (
    decided_twice,
    strange_verdict,
    without_decision,
    without_message,
    without_outcome,
    told_twice,
    forgotten,
)
