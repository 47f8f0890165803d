"""A bounded run for one recipient: everything in order of message time, and nobody waits.

Whatever has to wait goes back to the ledger with its `due_at` and is taken up again when message time gets there. The
machine sleeps for nobody: message time is what the loop says it is. In the sandbox the settling of a doubt is not
waited for either: the look-up comes as much later in message time as it would by the machine's. Where real people are
reached, only what has really settled is looked up; the rest stays in doubt until a later run.
"""

import heapq
import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from connectors.delivery import Delivery
from connectors.outcomes import outcome_of
from connectors.store.claims import At, Claim, Claimed, Deferred, Settled, Taken
from connectors.store.opening import SANDBOX
from connectors.store.rows import Row
from connectors.store.turns import Person
from pipelines.rules.ledger import State
from schemas.messages import Message, Outcome, Withdraw
from schemas.times import Millis

_FOR_EVER: Millis = 1 << 60
_MOST_LOOKS = 60
"""Look-ups of one message in one run: a provider that never answers must not keep the run from ending."""


@dataclass(frozen=True)
class _Due:
    """A message that waits in the ledger, or is in flight with nobody behind it; not before `machine`."""

    leader: str
    channel: str
    machine: Millis = 0


Work = Message | Withdraw | _Due


@dataclass(frozen=True, order=True)
class _Turn:
    """Something to do at a message time. At one moment, withdrawals come first."""

    now: Millis
    rank: int
    number: int
    work: Work = field(compare=False)


class Run:
    """One recipient's run through time."""

    def __init__(self, delivery: Delivery, until: Millis | None) -> None:
        self._delivery = delivery
        self._until = until
        self._skips = delivery.ledger.store.realm == SANDBOX
        self._turns: list[_Turn] = []
        self._numbers = itertools.count()
        self._looks: Counter[str] = Counter()
        self._outcomes: dict[str, Outcome] = {}

    def outcomes(self, items: Sequence[Message | Withdraw], people: Collection[Person]) -> list[Outcome]:
        """Work through the items and what is due for these people; how each message stands in the end."""
        for item in items:
            self._add(item.at, item)
        for person in sorted(people):
            self._add_due(*person)
        now = 0
        while self._turns:
            turn = heapq.heappop(self._turns)
            now = max(now, turn.now)
            self._take(turn.work, now)
        return sorted(self._outcomes.values(), key=lambda outcome: (outcome.at, outcome.key))

    def _add_due(self, shop: str, recipient: str) -> None:
        ledger, machine = self._delivery.ledger, self._delivery.machine()
        for row in ledger.due(self._until or _FOR_EVER, shop, recipient):
            self._add(row.due_at or 0, _Due(row.leader, row.channel))
        for row in ledger.flying(_FOR_EVER if self._skips else machine, shop, recipient):
            if row.state == State.UNKNOWN or row.lease_until <= machine:
                self._add_look(row, row.decided_at)

    def _add(self, now: Millis, work: Work) -> None:
        if not isinstance(work, _Due) or self._until is None or now <= self._until:
            rank = 0 if isinstance(work, Withdraw) else 1
            heapq.heappush(self._turns, _Turn(now, rank, next(self._numbers), work))

    def _add_look(self, row: Row, now: Millis) -> None:
        """A look-up when its time has come; in the sandbox it comes at once, and message time has moved on."""
        wait = max(row.look_after - row.updated, 0) if row.state == State.UNKNOWN else 0
        if (self._skips or row.look_after <= self._delivery.machine()) and self._looks[row.leader] < _MOST_LOOKS:
            self._looks[row.leader] += 1
            self._add(now + wait, _Due(row.leader, row.channel, row.look_after))

    def _take(self, work: Work, now: Millis) -> None:
        at = At(now, self._delivery.machine())
        if isinstance(work, Withdraw):
            self._note_all(self._delivery.ledger.withdraw(work, at))
        elif isinstance(work, Message):
            self._go_on(self._delivery.claim(work, at), at)
        else:
            claim = self._delivery.claim_due(work.leader, work.channel, at)
            claim = claim or self._delivery.look(work.leader, At(now, max(at.machine, work.machine)))
            if claim is not None:
                self._go_on(claim, at)

    def _go_on(self, claim: Claim, at: At) -> None:
        """Send what is ours; remember when the rest is due."""
        if isinstance(claim, Claimed):
            claim = self._delivery.attempt(claim, at)
        self._note_all([claim])
        if isinstance(claim, Taken) and claim.row.state == State.UNKNOWN:
            self._add_look(claim.row, max(at.now, claim.row.decided_at))
        if isinstance(claim, Deferred) and not self._delivery.closed(claim.row.channel):
            self._add(claim.row.due_at or at.now, _Due(claim.row.leader, claim.row.channel))
        if isinstance(claim, Settled) and claim.takes_over and claim.message.otherwise is not None:
            self._add(at.now, _Due(claim.takes_over, claim.message.otherwise.channel))

    def _note_all(self, claims: Iterable[Claim]) -> None:
        for claim in claims:
            outcome = outcome_of(claim)
            if outcome is not None:
                self._outcomes[outcome.key] = outcome


def people_due(delivery: Delivery, until: Millis | None) -> list[Person]:
    """Everyone for whom something is due by `until`, or in flight with nobody behind it."""
    ledger, machine = delivery.ledger, delivery.machine()
    in_flight = ledger.flying(_FOR_EVER if ledger.store.realm == SANDBOX else machine)
    left = [row for row in in_flight if row.state == State.UNKNOWN or row.lease_until <= machine]
    return sorted({(row.shop, row.recipient) for row in [*ledger.due(until or _FOR_EVER), *left]})
