"""What live steps may look up, from the store, looked at again every second: bundles in force and feeds' heartbeats."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import bindparam, select

from connectors.machine import machine_time
from connectors.mappings import meanings_of
from connectors.store.bundles import BundleShelf
from connectors.store.inserting import insert_into
from connectors.store.live_tables import context
from connectors.store.opening import Store
from couriers.overrides import Meanings
from pipelines.rules.context import Bundles, LogContext, outdated
from schemas.errors import StoreDown
from schemas.shops import Bundle
from schemas.times import SECOND, Millis

LOOKED_AT: Millis = SECOND
"""For how long of machine time a look holds."""


class _Look(NamedTuple):
    """What was seen at the last look."""

    bundles: Bundles
    meanings: Meanings
    number: int
    last: int
    entries: tuple[bytes, ...]
    context: LogContext


_NOTHING = _Look({}, {}, 0, 0, (), LogContext({}))


@dataclass
class Surroundings:
    """A `pipelines.rules.actor.Context` from the store. Safe to share between threads. While the store does not
    answer, what was seen last counts."""

    store: Store
    machine: Callable[[], Millis] = machine_time
    _look: _Look = _NOTHING
    _until: Millis = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def bundle(self, shop: str, now: Millis) -> Bundle | None:
        """The shop's bundle in force at `now`."""
        return self._seen().context.bundle(shop, now)

    def known(self, shop: str, now: Millis) -> Bundle | None:
        """The shop's bundle in force at `now` as of the last look; asks the store nothing."""
        return self._look.context.bundle(shop, now)

    def heard(self, courier: str, shop: str, now: Millis) -> Millis | None:
        """The last heartbeat of the courier's feed for this shop that the log knew at `now`."""
        return self._seen().context.heard(courier, shop, now)

    def feeds(self, now: Millis) -> dict[tuple[str, str], Millis]:
        """(courier, shop) -> when the feed was last alive, of every feed that was ever heard of."""
        return self._seen().context.feeds(now)

    def bundles(self) -> Bundles:
        """Every accepted bundle."""
        return self._seen().bundles

    def entries(self) -> tuple[bytes, ...]:
        """Every packed entry of the context."""
        return self._seen().entries

    def meanings(self) -> Meanings:
        """What codes mean that the couriers' tables do not have."""
        return self._seen().meanings

    def remember(self, entries: Sequence[bytes], recorded: Sequence[Millis]) -> None:
        """Keep packed entries of the context; the same again is one. Raises StoreDown."""
        rows = [
            {"name": _name(entry), "recorded_at": at, "entry": entry}
            for at, entry in zip(recorded, entries, strict=True)
        ]
        if not rows:
            return
        with self.store.transaction() as connection:
            insert = insert_into(connection, context)
            connection.execute(insert.on_conflict_do_nothing(index_elements=["name"]), rows)
        self.look()

    def forget(self, since: Millis) -> None:
        """Take heartbeats out of the store that matter to nobody who asks for a moment from `since` on: each feed
        keeps its last. Who has looked before still knows them. Raises StoreDown."""
        gone = [{"gone": _name(entry)} for entry in outdated(self._seen().entries, since)]
        if gone:
            with self.store.transaction() as connection:
                connection.execute(context.delete().where(context.c.name == bindparam("gone")), gone)

    def look(self) -> None:
        """Look now, whenever the last look was; one that is under way may have seen too little."""
        with self._lock:
            self._until = 0

    def _seen(self) -> _Look:
        machine = self.machine()
        if machine < self._until:
            return self._look
        with self._lock:
            if machine >= self._until:
                with suppress(StoreDown):
                    self._look = self._look_again(self._look)
                self._until = machine + LOOKED_AT
            return self._look

    def _look_again(self, before: _Look) -> _Look:
        shelf = BundleShelf(self.store)
        number = shelf.number()
        is_same = number == before.number
        bundles = before.bundles if is_same else shelf.all()
        meanings = before.meanings if is_same else _meanings(shelf)
        query = select(context.c.id, context.c.entry).where(context.c.id > before.last).order_by(context.c.id)
        with self.store.reading() as connection:
            rows = connection.execute(query).all()
        if not rows and is_same:
            return before
        entries = before.entries + tuple(row.entry for row in rows)
        last = rows[-1].id if rows else before.last
        return _Look(bundles, meanings, number, last, entries, LogContext(bundles, entries))


def _name(entry: bytes) -> str:
    return blake2b(entry, digest_size=16).hexdigest()


def _meanings(shelf: BundleShelf) -> Meanings:
    accepted = shelf.mappings()
    return {} if accepted is None else meanings_of(accepted.mappings)
