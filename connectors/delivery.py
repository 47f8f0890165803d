"""Delivery, bounded: what was handed over for one recipient is claimed, sent and settled, in order of message time.

Whatever has to wait goes back to the ledger with its `due_at` and is taken up again when message time gets there. The
machine sleeps for nobody: message time is what the loop says it is.
"""

import heapq
import itertools
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.breakers import Breakers
from connectors.connector import Connector
from connectors.outcomes import outcome_of
from connectors.retries import Patience
from connectors.store.claims import GUARD, At, Claim, Claimed, Deferred, Settled, Settlement
from connectors.store.ledger import Ledger
from pipelines.rules.ledger import OPTED_OUT, Backoff, Event
from schemas.errors import ConfigurationError, Permanent, Transient, Unknown
from schemas.messages import Message, Outcome, Withdraw
from schemas.times import Millis

NO_CONNECTOR = "no_connector"


def machine_time() -> Millis:
    """The machine's clock."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Delivery:
    """A ledger, a connector a channel, and how patient we are. Safe to share between threads."""

    ledger: Ledger
    connectors: Mapping[str, Connector]
    machine: Callable[[], Millis] = machine_time
    patience: Patience = field(default_factory=Patience)
    backoff: Backoff = field(default_factory=Backoff)
    breakers: Breakers = field(default_factory=Breakers)

    def deliver(self, items: Sequence[Message | Withdraw], until: Millis | None = None) -> list[Outcome]:
        """Work through one recipient's items and whatever waits for that recipient, up to message time `until` (None:
        until nothing waits that can go). One outcome for each message that was handed over; what still waits is
        `deferred`, what is in doubt `unknown`. The same items again change nothing and give the same outcomes.
        """
        return _Run(self, until).outcomes(items)

    def attempt(self, claimed: Claimed, at: At) -> Claim:
        """Send what was claimed and settle it."""
        return self.ledger.settle(claimed, self._post(claimed, at), At(at.now, self.machine()))

    def claim(self, message: Message, at: At) -> Claim:
        """Claim a message that was handed over."""
        return self.ledger.claim(message, at, *self._senders(message.channel))

    def claim_due(self, leader: str, channel: str, at: At) -> Claim | None:
        """Claim a message that waits in the ledger."""
        return self.ledger.claim_due(leader, at, *self._senders(channel))

    def closed(self, channel: str) -> str:
        """Why nothing can go on this channel; "" if it can."""
        return self.breakers.reason(channel) or ("" if channel in self.connectors else NO_CONNECTOR)

    def _senders(self, channel: str) -> tuple[str, str]:
        connector = self.connectors.get(channel)
        return (connector.realm if connector else self.ledger.store.realm), self.closed(channel)

    def _post(self, claimed: Claimed, at: At) -> Settlement:
        """One claim's post, as what it came to."""
        row, message = claimed.row, claimed.message
        connector = self.connectors[message.channel]
        try:
            sent = self.patience.send(
                lambda: connector.send(message, row.leader, row.attempt, at.now),
                lambda: self.machine() < row.lease_until - GUARD,
            )
        except Transient as error:
            wait = self.backoff.wait(row.attempt, row.leader, error.retry_after)
            return Settlement(Event.NOT_SENT, error.reason, due_at=at.now + wait)
        except Permanent as error:
            return _refused(error)
        except Unknown as error:
            return Settlement(Event.DOUBT, error.reason)
        except ConfigurationError as error:
            self.breakers.close(message.channel, error)
            return Settlement(Event.NOT_SENT, error.reason, due_at=at.now + self.backoff.longest)
        return Settlement(Event.ACCEPTED, provider=sent.provider, provider_id=sent.provider_id)


def _refused(error: Permanent) -> Settlement:
    """A refusal of the address lets the next channel take over; an opt-out also closes the address for good."""
    opted_out = error.whom == "opted_out"
    reason = OPTED_OUT if opted_out else error.reason
    return Settlement(Event.REFUSED, reason, suppress=opted_out, falls_back=opted_out or error.whom == "recipient")


@dataclass(frozen=True, order=True)
class _Turn:
    """Something to do at a message time. At one moment, withdrawals come first."""

    now: Millis
    rank: int
    number: int
    work: Message | Withdraw | tuple[str, str] = field(compare=False)  # a tuple: leader and channel of a row


class _Run:
    """One recipient's run through time."""

    def __init__(self, delivery: Delivery, until: Millis | None) -> None:
        self._delivery = delivery
        self._until = until
        self._turns: list[_Turn] = []
        self._numbers = itertools.count()
        self._outcomes: dict[str, Outcome] = {}

    def outcomes(self, items: Sequence[Message | Withdraw]) -> list[Outcome]:
        for item in items:
            self._add(item.at, item)
        for shop, recipient in sorted({(item.shop, item.recipient) for item in items}):
            for row in self._delivery.ledger.due(self._until or _FOR_EVER, shop, recipient):
                self._add(row.due_at or 0, (row.leader, row.channel))
        now = 0
        while self._turns:
            turn = heapq.heappop(self._turns)
            now = max(now, turn.now)
            self._take(turn.work, At(now, self._delivery.machine()))
        return sorted(self._outcomes.values(), key=lambda outcome: (outcome.at, outcome.key))

    def _add(self, now: Millis, work: Message | Withdraw | tuple[str, str]) -> None:
        rank = 0 if isinstance(work, Withdraw) else 1
        heapq.heappush(self._turns, _Turn(now, rank, next(self._numbers), work))

    def _take(self, work: Message | Withdraw | tuple[str, str], at: At) -> None:
        if isinstance(work, Withdraw):
            self._note_all(self._delivery.ledger.withdraw(work, at))
        elif isinstance(work, Message):
            self._go_on(self._delivery.claim(work, at), at)
        else:
            claim = self._delivery.claim_due(*work, at)
            if claim is not None:
                self._go_on(claim, at)

    def _go_on(self, claim: Claim, at: At) -> None:
        """Send what is ours; remember when the rest is due."""
        if isinstance(claim, Claimed):
            claim = self._delivery.attempt(claim, at)
        self._note_all([claim])
        if isinstance(claim, Deferred) and not self._delivery.closed(claim.row.channel):
            due = claim.row.due_at or at.now
            if self._until is None or due <= self._until:
                self._add(due, (claim.row.leader, claim.row.channel))
        if isinstance(claim, Settled) and claim.takes_over and claim.message.otherwise is not None:
            self._add(at.now, (claim.takes_over, claim.message.otherwise.channel))

    def _note_all(self, claims: Iterable[Claim]) -> None:
        for claim in claims:
            outcome = outcome_of(claim)
            if outcome is not None:
                self._outcomes[outcome.key] = outcome


_FOR_EVER: Millis = 1 << 60
