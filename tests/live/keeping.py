"""Keeps what a live run holds and hands on today, as bytes, so that later code can be shown to read it.

python -m tests.live.keeping FILE

Once a version is out there its file is never written again: a change of shape adds a new file.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from connectors.shops import load_shops
from couriers.registry import read
from pipelines.graph import ACTORS
from pipelines.rules.book import book_of
from pipelines.rules.context import Entry, LogContext, pack_entry
from pipelines.rules.normalize import Door, Keyed, normalize
from pipelines.rules.routes import route
from pipelines.rules.unfold import dump_cell, is_empty, live_arrival, load_cell
from schemas.messages import DeadLetter, Notice
from schemas.settings import keys_of
from schemas.wire import pack_items, pack_record, unpack, unpack_items, unpack_record
from templates.compose import compose
from templates.links import link_code

DEMO = Path(__file__).parents[2] / "infra" / "demo"
KEYS = keys_of("a key for tests only")

EACH = 2
"""Samples of each sort: those of the most bytes, for they hold the most."""


_entry = msgspec.msgpack.Decoder(Entry).decode


class Sample(NamedTuple):
    """Bytes of a sort, and what they say, as JSON."""

    sort: str
    packed: str
    said: Any


def said(sort: str, packed: bytes) -> Any:
    """What bytes of a sort say to today's code."""
    if sort.startswith("cell/"):
        cell = load_cell(packed)
        actor = next(actor for actor in ACTORS if actor.name == sort.removeprefix("cell/"))
        state = None if cell.state is None else actor.load(cell.state)
        return _plain([cell.now, cell.wake_at, state])
    readers = {"arrival": unpack, "items": unpack_items, "record": unpack_record, "context": _entry}
    return _plain(readers[sort.partition("/")[0]](packed))


def _plain(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value, enc_hook=_other))


def _other(value: Any) -> Any:
    return vars(value) if hasattr(value, "__dict__") else {name: getattr(value, name) for name in value.__slots__}


def samples() -> Iterator[Sample]:
    """The largest of each sort that the demo gives."""
    by_sort: dict[str, set[bytes]] = defaultdict(set)
    for sort, packed in _met():
        by_sort[sort].add(packed)
    for sort, found in sorted(by_sort.items()):
        for packed in sorted(found, key=lambda one: (-len(one), one))[:EACH]:
            yield Sample(sort, packed.hex(), said(sort, packed))


def _met() -> Iterator[tuple[str, bytes]]:
    """Everything that is held or handed on while the demo goes by, by sort."""
    bundles = load_shops(DEMO / "shops")
    door = Door(book_of(bundles, KEYS.people), read)
    lines = (DEMO / "events.jsonl").read_bytes().splitlines()
    items = [item for line in lines for item in normalize(line, door).items]
    entries = [pack_entry(item) for item in items if not isinstance(item, Keyed | DeadLetter)]
    yield from (("context", entry) for entry in entries)
    yield from (("record/dead_letter", pack_record(item)) for item in items if isinstance(item, DeadLetter))
    context = LogContext(bundles, entries)
    waiting: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for item in items:
        if isinstance(item, Keyed):
            waiting[item.to].append((item.key, item.arrival))
    for actor, following in zip(ACTORS, ("gather", "plan", "end"), strict=True):
        for sort, key, packed in _lives(actor, waiting[actor.name], context):
            if sort.startswith("to/"):
                waiting[following].append((key, packed))
            else:
                yield sort, packed
    for _, packed in waiting["end"]:
        yield "items/notices", packed
        yield "items/messages", pack_items(_composed(item, bundles) for item in unpack_items(packed))


def _composed(item: Any, bundles: Any) -> Any:
    if not isinstance(item, Notice):
        return item
    link = partial(link_code, KEYS.links, item.shop, item.recipient)
    return compose(item, bundles[item.shop][item.bundle], link)


def _lives(actor: Any, arrivals: Iterable[tuple[str, bytes]], context: LogContext) -> Iterator[tuple[str, str, bytes]]:
    """(sort, key, bytes) of every step."""
    cells: dict[str, bytes] = {}
    for key, arrival in sorted(arrivals, key=lambda keyed: keyed[1]):
        yield f"arrival/{actor.name}", key, arrival
        cell, life = live_arrival(actor, load_cell(cells.get(key)), arrival, context)
        if life is None:
            continue
        cells[key] = dump_cell(cell)
        if not is_empty(cell):
            yield f"cell/{actor.name}", key, cells[key]
        routed = route(actor.name, key, life.said)
        yield from ((f"record/{type(unpack_record(one)).__name__.lower()}", key, one) for one in routed.records)
        yield from (("to/next", to, value) for to, value in routed.onward)


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(b"".join(msgspec.json.encode(sample) + b"\n" for sample in samples()))
