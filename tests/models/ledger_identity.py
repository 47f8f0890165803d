"""A small exhaustive model of the ledger's identity: which row a message is, and who may send it.

Elements (messages and withdrawals of one recipient) reach two workers in any order, once or twice. A worker claims,
posts, settles, and may crash between any two steps; the provider accepts, refuses, or answers so that nobody knows.
Every interleaving is explored, nothing is random. It shares no code with the product: it is the design, tried.

Assumed (the protocol's A1 to A3): a row in flight whose worker died is looked up, and the look-up tells the truth.
Each rule can be switched off, to see what it is there for. Run the file to see the table.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import NamedTuple


@dataclass(frozen=True)
class Rules:
    """What the ledger holds to; each may be taken away."""

    intent: bool = True  # a claim is written before the post
    look_up: bool = True  # a row in doubt is looked up, not sent again blindly
    generations: bool = True  # a generation waits for the earlier ones, and is dropped if one was sent
    every_earlier: bool = True  # ... for all earlier ones, not only the one before
    spend_missing: bool = True  # ... and one that never came is spent by a tombstone
    tombstones: bool = True  # a withdrawal that comes first leaves a row
    mark: bool = True  # a withdrawal of a row in flight keeps it from waiting again
    all_slots: bool = True  # a merged message takes all its slots in one transaction
    drop_only_whole: bool = True  # a merged message is dropped only if each slot is taken by another
    follow_fallback: bool = True  # a withdrawal (and a later generation) looks at what took over after a refusal
    one_step_fallback: bool = True  # the refusal and what takes over are written in one transaction


@dataclass(frozen=True)
class Say:
    """A message: letters are slots."""

    slots: str
    generation: int = 0
    channel: str = "sms"
    fallback: str = ""


@dataclass(frozen=True)
class Undo:
    """A withdrawal."""

    slots: str
    generation: int = 0
    channel: str = "sms"


@dataclass(frozen=True)
class Story:
    """What was handed over. `disjoint`: no slot is in two messages that both stand (what Plan sees to)."""

    name: str
    elements: tuple[Say | Undo, ...]
    refusals: bool = False
    disjoint: bool = True


class Row(NamedTuple):
    state: str  # NEW INTENT UNKNOWN SENT FAILED
    leader: tuple[str, str, int]
    owner: int  # index of the message's element
    mark: bool = False
    fell: str = ""


Key = tuple[str, str, int]  # slot, channel, generation


class World(NamedTuple):
    rows: tuple[tuple[Key, Row], ...]
    delivered: tuple[int, ...]  # how often each element has come
    workers: tuple[tuple[str, Key] | None, ...]
    told: tuple[tuple[int, str], ...]  # (element, channel) at the provider, one entry a message that was sent
    refused: frozenset[tuple[int, str]]
    crashes: int
    troubles: int


Found = dict[str, list[str]]


@dataclass
class Explorer:
    """One story under one set of rules."""

    story: Story
    rules: Rules = field(default_factory=Rules)
    crashes: int = 1
    troubles: int = 1
    deliveries: int = 2

    def run(self) -> tuple[int, Found]:
        """Number of states, and for each violation the shortest way to it."""
        start = World((), (0,) * len(self.story.elements), (None, None), (), frozenset(), self.crashes, self.troubles)
        came: dict[World, tuple[World, str] | None] = {start: None}
        queue, found = deque([start]), Found()
        while queue:
            world = queue.popleft()
            after = [(name, new) for name, new in self.steps(world) if new != world]
            for violation in self.violations(world, bool(after)):
                found.setdefault(violation, _way(world, came))
            for name, new in after:
                if new not in came:
                    came[new] = (world, name)
                    queue.append(new)
        return len(came), found

    # --- what can happen next

    def steps(self, world: World) -> Iterator[tuple[str, World]]:
        for index, worker in enumerate(world.workers):
            if worker is None:
                yield from self.idle(world, index)
            else:
                yield from self.busy(world, index, *worker)
        yield from self.recover(world)

    def idle(self, world: World, index: int) -> Iterator[tuple[str, World]]:
        for number, element in enumerate(self.story.elements):
            if world.delivered[number] >= self.deliveries:
                continue
            came = world._replace(delivered=_add(world.delivered, number))
            if isinstance(element, Undo):
                yield f"withdraw {element}", self.withdraw(came, element)
            else:
                yield f"w{index} takes {element}", self.take(came, index, number, element)
        for key, row in world.rows:
            if row.state == "NEW" and row.leader == key:
                yield f"w{index} takes due {key}", self.claim(world, index, key)

    def busy(self, world: World, index: int, phase: str, key: Key) -> Iterator[tuple[str, World]]:
        row = dict(world.rows)[key]
        here = (row.owner, key[1])
        sent = world._replace(told=tuple(sorted((*world.told, here))))
        if world.crashes:
            yield f"w{index} crashes in {phase}", _free(world, index)._replace(crashes=world.crashes - 1)
        if phase == "claimed":
            yield "accepted", _work(sent, index, "accepted", key)
            if self.story.refusals and key[1] == "sms":
                yield "refused", _work(world._replace(refused=world.refused | {here}), index, "refused", key)
            if world.troubles:
                yield "not sent", _work(world._replace(troubles=world.troubles - 1), index, "not_sent", key)
                yield "accepted, answer lost", _work(sent._replace(troubles=world.troubles - 1), index, "doubt", key)
                yield "lost, nobody knows", _work(world._replace(troubles=world.troubles - 1), index, "doubt", key)
        else:
            yield f"w{index} writes {phase}", self.settle(world, index, phase, key)

    def recover(self, world: World) -> Iterator[tuple[str, World]]:
        """The lease of a dead worker ends, the provider is asked, the answer is written."""
        held = {worker[1] for worker in world.workers if worker}
        for key, row in world.rows:
            if row.leader != key or key in held or row.state not in ("INTENT", "UNKNOWN"):
                continue
            if self.rules.look_up and (row.owner, key[1]) in world.told:
                yield "looked up: found", _set(world, key, "SENT")
            else:
                yield "looked up: absent", _set(world, key, "FAILED" if row.mark else "NEW")

    # --- the ledger's transactions

    def take(self, world: World, index: int, number: int, message: Say) -> World:
        world, leader = self.admit(world, number, message, message.channel)
        return self.claim(world, index, leader) if leader else world

    def admit(self, world: World, number: int, message: Say, channel: str) -> tuple[World, Key | None]:
        """Rows for the slots of a message that are free; its leader, or None if it is not to be sent."""
        rows = dict(world.rows)
        keys = [(slot, channel, message.generation) for slot in message.slots]
        ours = [key for key in keys if key in rows and rows[key].owner == number]
        if ours:
            return world, rows[ours[0]].leader
        free = [key for key in keys if key not in rows]
        if len(free) < len(keys) and not self.rules.drop_only_whole:
            return world, None
        if not free:
            return world, None
        dead = any(key in rows and rows[key].owner < 0 for key in keys)
        taken = free if self.rules.all_slots else free[:1]
        state = "FAILED" if dead else "NEW"
        new = {key: Row(state, free[0], number) for key in taken}
        return world._replace(rows=_sorted(rows | new)), None if dead else free[0]

    def claim(self, world: World, index: int, key: Key) -> World:
        rows = dict(world.rows)
        if rows[key].state != "NEW":
            return world
        if self.rules.generations:
            answer, rows = self.earlier(rows, key)
            if answer != "go":
                after = world._replace(rows=_sorted(rows))
                return _set(after, key, "FAILED") if answer == "drop" else after
        world = world._replace(rows=_sorted(rows))
        claimed = _set(world, key, "INTENT") if self.rules.intent else world
        return _work(claimed, index, "claimed", key)

    def earlier(self, rows: dict[Key, Row], key: Key) -> tuple[str, dict[Key, Row]]:
        """go | wait | drop: what the earlier generations of all slots of the message say."""
        answers, rows = set(), dict(rows)
        for slot, channel, generation in [k for k, row in rows.items() if row.leader == key]:
            first = 0 if self.rules.every_earlier else max(0, generation - 1)
            for before in range(first, generation):
                if (slot, channel, before) not in rows and self.rules.spend_missing:
                    spent = (slot, channel, before)
                    rows[spent] = Row("FAILED", spent, -1)
                answers |= {_says(rows[k].state) for k in self.chain(rows, (slot, channel, before))}
        answer = "drop" if "drop" in answers else "wait" if "wait" in answers else "go"
        return answer, rows

    def chain(self, rows: dict[Key, Row], key: Key) -> list[Key]:
        """The row and, after a refusal, the one that took over."""
        if key not in rows:
            return []
        fell = rows[key].fell if self.rules.follow_fallback else ""
        return [key, *self.chain(rows, (key[0], fell, key[2]))] if fell else [key]

    def withdraw(self, world: World, undo: Undo) -> World:
        for slot in undo.slots:
            rows = dict(world.rows)
            key = (slot, undo.channel, undo.generation)
            if key not in rows and self.rules.tombstones:
                world = world._replace(rows=_sorted(rows | {key: Row("FAILED", key, -1)}))
            for link in self.chain(rows, key):
                world = self.withdraw_row(world, rows[link].leader)
        return world

    def withdraw_row(self, world: World, leader: Key) -> World:
        row = dict(world.rows)[leader]
        if row.state == "NEW":
            return _set(world, leader, "FAILED")
        if row.state in ("INTENT", "UNKNOWN") and self.rules.mark:
            return _change(world, leader, mark=True)
        return world

    def settle(self, world: World, index: int, phase: str, key: Key) -> World:
        row = dict(world.rows)[key]
        freed = _free(world, index)
        if phase == "accepted":
            return _set(freed, key, "SENT")
        if phase == "doubt":
            return _set(freed, key, "UNKNOWN")
        if phase == "not_sent":
            return _set(freed, key, "FAILED" if row.mark else "NEW")
        if phase == "fall":
            return self.fall(freed, key, row)
        message = self.message(row)
        falls = bool(message.fallback) and key[1] == message.channel and not row.mark
        failed = _change(_set(freed, key, "FAILED"), key, fell=message.fallback if falls else "")
        if not falls:
            return failed
        return self.fall(failed, key, row) if self.rules.one_step_fallback else _work(failed, index, "fall", key)

    def fall(self, world: World, key: Key, row: Row) -> World:
        message = self.message(row)
        return self.admit_fallback(world, row.owner, message)

    def admit_fallback(self, world: World, number: int, message: Say) -> World:
        rows = dict(world.rows)
        keys = [(slot, message.fallback, message.generation) for slot in message.slots]
        free = [key for key in keys if key not in rows]
        new = {key: Row("NEW", free[0], number) for key in free}
        return world._replace(rows=_sorted(rows | new))

    def message(self, row: Row) -> Say:
        element = self.story.elements[row.owner]
        assert isinstance(element, Say)
        return element

    # --- what must not be

    def violations(self, world: World, goes_on: bool) -> Iterator[str]:
        if len(set(world.told)) < len(world.told) or (self.story.disjoint and self.slot_told_twice(world)):
            yield "doubled"
        if self.claims_withdrawn(world):
            yield "withdrawn, yet sent"
        idle = not any(world.workers) and all(world.delivered)
        if idle and not goes_on and any(row.state in ("NEW", "INTENT", "UNKNOWN") for _, row in world.rows):
            yield "stuck"
        if idle and all(row.state in ("SENT", "FAILED") for _, row in world.rows) and self.lost(world):
            yield "lost"

    def slot_told_twice(self, world: World) -> bool:
        slots = [slot for number, _ in world.told for slot in getattr(self.story.elements[number], "slots", "")]
        return len(set(slots)) < len(slots)

    def claims_withdrawn(self, world: World) -> bool:
        """A waiting row though its withdrawal was written: it would be sent."""
        rows = dict(world.rows)
        for number, undo in enumerate(self.story.elements):
            if not isinstance(undo, Undo) or not world.delivered[number]:
                continue
            for slot in undo.slots:
                keys = [(slot, channel, undo.generation) for channel in ("sms", "email")]
                if any(key in rows and rows[key].state == "NEW" for key in keys):
                    return True
        return False

    def lost(self, world: World) -> bool:
        told = {slot for number, _ in world.told for slot in getattr(self.story.elements[number], "slots", "")}
        undone = [element for element in self.story.elements if isinstance(element, Undo)]
        for number, message in enumerate(self.story.elements):
            if isinstance(message, Undo) or any(_touches(undo, message) for undo in undone):
                continue
            refused = (number, message.channel) in world.refused and not message.fallback
            if not refused and not set(message.slots) <= told:
                return True
        return False


def _touches(undo: Undo, message: Say) -> bool:
    return undo.generation == message.generation and bool(set(undo.slots) & set(message.slots))


def _says(state: str) -> str:
    return {"SENT": "drop", "FAILED": "go"}.get(state, "wait")


def _sorted(rows: dict[Key, Row]) -> tuple[tuple[Key, Row], ...]:
    return tuple(sorted(rows.items()))


def _add(counts: tuple[int, ...], index: int) -> tuple[int, ...]:
    return (*counts[:index], counts[index] + 1, *counts[index + 1 :])


def _change(world: World, leader: Key, **changes: object) -> World:
    """The same change on every row that the leader leads."""
    rows = {key: row._replace(**changes) if row.leader == leader else row for key, row in world.rows}  # type: ignore[arg-type]
    return world._replace(rows=_sorted(rows))


def _set(world: World, leader: Key, state: str) -> World:
    return _change(world, leader, state=state)


def _work(world: World, index: int, phase: str, key: Key) -> World:
    return world._replace(workers=(*world.workers[:index], (phase, key), *world.workers[index + 1 :]))


def _free(world: World, index: int) -> World:
    return world._replace(workers=(*world.workers[:index], None, *world.workers[index + 1 :]))


def _way(world: World, came: dict[World, tuple[World, str] | None]) -> list[str]:
    names: list[str] = []
    while (step := came[world]) is not None:
        world = step[0]
        names.append(step[1])
    return names[::-1]


STORIES: tuple[Story, ...] = (
    Story("one message", (Say("A"),)),
    Story("withdrawn", (Say("A"), Undo("A"))),
    Story("re-addressed", (Say("A"), Undo("A"), Say("A", 1))),
    Story("re-addressed twice", (Say("A"), Undo("A"), Say("A", 1), Undo("A", 1), Say("A", 2))),
    Story("merge, one slot withdrawn", (Say("AB"), Undo("A"), Say("B", 1))),
    Story("merges that overlap", (Say("A"), Say("AB")), disjoint=False),
    Story("fallback", (Say("A", fallback="email"),), refusals=True),
    Story("fallback, then re-addressed", (Say("A", fallback="email"), Undo("A"), Say("A", 1)), refusals=True),
)


def explore(story: Story, without: str = "") -> tuple[int, Found]:
    """States and violations of a story, with one rule taken away (or none)."""
    rules = replace(Rules(), **{without: False}) if without else Rules()
    small = len(story.elements) > 4
    return Explorer(story, rules, troubles=0 if small else 1, deliveries=1 if small else 2).run()


if __name__ == "__main__":
    for story in STORIES:
        states, found = explore(story)
        print(f"{story.name:30} {states:8} states   {', '.join(found) or 'none lost, none doubled'}")
    for rule in fields(Rules):
        broken = [(story.name, sorted(explore(story, rule.name)[1])) for story in STORIES]
        print(f"without {rule.name:20}", [entry for entry in broken if entry[1]])
