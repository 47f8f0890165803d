"""Batches: many messages claimed, and many settled, in one transaction and a handful of statements.

Only what is plain takes the short way: a first generation that nobody has seen, that may go at once; and an answer with
an id, by whoever still holds the claim. Everything else goes one by one, by the same rules, in the same transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, bindparam, select

from connectors.store.admission import Admission, places
from connectors.store.claiming import Claiming
from connectors.store.claims import READ_TIMEOUT, At, Claim, Claimed, Result, Settlement, result
from connectors.store.fencing import doubt_of_new
from connectors.store.keyring import Keyring
from connectors.store.opening import Raced
from connectors.store.rows import Row, by_leader, rows_by_key, rows_led_by
from connectors.store.schema import ledger, suppressions
from connectors.store.spending import take_purses
from connectors.store.writing import add, changed, of_leader_alone
from pipelines.rules.ledger import Event, Go, State, last_checks, move
from pipelines.rules.unheard import ask_after
from schemas.messages import Message
from schemas.times import Millis

_ADDRESSES = select(suppressions.c.address).where(suppressions.c.address.in_(bindparam("addresses", expanding=True)))
_OWNED = select(ledger.c.provider_id).where(ledger.c.provider_id.in_(bindparam("ids", expanding=True)))
_ACCEPT = (
    ledger.update()
    .where(ledger.c.leader == bindparam("of_leader"), ledger.c.epoch == bindparam("of_epoch"))
    .where(ledger.c.state == State.INTENT)
)


@dataclass(frozen=True)
class Batching:
    """One worker's batch."""

    connection: Connection
    keyring: Keyring
    owner: str
    lease: Millis
    at: At

    def claim(self, messages: Sequence[Message], claiming: Claiming) -> list[Claim]:
        """A claim for each message, in their order; `claiming` is for what is not plain or has a budget, and its brake
        for all."""
        charges = {n: of for n, each in enumerate(messages) if (of := claiming.budget(each, self.at.now))}
        take_purses(self.connection, charges.values())
        taken, plain = self._taken(messages), []
        for number, message in enumerate(messages):
            wanted = {self._key(message, place) for place in places(message)}
            if not wanted & taken and number not in charges and self._is_plain(message):
                plain.append(number)
            taken |= wanted
        if not self._is_unhindered([messages[number] for number in plain]):
            plain = []
        held = {number for number in plain if claiming.brake(messages[number], self.at.now)}
        going = [number for number in plain if number not in held]
        claims: dict[int, Claim] = dict(zip(going, self._insert([messages[n] for n in going]), strict=True))
        parking = replace(claiming, brake=lambda *_: True)  # it was asked, and counts
        return [
            claims.get(number) or (parking if number in held else claiming).message(message)
            for number, message in enumerate(messages)
        ]

    def accept(self, pairs: Sequence[tuple[Claimed, Settlement]]) -> dict[tuple[str, int], Result]:
        """Settle those that the provider took and whose claim is still held; (leader, epoch) -> result."""
        held = self._held(pairs)
        values = [
            {"of_leader": c.row.leader, "of_epoch": c.row.epoch, "by": s.provider, "its_id": s.provider_id}
            for c, s in held
        ]
        if not values:
            return {}
        self._accept(values, sum(len(claimed.slots) for claimed, _ in held))
        after = {"state": State.SENT, "due_at": None, "sealed": None, "decided_at": self.at.now}
        after |= {"look_after": ask_after(self.at.machine)}
        settled = {}
        for claimed, told in held:
            its = after | {"provider": told.provider, "provider_id": told.provider_id}
            settled[claimed.row.leader, claimed.row.epoch] = result(changed(claimed.row, its), claimed)
        return settled

    # --- claiming

    def _taken(self, messages: Iterable[Message]) -> set[str]:
        """Keys that have rows, under whichever secret, by the key that they would get today."""
        keys = {
            key: self._key(message, place)
            for message in messages
            for place in places(message)
            for key in self.keyring.keys(self._admission(message).identity(place))
        }
        return {keys[row.key] for row in rows_by_key(self.connection, keys)}

    def _is_plain(self, message: Message) -> bool:
        verdict = last_checks(self.at.now, message.valid_until, message.intervals, message.at)
        return bool(message.slots) and not message.generation and isinstance(verdict, Go)

    def _is_unhindered(self, messages: list[Message]) -> bool:
        """Is there no suppressed address and no fence among them? Else they all go one by one."""
        if not messages:
            return True
        addresses = [a for each in messages for a in self.keyring.addresses(each.shop, each.channel, each.to)]
        hindered = self.connection.execute(_ADDRESSES, {"addresses": addresses}).first() is not None
        oldest = min(message.at for message in messages)
        return not hindered and doubt_of_new(self.connection, oldest) is None

    def _insert(self, messages: Sequence[Message]) -> list[Claimed]:
        if not messages:
            return []
        new = [row for message in messages for row in self._admission(message).new_rows(message, self._intent())]
        groups = {rows[0].leader: rows for rows in by_leader(add(self.connection, new))}
        leaders = [self._key(message, places(message)[0]) for message in messages]
        return [
            Claimed(groups[leader][0], tuple(row.slot for row in groups[leader]), message)
            for leader, message in zip(leaders, messages, strict=True)
        ]

    def _intent(self) -> dict[str, Any]:
        """What admission and claim leave of a row that goes at once."""
        return {
            "state": move(State.NEW, Event.CLAIM),
            "epoch": 1,
            "attempt": 1,
            "owner": self.owner,
            "lease_until": self.at.machine + self.lease,
            "last_post_deadline": self.at.machine + READ_TIMEOUT,
            "claimed_at": self.at.now,
            "decided_at": self.at.now,
            "updated": self.at.machine,
        }

    def _key(self, message: Message, place: Any) -> str:
        return self.keyring.keys(self._admission(message).identity(place))[0]

    def _admission(self, message: Message) -> Admission:
        return Admission(self.connection, self.keyring, message.shop, message.recipient)

    # --- settling

    def _held(self, pairs: Sequence[tuple[Claimed, Settlement]]) -> list[tuple[Claimed, Settlement]]:
        """Those whose answer is an id that nobody owns, and whose row is as it was claimed."""
        took = [(claimed, told) for claimed, told in pairs if told.event == Event.ACCEPTED]
        rows: dict[str, Row] = {
            row.key: row for row in rows_led_by(self.connection, [claimed.row.leader for claimed, _ in took])
        }
        ids = [settlement.provider_id for _, settlement in took]
        owned = set(self.connection.scalars(_OWNED, {"ids": ids})) if ids else set()
        owned |= {each for each in ids if ids.count(each) > 1}
        return [
            (claimed, settlement)
            for claimed, settlement in took
            if settlement.provider_id not in owned
            and (rows[claimed.row.leader].state, rows[claimed.row.leader].epoch) == (State.INTENT, claimed.row.epoch)
        ]

    def _accept(self, values: list[dict[str, Any]], expected: int) -> None:
        statement = _ACCEPT.values(
            state=move(State.INTENT, Event.ACCEPTED),
            reason="",
            due_at=None,
            sealed=None,
            decided_at=self.at.now,
            looks=0,
            look_after=ask_after(self.at.machine),
            updated=self.at.machine,
            provider=bindparam("by"),
            provider_id=of_leader_alone(bindparam("its_id")),
        )
        if self.connection.execute(statement, values).rowcount != expected:
            raise Raced("changed meanwhile")
