"""Seeded schedules over the real ledger: workers, crashes, failed posts, lost answers, in any order, twice."""

import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from connectors.store.claims import LEASE, At, Claimed, Settlement
from connectors.store.keyring import Keyring
from connectors.store.ledger import Ledger
from connectors.store.opening import SANDBOX, open_store
from pipelines.rules.ledger import Event
from schemas.messages import Message, Withdraw
from schemas.times import MINUTE

Item = Message | Withdraw
Story = Callable[[Callable[..., Message], Callable[..., Withdraw], str], list[Item]]

STORIES: dict[str, Story] = {
    "re-addressed twice": lambda say, undo, who: [
        say(recipient=who),
        undo(who),
        say(recipient=who, generation=1),
        undo(who, generation=1),
        say(recipient=who, generation=2),
    ],
    "merge, one slot withdrawn": lambda say, undo, who: [
        say("ab", recipient=who),
        undo(who, "a"),
        say("b", recipient=who, generation=1),
    ],
    "fallback, then re-addressed": lambda say, undo, who: [
        say(recipient=who, otherwise=say(channel="email", recipient=who)),
        undo(who),
        say(recipient=who, generation=1),
    ],
}


class World:
    """One recipient's schedule: a seed decides who does what next."""

    def __init__(self, ledger: Ledger, seed: int, items: list[Item]) -> None:
        self.ledger, self.items = ledger, items
        self.chance = random.Random(seed)
        self.left = [number for number in range(len(items)) for _ in range(2)]
        self.flying: list[Claimed] = []
        self.told: Counter[tuple[str, int]] = Counter()
        self.slots: Counter[str] = Counter()
        self.now, self.machine = 1_000, 0

    def run(self) -> None:
        for _ in range(60):
            self.now += self.chance.randrange(20 * MINUTE)
            self.machine += self.chance.randrange(LEASE // 4)
            self.step()

    def step(self) -> None:
        what = self.chance.choice(["arrive", "arrive", "due", "post", "post", "die"])
        if what == "arrive" and self.left:
            self.arrive(self.items[self.left.pop(self.chance.randrange(len(self.left)))])
        elif what == "due":
            for row in self.ledger.due(self.now, "sowa", self.items[0].recipient):
                self.keep(self.ledger.claim_due(row.leader, self.at(), SANDBOX))
        elif self.flying:
            claimed = self.flying.pop(self.chance.randrange(len(self.flying)))
            if what == "post" and self.machine < claimed.row.lease_until:
                self.post(claimed)

    def arrive(self, item: Item) -> None:
        if isinstance(item, Withdraw):
            self.ledger.withdraw(item, self.at())
        else:
            self.keep(self.ledger.claim(item, self.at(), SANDBOX))

    def keep(self, claim: object) -> None:
        if isinstance(claim, Claimed):
            self.flying.append(claim)

    def post(self, claimed: Claimed) -> None:
        refusals = ["refused"] * (4 if claimed.message.otherwise else 1)
        fate = self.chance.choice(["taken", "taken", "not_sent", "taken_unknown", "lost", "taken_and_dead", *refusals])
        if fate.startswith("taken"):
            self.told[claimed.row.leader, claimed.row.generation] += 1
            self.slots.update(slot.occurrence for slot in claimed.slots)
        identity = f"{claimed.row.leader}{claimed.row.attempt}"
        settlements = {
            "taken": Settlement(Event.ACCEPTED, provider="twilio", provider_id=identity),
            "refused": Settlement(Event.REFUSED, "21614", falls_back=True),
            "not_sent": Settlement(Event.NOT_SENT, "20429", due_at=self.now + MINUTE),
            "taken_unknown": Settlement(Event.DOUBT, "ProtocolError"),
            "lost": Settlement(Event.DOUBT, "ProtocolError"),
        }
        if fate in settlements:
            self.ledger.settle(claimed, settlements[fate], self.at())

    def at(self) -> At:
        return At(self.now, self.machine)


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    store = open_store("sqlite://", SANDBOX)
    yield Ledger(store, Keyring({"k": b"0123456789abcdef"}), "worker")
    store.close()


@pytest.mark.parametrize("story", STORIES)
def test_no_schedule_tells_a_slot_twice(ledger: Ledger, say: Callable[..., Message], story: str) -> None:
    told: Counter[int] = Counter()
    for seed in range(30):
        who = f"{story}/{seed}"

        def undo(recipient: str, occurrence: str = "a", generation: int = 0) -> Withdraw:
            slots = say(occurrence).slots
            return Withdraw("sowa", recipient, "shipped", slots, ("sms",), generation, 2_000)

        world = World(ledger, seed, STORIES[story](say, undo, who))
        world.run()
        assert max(world.slots.values(), default=0) <= 1, f"seed {seed}"
        assert max(world.told.values(), default=0) <= 1, f"seed {seed}"
        told[sum(world.slots.values())] += 1
    assert told[0] < 30  # the schedules do send
    assert ledger.incidents() == {}
