"""The ledger: the queue of everything that is not settled, and the memory of everything that is.

Claim, send, settle: a claim is durable before the provider is asked, and every change is compare-and-set on state and
epoch. The caller brings both clocks (`At`). Every method is one transaction, and raises StoreDown if the store does
not answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from connectors.store.batching import Batching
from connectors.store.claiming import Brake, Budget, Claiming, never, no_budget
from connectors.store.claims import LEASE, At, Claim, Claimed, Result, Settled, Settlement, Taken
from connectors.store.doubting import Doubted, Doubting, Sighting
from connectors.store.fencing import Fenced, fence
from connectors.store.keyring import Keyring
from connectors.store.objections import incident_counts
from connectors.store.opening import Raced, Store
from connectors.store.rows import (
    Row,
    by_leader,
    due_rows,
    flying_rows,
    leader_first,
    rows_changed,
    rows_led_by,
    unheard_rows,
)
from connectors.store.schema import ledger
from connectors.store.settling import Settling
from connectors.store.turns import Person, take_turn, take_turns_of
from connectors.store.withdrawing import Withdrawing
from connectors.store.witnessing import Evidence, Witnessing
from pipelines.rules.ledger import State
from schemas.errors import ConfigurationError, StoreDown
from schemas.messages import Message, Withdraw
from schemas.times import Millis

Given = TypeVar("Given")

_MANY = 1_000_000
_RACES = 5  # another process may add the same rows between our look and our insert


@dataclass(frozen=True)
class Ledger:
    """One store's ledger in the hands of one worker (`owner`, told apart from all others)."""

    store: Store
    keyring: Keyring
    owner: str
    lease: Millis = LEASE
    brake: Brake = never
    budget: Budget = no_budget

    def claim(self, message: Message, at: At, realm: str, closed: str = "") -> Claim:
        """Take a message that was handed over, unless somebody has it or something speaks against it now.

        `realm` is the senders': ConfigurationError if it is not the store's. `closed` says why the channel is closed;
        then the message waits.
        """
        self._hold_realm(realm)
        return self._in_turn(
            (message.shop, message.recipient),
            lambda connection: self._claiming(connection, at, closed).message(message),
        )

    def claim_all(self, messages: Sequence[Message], at: At, realm: str, closed: str = "") -> list[Claim]:
        """Take many messages in one transaction, never more than `within_lease` says; a claim for each, in their order.
        `closed` is said of all their channels."""
        self._hold_realm(realm)

        def claim(connection: Connection) -> list[Claim]:
            take_turn(connection, {(message.shop, message.recipient) for message in messages})
            claiming = self._claiming(connection, at, closed)
            if closed:
                return [claiming.message(message) for message in messages]
            return Batching(connection, self.keyring, self.owner, self.lease, at).claim(messages, claiming)

        return self._anew(claim)

    def settle_all(self, pairs: Sequence[tuple[Claimed, Settlement]], at: At) -> list[Result]:
        """Write what became of many attempts in one transaction; a result for each, in their order."""

        def settle(connection: Connection) -> list[Result]:
            take_turn(connection, {(claimed.row.shop, claimed.row.recipient) for claimed, _ in pairs})
            done = Batching(connection, self.keyring, self.owner, self.lease, at).accept(pairs)
            return [
                done.get((claimed.row.leader, claimed.row.epoch))
                or Settling(connection, self.keyring, at, claimed).write(settlement)
                for claimed, settlement in pairs
            ]

        return self._anew(settle)

    def claim_due(self, leader: str, at: At, realm: str, closed: str = "") -> Claim | None:
        """Take a message that waits in the ledger; None if it does not wait any more."""
        self._hold_realm(realm)

        def claim(connection: Connection) -> Claim | None:
            take_turns_of(connection, [leader])
            return self._claiming(connection, at, closed).row(leader_first(rows_led_by(connection, [leader])))

        return self._anew(claim)

    def settle(self, claimed: Claimed, settlement: Settlement, at: At) -> Result:
        """Write what became of an attempt, and what takes over from it."""
        return self._in_turn(
            (claimed.row.shop, claimed.row.recipient),
            lambda connection: Settling(connection, self.keyring, at, claimed).write(settlement),
        )

    def doubt(self, leader: str, at: At) -> Doubted | Taken | None:
        """What to look up of a message in flight whose lease, or whose wait, is over; Taken if that is not so yet, None
        if it is not in flight any more."""

        def open_doubt(connection: Connection) -> Doubted | Taken | None:
            take_turns_of(connection, [leader])
            return Doubting(connection, self.keyring, at).open(leader_first(rows_led_by(connection, [leader])))

        return self._anew(open_doubt)

    def looked(self, doubted: Doubted, sighting: Sighting, at: At) -> Result:
        """Write what a look-up at the provider gave: adopt it, look again, send it again, or park it."""

        def write(connection: Connection) -> Result:
            row = leader_first(rows_led_by(connection, [doubted.row.leader]))[0]
            return Doubting(connection, self.keyring, at).write(doubted, row, sighting)

        return self._in_turn((doubted.row.shop, doubted.row.recipient), write)

    def witness(self, evidence: Evidence, at: At) -> Row | None:
        """Write what proves that a provider took a message; the leading row after it, None if it is none of ours.
        Comes in any order, any number of times."""

        def write(connection: Connection) -> Row | None:
            witnessing = Witnessing(connection, at)
            take_turns_of(connection, witnessing.named(evidence))
            row = witnessing.find(evidence)
            return None if row is None else witnessing.write(row, evidence)

        return self._anew(write)

    def withdraw(self, withdrawal: Withdraw, at: At) -> list[Settled]:
        """Take back what was handed over; gives the messages that failed by it. Comes in any order."""
        return self._in_turn(
            (withdrawal.shop, withdrawal.recipient),
            lambda connection: Withdrawing(connection, self.keyring, at).of(withdrawal),
        )

    def due(self, until: Millis, shop: str = "", recipient: str = "", limit: int | None = None) -> list[Row]:
        """Leading rows that wait and are due by `until` (message time), of all or of one recipient."""
        asked = {"until": until, "shop": shop, "recipient": recipient, "limit": limit or _MANY}
        with self.store.transaction() as connection:
            return due_rows(connection, asked)

    def flying(self, machine: Millis, shop: str = "", recipient: str = "", limit: int | None = None) -> list[Row]:
        """Leading rows in flight whose lease, or whose wait for a look-up, is over by `machine` (machine time)."""
        asked = {"machine": machine, "shop": shop, "recipient": recipient, "limit": limit or _MANY}
        with self.store.transaction() as connection:
            return flying_rows(connection, asked)

    def unheard(self, machine: Millis, limit: int, leader: str = "") -> list[Row]:
        """Leading rows of what a provider took and has said no more of, to be asked about by `machine` (machine time);
        of all or of one message."""
        with self.store.reading() as connection:
            return unheard_rows(connection, {"machine": machine, "leader": leader, "limit": limit})

    def asked(self, row: Row, again: Millis) -> None:
        """A provider was asked about it; `again`: machine time of the next time, 0 for never."""
        its = ledger.c.leader == row.leader, ledger.c.state == State.SENT, ledger.c.look_after == row.look_after
        values = {"looks": row.looks + 1, "look_after": again}
        self._in_turn(
            (row.shop, row.recipient), lambda connection: connection.execute(ledger.update().where(*its).values(values))
        )

    def changed(self, after: Millis) -> list[list[Row]]:
        """The messages, each by its rows and the leading one first, whose last change of state lies behind a moment
        (message time)."""
        with self.store.transaction() as connection:
            return by_leader(rows_changed(connection, after))

    def fence(self, since: Millis, at: At) -> Fenced:
        """After a restore to `since` (message time): what may have been sent from then to now is in doubt. Only while
        no worker runs."""
        return self._anew(lambda connection: fence(connection, since, at))

    def incidents(self) -> dict[str, int]:
        """How often what the protocol rules out has happened."""
        with self.store.transaction() as connection:
            return incident_counts(connection)

    def _claiming(self, connection: Connection, at: At, closed: str) -> Claiming:
        return Claiming(connection, self.keyring, self.owner, self.lease, at, closed, self.brake, self.budget)

    def _in_turn(self, person: Person, work: Callable[[Connection], Given]) -> Given:
        """The work in a transaction, while nobody else works on this recipient."""

        def after_others(connection: Connection) -> Given:
            take_turn(connection, [person])
            return work(connection)

        return self._anew(after_others)

    def _anew(self, work: Callable[[Connection], Given]) -> Given:
        """The work in a transaction, begun anew if another process got in between."""
        for _ in range(_RACES):
            try:
                with self.store.transaction() as connection:
                    return work(connection)
            except (IntegrityError, Raced):
                continue
        raise StoreDown("raced")

    def _hold_realm(self, realm: str) -> None:
        if realm != self.store.realm:
            raise ConfigurationError(
                f"senders of realm {realm!r} may not claim from a store of realm {self.store.realm!r}",
                "give each realm its own store",
            )
