"""Seeded schedules over the real ledger: workers, crashes, faults, lags, callbacks and withdrawals, in any order.

Behind it is an honest provider that knows no keys: what it takes, it takes; it lists what it took after a lag; requests
may arrive late, answers may be lost. All code that decides is the ledger's own, on an in-memory store.
While A1 to A3 (`pipelines/rules/doubt.py`) hold, nothing is doubled and nothing lost; where one is broken on purpose,
what the provider reveals is counted.

    python -m tests.models.delivery_schedules --schedules 10000      (some minutes of one core)
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from connectors.store.claims import GUARD, LEASE, READ_TIMEOUT, At, Claimed, Settlement
from connectors.store.doubting import Doubted, Sighting
from connectors.store.keyring import Keyring
from connectors.store.ledger import Ledger
from connectors.store.opening import SANDBOX, open_store
from connectors.store.witnessing import Evidence
from pipelines.rules.doubt import LAG, SETTLE
from pipelines.rules.ledger import Event
from schemas.messages import Message, Slot, Withdraw
from schemas.times import HOUR, MINUTE, SECOND, Millis

BEGIN: Millis = 1_000_000_000
STEPS = 45
PHONES = ("+48500000123", "+48500000456")

Item = Message | Withdraw


@dataclass(frozen=True)
class Assumptions:
    """What may be relied on; a run breaks one by setting it False."""

    a1: bool = True  # what was not answered is not taken later than SETTLE after we gave up
    a2: bool = True  # nobody writes after the lease
    a3: bool = True  # what was taken is listed after LAG


@dataclass
class Taken:
    """A message that the provider took."""

    provider_id: str
    key: str
    words: str
    to: str
    listed_from: Millis
    told: int = 0


@dataclass
class Request:
    """A post under way."""

    claimed: Claimed
    arrives: Millis
    fate: str  # taken | refused | limited | lost
    gives_up: Millis = 0  # when its worker stops waiting for an answer
    is_given_up: bool = False


@dataclass
class Provider:
    """It takes, lists and tells; it knows no keys that would make it take once."""

    name: str
    chance: random.Random
    assumptions: Assumptions
    taken: list[Taken] = field(default_factory=list)

    def take(self, message: Message, key: str, now: Millis) -> Taken:
        lag = self.chance.choice((0, 0, LAG // 2, LAG - SECOND))
        if not self.assumptions.a3:
            lag = self.chance.choice((0, 5 * LAG, 30 * LAG))
        self.taken.append(Taken(f"SM{self.name}/{len(self.taken)}", key, message.text, message.to, now + lag))
        return self.taken[-1]

    def listing(self, message: Message, now: Millis) -> Sighting:
        same = [t for t in self.taken if (t.words, t.to) == (message.text, message.to) and t.listed_from <= now]
        return Sighting(tuple(("twilio", each.provider_id) for each in same))


class Schedule:
    """One recipient's life under one seed. `now` is both clocks."""

    def __init__(self, ledger: Ledger, seed: int, assumptions: Assumptions = Assumptions()) -> None:
        self.chance = random.Random(f"{seed}{assumptions}")
        self.who = f"{assumptions.a1:d}{assumptions.a2:d}{assumptions.a3:d}/{seed}"
        self.workers = [replace(ledger, owner=f"worker-{number}") for number in range(3)]
        self.assumptions = assumptions
        self.provider = Provider(self.who, self.chance, assumptions)
        self.items = self._story()
        self.left = [item for item in self.items for _ in range(self.chance.choice((1, 1, 2)))]
        self.posts: list[Request] = []
        self.late: list[tuple[Millis, Claimed, Settlement]] = []  # what workers that stand still will yet write
        self.claims: list[Claimed] = []
        self.paused: list[Claimed] = []
        self.now = BEGIN
        self.withdrawn_when: dict[str, Millis] = {}

    # --- the story

    def _story(self) -> list[Item]:
        stories = (
            [self._say("a")],
            [self._say("a"), self._undo("a")],
            [self._say("a"), self._undo("a"), self._say("a", generation=1, to=PHONES[1])],
            [self._say("ab"), self._undo("a"), self._say("b", generation=1)],
            [self._say("a", otherwise=self._say("a", channel="email")), self._say("b")],
            [self._say("a"), self._undo("a"), self._say("a", 1), self._undo("a", 1), self._say("a", 2)],
        )
        return list(self.chance.choice(stories))

    def _say(self, names: str, generation: int = 0, channel: str = "sms", **more: object) -> Message:
        fields: dict[str, object] = {
            "shop": "sowa", "bundle": "1", "recipient": self.who, "order": "o1", "kind": "shipped", "cls": "service",
            "priority": 3, "locale": "pl", "slots": self._slots(names), "generation": generation, "at": BEGIN,
            "valid_until": BEGIN + 1_000 * HOUR, "intervals": ((BEGIN, BEGIN + 1_000 * HOUR),), "channel": channel,
            "to": PHONES[0] if channel == "sms" else "jan@poczta.example", "country": "PL", "sender": "Sowa",
            "text": f"{self.who} {names} {generation} {channel}",
        }  # fmt: skip
        return Message(**(fields | more))  # type: ignore[arg-type]

    def _undo(self, names: str, generation: int = 0) -> Withdraw:
        return Withdraw("sowa", self.who, "shipped", self._slots(names), ("sms",), generation, BEGIN)

    def _slots(self, names: str) -> tuple[Slot, ...]:
        return tuple(Slot("inpost/1", "shipped", name) for name in names)

    # --- what happens

    def run(self) -> "Schedule":
        for _ in range(STEPS):
            self.now += self.chance.choice((SECOND, 10 * SECOND, MINUTE, LAG, 3 * MINUTE))
            self._deliver_posts()
            self.chance.choice((self._arrive, self._arrive, self._due, self._post, self._post, self._die, self._call))()
        self._come_to_rest()
        return self

    def _come_to_rest(self) -> None:
        """No more faults: what is left is handed over, looked up and sent; then the provider tells all that it took."""
        while self.left:
            self._arrive()
        self.claims = []  # whoever still had one has died
        for _ in range(400):
            self.now += LEASE
            self._deliver_posts()
            self._due(calm=True)
            if not (self.posts or self.late or self._open()):
                break
        for taken in list(self.provider.taken):
            self._tell(taken)

    def _arrive(self) -> None:
        if not self.left:
            return
        item = self.left.pop(self.chance.randrange(len(self.left)))
        worker = self.chance.choice(self.workers)
        if isinstance(item, Withdraw):
            worker.withdraw(item, self._at())
        else:
            self._keep(worker.claim(item, self._at(), SANDBOX))

    def _due(self, calm: bool = False) -> None:
        worker = self.chance.choice(self.workers)
        for row in worker.due(self.now, "sowa", self.who):
            claim = worker.claim_due(row.leader, self._at(), SANDBOX)
            if calm and isinstance(claim, Claimed):
                self._answer(Request(claim, self.now, "taken"))
            else:
                self._keep(claim)
        for row in worker.flying(self.now, "sowa", self.who):
            doubted = worker.doubt(row.leader, self._at())
            if isinstance(doubted, Doubted) and (calm or self.chance.random() < 0.9):  # else it dies while looking
                worker.looked(doubted, self._sighting(doubted, calm), self._at())

    def _sighting(self, doubted: Doubted, calm: bool) -> Sighting:
        if not calm and self.chance.random() < 0.1:
            return Sighting(answered=False)
        return self.provider.listing(doubted.message, self.now)

    def _keep(self, claim: object) -> None:
        if not isinstance(claim, Claimed):
            return
        is_paused = not self.assumptions.a2 and self.chance.random() < 0.4  # its machine stands still, unknown to it
        (self.paused if is_paused else self.claims).append(claim)

    def _post(self) -> None:
        """A worker writes its request; what becomes of it is decided here and seen later."""
        awake = [claim for claim in self.paused if self.now > claim.row.lease_until + 6 * MINUTE]
        waiting = awake or self.claims
        if not waiting:
            return
        claimed = waiting[self.chance.randrange(len(waiting))]
        (self.paused if awake else self.claims).remove(claimed)
        if self.assumptions.a2 and self.now >= claimed.row.lease_until - GUARD:
            return  # it stops itself
        fate = self.chance.choice(("taken", "taken", "taken", "limited", "lost", "refused"))
        delay = self.chance.choice((0, SECOND, READ_TIMEOUT, READ_TIMEOUT + SETTLE - SECOND))
        if not self.assumptions.a1 and self.chance.random() < 0.5:
            delay = self.chance.choice((10 * MINUTE, HOUR))
        self.posts.append(Request(claimed, self.now + delay, fate, self.now + READ_TIMEOUT))

    def _deliver_posts(self) -> None:
        """What has reached the provider by now, who has stopped waiting, and who has woken."""
        self._awake()
        for post in self.posts:
            if post.gives_up < min(self.now, post.arrives) and not post.is_given_up:
                post.is_given_up = True
                self._maybe(post.claimed, Settlement(Event.DOUBT, "ReadTimeoutError"))
        arrived = [post for post in self.posts if post.arrives <= self.now]
        self.posts = [post for post in self.posts if post.arrives > self.now]
        for post in arrived:
            self._answer(post)

    def _answer(self, post: Request) -> None:
        claimed, row = post.claimed, post.claimed.row
        if post.is_given_up:
            if post.fate == "taken":
                self.provider.take(claimed.message, row.leader, self.now)
            return None
        if post.fate == "lost":
            return self._maybe(claimed, Settlement(Event.DOUBT, "ProtocolError"))
        if post.fate == "limited":
            later = self.now + self.chance.choice((MINUTE, HOUR))
            return self._maybe(claimed, Settlement(Event.NOT_SENT, "20429", due_at=later))
        if post.fate == "refused" and claimed.message.otherwise is not None:
            return self._maybe(claimed, Settlement(Event.REFUSED, "21614", falls_back=True))
        taken = self.provider.take(claimed.message, row.leader, self.now)
        answer = Settlement(Event.ACCEPTED, provider="twilio", provider_id=taken.provider_id)
        return self._maybe(claimed, self.chance.choice((answer, answer, Settlement(Event.DOUBT, "ProtocolError"))))

    def _maybe(self, claimed: Claimed, settlement: Settlement) -> None:
        """The worker hears the answer and writes it, unless it died meanwhile; or it stands still before it does."""
        fate = self.chance.random()
        if fate < 0.7:
            self._settle(claimed, settlement)
        elif fate < 0.85:
            self.late.append((self.now + self.chance.choice((MINUTE, LEASE, HOUR)), claimed, settlement))

    def _awake(self) -> None:
        """Whoever stood still goes on, as if no time had passed."""
        for moment, claimed, settlement in self.late:
            if moment <= self.now:
                self._settle(claimed, settlement)
        self.late = [each for each in self.late if each[0] > self.now]

    def _settle(self, claimed: Claimed, settlement: Settlement) -> None:
        self.chance.choice(self.workers).settle(claimed, settlement, self._at())

    def _die(self) -> None:
        if self.claims:
            self.claims.pop(self.chance.randrange(len(self.claims)))

    def _call(self) -> None:
        """A callback, of anything that was taken, any number of times."""
        if self.provider.taken:
            self._tell(self.chance.choice(self.provider.taken))

    def _tell(self, taken: Taken) -> None:
        event = self.chance.choice((Event.SEEN_SENT, Event.SEEN_DELIVERED))
        self.workers[0].witness(Evidence(event, "twilio", taken.provider_id, taken.key), self._at())

    def _at(self) -> At:
        return At(self.now, self.now)

    def _open(self) -> bool:
        worker = self.workers[0]
        far = self.now + 10_000 * HOUR
        return bool(worker.due(far, "sowa", self.who) or worker.flying(far, "sowa", self.who))

    # --- what came of it

    def doubled(self) -> int:
        """Slots that the customer was told twice, by whatever channel and generation."""
        told = Counter(name for taken in self.provider.taken for name in taken.words.split()[1])
        return sum(times - 1 for times in told.values() if times > 1)

    def lost(self) -> int:
        """Slots that were to be told, were never withdrawn, and were not."""
        told = {name for taken in self.provider.taken for name in taken.words.split()[1]}
        undone = {(slot, item.generation) for item in self.items if isinstance(item, Withdraw) for slot in item.slots}
        owed = {
            slot.occurrence
            for item in self.items
            if isinstance(item, Message) and not any((each, item.generation) in undone for each in item.slots)
            for slot in item.slots
        }
        return len(owed - told)

    def stuck(self) -> bool:
        """Is anything neither settled nor with a human?"""
        return self._open()


