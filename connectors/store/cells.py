"""The cache of states: what a bounded run to a cut-off left of every key, so that a live run need not begin with the
whole log. A generation is written whole or not at all, and read by the run that was started with it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Insert, func, insert, literal, select

from connectors.machine import machine_time
from connectors.store.inserting import insert_into
from connectors.store.live_tables import cells, progress
from connectors.store.opening import Store
from schemas.times import Millis

_CUT_OFF = "cells/"
_AT_ONCE = 1000


class Kept(NamedTuple):
    """What is kept of a key: an actor's name, the key, when it wants to be woken, and the packed cell; None: it has
    ended."""

    actor: str
    key: str
    wake_at: Millis | None
    cell: bytes | None


class Generation(NamedTuple):
    """One rebuild's cells: all arrivals and wakes up to `cut_off` are in them. Number 0: none, the log is whole."""

    number: int
    cut_off: Millis


NONE = Generation(0, 0)


@dataclass(frozen=True)
class Cells:
    """The generations of a store. Each method raises StoreDown if the store does not answer."""

    store: Store

    def newest(self) -> Generation:
        """The newest whole generation; NONE if there is none."""
        with self.store.reading() as connection:
            found = _generations(connection)
        return found[-1] if found else NONE

    def recall(self, generation: int, actor: str, key: str) -> bytes | None:
        """The packed cell of a key; None if it had none."""
        if generation == 0:
            return None
        query = select(cells.c.cell).where(_is(generation, actor), cells.c.key == key)
        with self.store.reading() as connection:
            return connection.scalar(query)

    def waking(self, generation: int, actor: str, until: Millis | None = None) -> Iterator[tuple[str, Millis]]:
        """Keys that want to be woken, and when; by then only, if `until` is given."""
        query = select(cells.c.key, cells.c.wake_at).where(_is(generation, actor), cells.c.wake_at.is_not(None))
        if until is not None:
            query = query.where(cells.c.wake_at <= until)
        with self.store.reading() as connection:
            rows = connection.execute(query.order_by(cells.c.wake_at)).all()
        yield from ((row.key, row.wake_at) for row in rows)

    def named(self, generation: int, actor: str, name: str) -> list[str]:
        """Keys that are this name, or end in it behind a `/`."""
        is_named = (cells.c.key == name) | cells.c.key.endswith(f"/{name}", autoescape=True)
        with self.store.reading() as connection:
            return list(connection.scalars(select(cells.c.key).where(_is(generation, actor), is_named)))

    def count(self, generation: int) -> int:
        """How many keys a generation holds."""
        with self.store.reading() as connection:
            return connection.scalar(select(func.count()).where(cells.c.generation == generation)) or 0

    def begin(self, before: Generation) -> int:
        """The number of a new generation, which begins as a copy of the one before. Nobody reads it until `finish`."""
        with self.store.transaction() as connection:
            whole = {each.number for each in _generations(connection)}
            connection.execute(cells.delete().where(cells.c.generation.not_in(whole)))
            number = max(whole, default=0) + 1
            connection.execute(_copy(before.number, number))
        return number

    def put(self, number: int, changed: Iterable[Kept]) -> None:
        """Change these keys of a generation that is not finished."""
        with self.store.transaction() as connection:
            for some in _batches(changed):
                _put(connection, number, some)

    def forget_after(self, moment: Millis) -> None:
        """Let go of generations that know more than that moment."""
        with self.store.transaction() as connection:
            _forget(connection, {each.number for each in _generations(connection) if each.cut_off <= moment})

    def finish(self, number: int, cut_off: Millis, keep: Iterable[int] = ()) -> Generation:
        """The generation is whole from now on. Older ones go, but those of `keep`."""
        with self.store.transaction() as connection:
            name = f"{_CUT_OFF}{number}"
            connection.execute(progress.insert().values(name=name, mark=cut_off, updated=machine_time()))
            _forget(connection, {number, *keep})
        return Generation(number, cut_off)


def _is(generation: int, actor: str) -> ColumnElement[bool]:
    return (cells.c.generation == generation) & (cells.c.actor == actor)


def _generations(connection: Connection) -> list[Generation]:
    query = select(progress.c.name, progress.c.mark).where(progress.c.name.startswith(_CUT_OFF, autoescape=True))
    return sorted(Generation(int(name.removeprefix(_CUT_OFF)), mark) for name, mark in connection.execute(query))


def _copy(before: int, number: int) -> Insert:
    old = select(literal(number), cells.c.actor, cells.c.key, cells.c.wake_at, cells.c.cell).where(
        cells.c.generation == before
    )
    return insert(cells).from_select(["generation", "actor", "key", "wake_at", "cell"], old)


def _batches(changed: Iterable[Kept]) -> Iterator[list[Kept]]:
    some: list[Kept] = []
    for kept in changed:
        some.append(kept)
        if len(some) >= _AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _put(connection: Connection, number: int, some: list[Kept]) -> None:
    ended = [(kept.actor, kept.key) for kept in some if kept.cell is None]
    for actor, key in ended:
        connection.execute(cells.delete().where(_is(number, actor), cells.c.key == key))
    rows = [{"generation": number, **kept._asdict()} for kept in some if kept.cell is not None]
    if rows:
        statement = insert_into(connection, cells)
        new: Mapping[str, object] = {name: statement.excluded[name] for name in ("wake_at", "cell")}
        keys = ["generation", "actor", "key"]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=new), rows)


def _forget(connection: Connection, kept: set[int]) -> None:
    for generation in _generations(connection):
        if generation.number not in kept:
            connection.execute(cells.delete().where(cells.c.generation == generation.number))
            connection.execute(progress.delete().where(progress.c.name == f"{_CUT_OFF}{generation.number}"))
