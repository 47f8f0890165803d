"""Admission: which rows a message or a withdrawal of one recipient is, and the rows that it adds.

Everything here runs inside the caller's transaction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection

from connectors.store.fencing import doubt_of_new
from connectors.store.keyring import Keyring
from connectors.store.rows import Row, rows_by_key
from connectors.store.writing import add, blank
from pipelines.rules.ledger import SUPERSEDED, WAITING, Follow, Identity, State, follow_all
from schemas.messages import Channel, Message, Slot, Withdraw
from schemas.orders import recipient_key
from schemas.times import Millis
from schemas.wire import name_of

Place = tuple[Slot, str, int]
"""Slot, channel and generation."""

_encode = msgspec.msgpack.Encoder(decimal_format="string").encode
_decode = msgspec.msgpack.Decoder(Message).decode


@dataclass(frozen=True)
class Admission:
    """Finds and adds the rows of one recipient, under whichever secret their keys were made."""

    connection: Connection
    keyring: Keyring
    shop: str
    recipient: str

    def admit(self, message: Message, now: Millis) -> tuple[Row, ...]:
        """The rows of a message, its leader first; new ones for its slots that are free. () if each slot is taken by
        another message; the withdrawn row alone if there was nothing to add. ValueError for a message of no slot."""
        if not message.slots:
            raise ValueError("a message without a slot: nothing would tell it from another")
        name = message_name(message)
        wanted = places(message)
        rows = self.find(wanted)
        ours = [row for row in rows.values() if row.message == name]
        if ours:
            return tuple(sorted(ours, key=lambda row: row.key != row.leader))
        dead = next((row for row in rows.values() if row.is_superseded), None)
        free = [place for place in wanted if place not in rows]
        if free:
            return self._add(message, free, dead, now)
        return () if dead is None else (dead,)

    def find(self, wanted: Iterable[Place]) -> dict[Place, Row]:
        """The rows that exist at these places."""
        keys = [key for place in wanted for key in self.keyring.keys(self.identity(place))]
        return {row.place: row for row in rows_by_key(self.connection, keys)}

    def earlier(self, rows: Iterable[Row], now: Millis) -> Follow:
        """May these rows go, as far as the earlier generations of their slots are concerned? One that never came is
        spent: should it come yet, it finds itself superseded."""
        direct = [(row.slot, row.channel, before) for row in rows for before in range(row.generation)]
        if not direct:
            return Follow.YES
        found = self.find([(slot, str(other), before) for slot, _, before in direct for other in Channel])
        self.bury([place for place in direct if place not in found], now)
        return follow_all(row.standing for place in direct for row in chain(found, place))

    def bury(self, wanted: Iterable[Place], now: Millis, reason: str = SUPERSEDED) -> None:
        """Tombstones: rows that were withdrawn for this reason before their message came."""
        stone = {"state": State.FAILED, "reason": reason, "withdrawn": True, "decided_at": now}
        stones = [self._blank(place) | stone for place in wanted]
        if stones:
            add(self.connection, stones)

    def fall_back(self, message: Message, now: Millis) -> tuple[Row, ...]:
        """The rows of the message on the next channel, if there is one and it may still go. Written together with the
        refusal: a crash between the two would lose it."""
        rows = self.admit(message.otherwise, now) if message.otherwise is not None else ()
        return rows if rows and rows[0].state in WAITING else ()

    def open(self, row: Row) -> Message:
        """The message as it was first composed. Raises ConfigurationError if it cannot be unsealed."""
        return _decode(self.keyring.unseal(row.sealed or b"", recipient_key(row.shop, row.recipient), row.leader))

    def _add(self, message: Message, free: list[Place], dead: Row | None, now: Millis) -> tuple[Row, ...]:
        state: dict[str, Any] = {"state": State.NEW, "due_at": now}
        if dead is not None:
            state = {"state": State.FAILED, "reason": dead.reason, "withdrawn": True}
        elif doubt := doubt_of_new(self.connection, message.at):
            state = doubt
        return tuple(add(self.connection, self._rows(message, free, {"decided_at": now} | state, dead is None)))

    def new_rows(self, message: Message, state: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of a message whose slots are all free, in a state; not written yet."""
        return self._rows(message, places(message), state)

    def _rows(
        self, message: Message, free: list[Place], state: Mapping[str, Any], sealed: bool = True
    ) -> list[dict[str, Any]]:
        new: list[dict[str, Any]] = [{**self._blank(place), **self._of(message), **state} for place in free]
        leader = new[0]["key"]
        for row in new:
            row["leader"] = leader
        new[0]["sealed"] = self._seal(message, leader) if sealed else None
        return new

    def _of(self, message: Message) -> dict[str, Any]:
        address = self.keyring.addresses(message.shop, message.channel, message.to)[0]
        return {
            "message": message_name(message),
            "order_id": message.order,
            "valid_until": message.valid_until,
            "on_unknown": message.on_unknown,
            "address": address,
            "country": message.country,
            "sender": message.sender,
            "sealed": None,
        }

    def _seal(self, message: Message, leader: str) -> bytes:
        return self.keyring.seal(_encode(message), recipient_key(message.shop, message.recipient), leader)

    def _blank(self, place: Place) -> dict[str, Any]:
        identity = self.identity(place)
        return blank(self.keyring.keys(identity)[0], self.keyring.current, identity)

    def identity(self, place: Place) -> Identity:
        """What a place is made of."""
        slot, channel, generation = place
        return Identity(self.shop, self.recipient, slot.subject, slot.kind, slot.occurrence, channel, generation)


def places(item: Message | Withdraw) -> list[Place]:
    """Where an item belongs: a place for each of its slots and channels."""
    channels = item.channels if isinstance(item, Withdraw) else (item.channel,)
    return list(dict.fromkeys((slot, channel, item.generation) for channel in channels for slot in item.slots))


def message_name(message: Message) -> str:
    """Tells a message from others that share slots with it."""
    slots = [part for slot in message.slots for part in (slot.subject, slot.kind, slot.occurrence)]
    return name_of(message.channel, message.generation, *slots)


def chain(rows: dict[Place, Row], place: Place) -> list[Row]:
    """The row at a place and, after a refusal, those that took over from it."""
    found: list[Row] = []
    while (row := rows.get(place)) is not None and row not in found:
        found.append(row)
        if not row.fallback:
            break
        place = (place[0], row.fallback, place[2])
    return found
