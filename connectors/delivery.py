"""Delivery: what was handed over is claimed, sent and settled; what is in doubt looked up; what is due taken up."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from connectors.braking import Brake
from connectors.breakers import Breakers
from connectors.connector import Connector
from connectors.flow import Flow
from connectors.pacing import NoPace, Pace
from connectors.reconcile import LookUp, look_up, look_ups_of
from connectors.retries import Patience
from connectors.store.claims import GUARD, LEASE, READ_TIMEOUT, At, Claim, Claimed, Result, Settlement
from connectors.store.doubting import Doubted
from connectors.store.ledger import Ledger
from connectors.transport import written_unless
from pipelines.rules.ledger import OPTED_OUT, WAITING, Backoff, Event, again
from schemas.errors import ConfigurationError, Permanent, StoreDown, Transient, Unknown
from schemas.messages import Message, Outcome, Withdraw
from schemas.times import SECOND, Millis

NO_CONNECTOR = "no_connector"
LEASE_SHORT = "lease_short"

Given = TypeVar("Given")

_log = logging.getLogger(__name__)


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
    breakers: Breakers = field(default_factory=lambda: Breakers(pause=0))  # of connectors that are no Flow
    pace: Pace | NoPace = field(default_factory=NoPace)
    brake: Brake | None = None  # the one that the ledger asks
    look_ups: Mapping[str, tuple[LookUp, ...]] = field(default_factory=dict)  # by channel; else the connectors' own
    sleep: Callable[[float], None] = time.sleep

    def deliver(self, items: Sequence[Message | Withdraw], until: Millis | None = None) -> list[Outcome]:
        """Work through one recipient's items and whatever is due for that recipient, up to message time `until` (None:
        until nothing waits that can go). One outcome for each message that was handed over; what still waits is
        `deferred`, what is in doubt `unknown`. The same items again change nothing and give the same outcomes.
        """
        from connectors.bounded import Run

        return Run(self, until).outcomes(items, {(item.shop, item.recipient) for item in items})

    def sweep(self, until: Millis | None = None, but: Callable[[str, str], bool] = lambda *_: False) -> list[Outcome]:
        """Take up what is due of everyone whom nothing was handed over for in this run; `but` says who was served
        already, by shop and recipient."""
        from connectors.bounded import Run, people_due

        people = [person for person in people_due(self, until) if not but(*person)]
        return [outcome for person in people for outcome in Run(self, until).outcomes((), {person})]

    def attempt(self, claimed: Claimed, at: At) -> Result:
        """Send what was claimed and settle it."""
        return self._settle(claimed, self._post(claimed, at), at.now)

    def hand_over(self, item: Message | Withdraw, at: At, wait: str = "") -> list[Claim]:
        """Claim and send a message now, or withdraw; what must wait or is in doubt stays in the ledger until `take_up`.
        `wait`: why nothing is to be sent yet, "" if it may. One answer for each message that it concerns."""
        if isinstance(item, Withdraw):
            return list(self.ledger.withdraw(item, at))
        if wait:
            return [self.ledger.claim(item, at, self._senders(item.channel)[0], wait)]
        claim = self.claim(item, at)
        return [self.attempt(claim, at) if isinstance(claim, Claimed) else claim]

    def take_up(self, leader: str, channel: str, state: str, at: At) -> Claim | None:
        """Go on with what is due, whatever became of the worker that had it; None if it is not due any more."""
        if state not in WAITING:
            return self.look(leader, at)
        claim = self.claim_due(leader, channel, at)
        return self.attempt(claim, at) if isinstance(claim, Claimed) else claim

    def look(self, leader: str, at: At) -> Claim | None:
        """Look up what is in doubt, if it is time; None if it is not in flight any more."""
        doubted = self.ledger.doubt(leader, at)
        if not isinstance(doubted, Doubted):
            return doubted
        channel = doubted.row.channel
        ways = self.look_ups.get(channel) or look_ups_of(self.connectors.get(channel))
        return self.ledger.looked(doubted, look_up(doubted, ways), at)

    def claim(self, message: Message, at: At) -> Claim:
        """Claim a message that was handed over."""
        return self._in_pace(message.channel, at, lambda then, *who: self.ledger.claim(message, then, *who))

    def claim_due(self, leader: str, channel: str, at: At) -> Claim | None:
        """Claim a message that waits in the ledger."""
        return self._in_pace(channel, at, lambda then, *who: self.ledger.claim_due(leader, then, *who))

    def closed(self, channel: str) -> str:
        """Why nothing can go on this channel; "" if it can."""
        connector = self.connectors.get(channel)
        if connector is None:
            return NO_CONNECTOR
        return connector.closed() if isinstance(connector, Flow) else self.breakers.reason(channel)

    def _in_pace(self, channel: str, at: At, claim: Callable[[At, str, str], Given]) -> Given:
        """A claim in the channel's pace: the place is taken before it, and given back if there is nothing to send."""
        if self.brake is not None:
            self.brake.sync()
        realm, closed = self._senders(channel)
        begun = self.machine()
        closed = closed or self.pace.enter(channel)
        claimed = claim(_after(at, self.machine() - begun), realm, closed)
        if not closed and not isinstance(claimed, Claimed):
            self.pace.give_back(channel)
        return claimed

    def _settle(self, claimed: Claimed, settlement: Settlement, now: Millis) -> Result:
        """Write what became of the attempt. Should the store not answer, keep trying within the lease: what is known
        now would have to be looked up later. Raises StoreDown after that."""
        for _ in range(LEASE // SECOND):
            machine = self.machine()
            try:
                return self.ledger.settle(claimed, settlement, At(now, machine))
            except StoreDown:
                if machine + SECOND >= claimed.row.lease_until:
                    break
                self.sleep(1.0)
        _log.error("the store did not take what became of %s: %s", claimed.row.leader, settlement.event)
        raise StoreDown("settle")

    def _senders(self, channel: str) -> tuple[str, str]:
        connector = self.connectors.get(channel)
        return (connector.realm if connector else self.ledger.store.realm), self.closed(channel)

    def _post(self, claimed: Claimed, at: At) -> Settlement:
        """One claim's post, as what it came to."""
        row, message = claimed.row, claimed.message
        connector = self.connectors[message.channel]
        if self.machine() >= row.lease_until - GUARD:  # whoever stood still so long has nothing to send any more
            return Settlement(Event.NOT_SENT, LEASE_SHORT, due_at=at.now)
        try:
            with written_unless(lambda: self.machine() >= row.lease_until - READ_TIMEOUT):
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
            if not isinstance(connector, Flow):
                self.breakers.open(message.channel, error)
            due_at = again(at.now, self.backoff.longest, message.valid_until)
            return Settlement(Event.NOT_SENT, error.reason, due_at=due_at)
        return Settlement(Event.ACCEPTED, provider=sent.provider, provider_id=sent.provider_id)


def _after(at: At, waited: Millis) -> At:
    """The moment after a wait for a place: the night may have come. What took no second is no wait, so that a replay,
    where nobody waits, is the same each time."""
    return at if waited < SECOND else At(at.now + waited, at.machine + waited)


def _refused(error: Permanent) -> Settlement:
    """A refusal of the address lets the next channel take over; an opt-out also closes the address for good."""
    opted_out = error.whom == "opted_out"
    reason = OPTED_OUT if opted_out else error.reason
    return Settlement(Event.REFUSED, reason, suppress=opted_out, falls_back=opted_out or error.whom == "recipient")
