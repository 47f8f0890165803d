"""What customers wish, as their own page shows it: written where a wish is heard, read back at once.

The rules do not read this: they hear the same wishes from the log. Here is one row a recipient, with when each wish was
said, since what comes by the log may come late and twice, and with what was before the last change, so that it can be
undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, select

from connectors.store.inserting import insert_into
from connectors.store.opening import Store
from connectors.store.page_tables import preferences
from connectors.store.turns import take_turn
from pipelines.rules.wishes import ALL_ELSE, EVERYTHING, Told, change, hear
from schemas.customers import NO_WISHES, CustomerFact, Wishes
from schemas.times import Millis

_VERSION = b"\x01"


class _Packed(Wishes, frozen=True, array_like=True):
    """Wishes as a row holds them, with when each was said last; rows of before that was known hold none."""

    at: dict[str, Millis] = {}  # noqa: RUF012 - a struct copies it


_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(_Packed).decode


class Kept(NamedTuple):
    """A customer's wishes, what they were before the last change (None: nothing to undo), when the last of them was
    said, and when each."""

    wishes: Wishes = NO_WISHES
    before: Wishes | None = None
    changed_at: Millis = 0
    at: dict[str, Millis] = {}  # noqa: RUF012 - never changed


@dataclass(frozen=True)
class Preferences:
    """The wishes of a store's customers. Each method raises StoreDown if the store does not answer."""

    store: Store

    def of(self, shop: str, recipient: str) -> Kept:
        """What this customer wishes; nothing if they never said."""
        with self.store.reading() as connection:
            return _read(connection, shop, recipient)

    def change(self, shop: str, recipient: str, seen: Wishes, wishes: Wishes, at: Millis, undo: bool = True) -> None:
        """Keep what was chosen on the page at a moment, by somebody who had `seen` wishes: what came in between stays.
        `undo`: it can be taken back."""
        with self.store.transaction() as connection:
            take_turn(connection, [(shop, recipient)])
            kept = _read(connection, shop, recipient)
            told = change(Told(kept.wishes, kept.at), seen, wishes, at)
            before = kept.wishes if undo else None
            _write(connection, shop, recipient, Kept(told.wishes, before, max(at, kept.changed_at), dict(told.at)))

    def hear(self, facts: Sequence[CustomerFact]) -> None:
        """Show also what was heard elsewhere: a STOP by SMS, a change that the shop reports, an erasure. What is older
        than the last word on the same thing is left out; what is known already changes nothing."""
        with self.store.transaction() as connection:
            take_turn(connection, {(fact.shop, fact.recipient) for fact in facts})
            for fact in facts:
                kept = _read(connection, fact.shop, fact.recipient)
                heard = _after(kept, fact)
                if heard != kept:
                    _write(connection, fact.shop, fact.recipient, heard)


def _after(kept: Kept, fact: CustomerFact) -> Kept:
    told = hear(Told(kept.wishes, kept.at), fact)
    is_as_it_was = told.wishes == kept.wishes and fact.happened != "erased"
    changed_at = kept.changed_at if told.at == kept.at else max(kept.changed_at, fact.occurred_at)
    return Kept(told.wishes, kept.before if is_as_it_was else None, changed_at, dict(told.at))


def _read(connection: Connection, shop: str, recipient: str) -> Kept:
    query = select(preferences.c.wishes, preferences.c.before, preferences.c.changed_at).where(
        preferences.c.shop == shop, preferences.c.recipient == recipient
    )
    row = connection.execute(query).first()
    if row is None:
        return Kept()
    wishes, at = _unpack(row.wishes)
    before = None if row.before is None else _unpack(row.before)[0]
    return Kept(wishes, before, row.changed_at, at or _all_at(row.changed_at))


def _all_at(moment: Millis) -> dict[str, Millis]:
    """What a row of before each wish had its moment comes to."""
    return {ALL_ELSE: moment, **{f"left/{pair}": moment for pair in EVERYTHING}}


def _write(connection: Connection, shop: str, recipient: str, kept: Kept) -> None:
    insert = insert_into(connection, preferences)
    row = insert.values(
        shop=shop,
        recipient=recipient,
        wishes=_pack(kept.wishes, kept.at),
        before=None if kept.before is None else _pack(kept.before, {}),
        changed_at=kept.changed_at,
    )
    changed = {name: row.excluded[name] for name in ("wishes", "before", "changed_at")}
    connection.execute(row.on_conflict_do_update(index_elements=["shop", "recipient"], set_=changed))


def _pack(wishes: Wishes, at: dict[str, Millis]) -> bytes:
    return _VERSION + _encode(_Packed(**msgspec.structs.asdict(wishes), at=at))


def _unpack(data: bytes) -> tuple[Wishes, dict[str, Millis]]:
    if data[:1] != _VERSION:
        raise ValueError("wishes packed by a version that this code does not read")
    packed = _decode(data[1:])
    return Wishes(**{name: getattr(packed, name) for name in Wishes.__struct_fields__}), packed.at
