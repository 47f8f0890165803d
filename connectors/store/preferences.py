"""What customers wish, as their own page shows it: written where a wish is heard, read back at once.

The rules do not read this: they hear the same wishes from the log. Here is one row a recipient, with what was before
the last change, so that it can be undone.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from connectors.store.opening import Store
from connectors.store.page_tables import preferences
from pipelines.rules.wishes import after
from schemas.customers import NO_WISHES, CustomerFact, Wishes
from schemas.times import Millis

_VERSION = b"\x01"
_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(Wishes).decode


class Kept(NamedTuple):
    """A customer's wishes, what they were before the last change (None: nothing to undo), and when that was."""

    wishes: Wishes = NO_WISHES
    before: Wishes | None = None
    changed_at: Millis = 0


@dataclass(frozen=True)
class Preferences:
    """The wishes of a store's customers. Each method raises StoreDown if the store does not answer."""

    store: Store

    def of(self, shop: str, recipient: str) -> Kept:
        """What this customer wishes; nothing if they never said."""
        query = select(preferences.c.wishes, preferences.c.before, preferences.c.changed_at).where(
            preferences.c.shop == shop, preferences.c.recipient == recipient
        )
        with self.store.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            return Kept()
        return Kept(_unpack(row.wishes), None if row.before is None else _unpack(row.before), row.changed_at)

    def keep(self, shop: str, recipient: str, kept: Kept) -> None:
        """Keep these wishes in place of the former."""
        with self.store.transaction() as connection:
            insert: Any = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(preferences)
            before = None if kept.before is None else _pack(kept.before)
            row = insert.values(
                shop=shop,
                recipient=recipient,
                wishes=_pack(kept.wishes),
                before=before,
                changed_at=kept.changed_at,
            )
            changed = {name: row.excluded[name] for name in ("wishes", "before", "changed_at")}
            newer = preferences.c.changed_at <= row.excluded.changed_at
            upsert = row.on_conflict_do_update(index_elements=["shop", "recipient"], set_=changed, where=newer)
            connection.execute(upsert)

    def hear(self, fact: CustomerFact) -> None:
        """Show also what was heard elsewhere: a STOP by SMS, a change that the shop reports. What is older than the
        last change on the page is left out; what is known already changes nothing."""
        kept = self.of(fact.shop, fact.recipient)
        wishes = after(kept.wishes, fact)
        if fact.occurred_at >= kept.changed_at and wishes != kept.wishes:
            self.keep(fact.shop, fact.recipient, Kept(wishes, None, fact.occurred_at))


def _pack(wishes: Wishes) -> bytes:
    return _VERSION + _encode(wishes)


def _unpack(data: bytes) -> Wishes:
    if data[:1] != _VERSION:
        raise ValueError("wishes packed by a version that this code does not read")
    return _decode(data[1:])