@dataclass
class Count:
    """What many schedules came to."""

    schedules: int = 0
    doubled: int = 0
    lost: int = 0
    stuck: int = 0
    taken: int = 0
    unseen: int = 0  # schedules with something doubled that the ledger has no incident for
    incidents: Counter[str] = field(default_factory=Counter)


def simulate(seeds: Iterable[int], assumptions: Assumptions = Assumptions()) -> Count:
    """Run schedules, a thousand to a store."""
    count = Count()
    ledger = _new_ledger()
    for seed in seeds:
        if count.schedules % 1_000 == 999:
            ledger.store.close()
            ledger = _new_ledger()
        before = Counter(ledger.incidents())
        schedule = Schedule(ledger, seed, assumptions).run()
        incidents = Counter(ledger.incidents()) - before
        doubled = schedule.doubled()
        count.schedules += 1
        count.doubled += doubled
        count.lost += schedule.lost()
        count.stuck += schedule.stuck()
        count.taken += len(schedule.provider.taken)
        count.unseen += bool(doubled) and not incidents
        count.incidents += incidents
    ledger.store.close()
    return count


def _new_ledger() -> Ledger:
    return Ledger(open_store("sqlite://", SANDBOX), Keyring({"k": b"0123456789abcdef"}), "worker")


BROKEN = {
    "A1 broken": Assumptions(a1=False),
    "A2 broken": Assumptions(a2=False),
    "A3 broken": Assumptions(a3=False),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Seeded schedules over the real ledger.")
    parser.add_argument("--schedules", type=int, default=10_000)
    asked = parser.parse_args()
    whole = simulate(range(asked.schedules))
    print(f"{'A1, A2, A3 hold':18}{whole}")
    for name, assumptions in BROKEN.items():
        print(f"{name:18}{simulate(range(asked.schedules // 10), assumptions)}")
    sys.exit(bool(whole.doubled or whole.lost or whole.stuck or whole.incidents))


if __name__ == "__main__":
    main()
