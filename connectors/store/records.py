"""The views that people read, kept live: parcels with their scans, orders, decisions, what was said and what came of
it, dead letters. One row each, the newest version of it; the rules' own bytes, so a reader gets the very structs.

No address and no words: of a message only what, when, to whom by id, and what it cost.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from msgspec.structs import replace
from sqlalchemy import BigInteger, Column, Index, LargeBinary, PrimaryKeyConstraint, String, Table, Text, or_, select

from connectors.store.inserting import insert_into
from connectors.store.opening import Store
from connectors.store.schema import metadata
from schemas.messages import DeadLetter, Decision, Message, Outcome
from schemas.orders import OrderRecord, ParcelView, order_key
from schemas.parcels import ParcelRecord, ScanRecord, parcel_key
from schemas.times import Millis
from schemas.wire import Record, pack_record, unpack_record

records = Table(
    "records",
    metadata,
    Column("sort", String(16), nullable=False),  # SORTS
    Column("name", Text, nullable=False),  # names it within its sort
    Column("shop", Text, nullable=False, default=""),
    Column("order_id", Text, nullable=False, default=""),
    Column("recipient", Text, nullable=False, default=""),
    Column("parcel", Text, nullable=False, default=""),  # courier/number
    Column("at", BigInteger, nullable=False),  # message time
    Column("sequence", BigInteger, nullable=False, default=0),
    Column("body", LargeBinary, nullable=False),  # packed by `schemas.wire`
    PrimaryKeyConstraint("sort", "name"),
    Index("records_order", "shop", "order_id"),
    Index("records_recipient", "shop", "recipient"),
    Index("records_parcel", "parcel"),
    Index("records_at", "sort", "at"),
)

SORTS: dict[type, str] = {
    ParcelRecord: "parcel",
    ScanRecord: "scan",
    OrderRecord: "order",
    Decision: "decision",
    Message: "message",
    Outcome: "outcome",
    DeadLetter: "dead_letter",
}
"""A record -> the word for it."""

_AT_ONCE = 500


@dataclass(frozen=True)
class Records:
    """The live views of a store. Each method raises StoreDown if the store does not answer."""

    store: Store

    def write(self, found: Iterable[Record]) -> None:
        """Keep the newest version of each; the same again changes nothing."""
        rows = list(_newest(map(_row, found)))
        with self.store.transaction() as connection:
            for begin in range(0, len(rows), _AT_ONCE):
                some = rows[begin : begin + _AT_ONCE]
                insert = insert_into(connection, records)
                new = insert.excluded
                changed = {name: new[name] for name in ("shop", "order_id", "recipient", "parcel", *_VERSION, "body")}
                newer = or_(records.c.at < new.at, (records.c.at == new.at) & (records.c.sequence <= new.sequence))
                upsert = insert.on_conflict_do_update(index_elements=["sort", "name"], set_=changed, where=newer)
                connection.execute(upsert, some)

    def order(self, shop: str, order: str) -> OrderRecord | None:
        """The order as its customer sees it; None if it is not known."""
        found = self._one(OrderRecord, order_key(shop, order))
        assert found is None or isinstance(found, OrderRecord)
        return found

    def parcel(self, courier: str, number: str) -> ParcelRecord | None:
        """The parcel with its history of statuses; None if it is not known."""
        found = self._one(ParcelRecord, parcel_key(courier, number))
        assert found is None or isinstance(found, ParcelRecord)
        return found

    def of_order(self, shop: str, order: str) -> list[Record]:
        """All that names the order: itself, its decisions, what was said and what came of it."""
        return self._where(records.c.shop == shop, records.c.order_id == order)

    def of_parcel(self, courier: str, number: str) -> list[Record]:
        """The parcel and its scans."""
        return self._where(records.c.parcel == parcel_key(courier, number))

    def of_recipient(self, shop: str, recipient: str) -> list[Record]:
        """All decisions for a recipient, what was said and what came of it."""
        return self._where(records.c.shop == shop, records.c.recipient == recipient)

    def named(self, name: str, also: Iterable[tuple[str, ...]] = ()) -> list[Record]:
        """All that belongs to whatever goes by this name: an order's id or number, a parcel's number, a recipient's id,
        each also as `shop/...` or `courier/...`; and `also` to these, each (shop, order)."""
        last = name.rpartition("/")[2]
        orders = {*also} | self._keys(records.c.order_id == last) | self._keys(records.c.recipient == last)
        parcels = records.c.parcel.endswith(f"/{last}", autoescape=True)
        orders |= {tuple(key.split("/", 1)) for found in self._where(parcels) for key in _subscribers(found)}
        if not orders:  # the number that its customer knows is in the order's bytes only
            numbered = [one for one in self._where(records.c.sort == "order") if _number(one) == last]
            orders = {(one.shop, one.view.order) for one in numbered if isinstance(one, OrderRecord)}
        found = [record for shop, order in sorted(orders) for record in self.of_order(shop, order)]
        keys = {parcel_key(parcel.courier, parcel.number) for order in found for parcel in _parcels(order)}
        of_parcels = self._where(records.c.parcel.in_(sorted(keys))) if keys else []
        return [*found, *of_parcels, *(one for one in self._where(parcels) if one not in of_parcels)]

    def _keys(self, condition: Any) -> set[tuple[str, ...]]:
        """(shop, order) of what meets a condition."""
        query = select(records.c.shop, records.c.order_id).where(condition, records.c.order_id != "").distinct()
        with self.store.reading() as connection:
            return {tuple(row) for row in connection.execute(query)}

    def all(self, since: Millis = 0) -> list[Record]:
        """Everything from a moment on (message time)."""
        return self._where(records.c.at >= since)

    def _one(self, sort: type, name: str) -> Record | None:
        found = self._where(records.c.sort == SORTS[sort], records.c.name == name)
        return found[0] if found else None

    def _where(self, *conditions: Any) -> list[Record]:
        query = select(records.c.body).where(*conditions).order_by(records.c.sort, records.c.at, records.c.name)
        with self.store.reading() as connection:
            return [unpack_record(body) for body in connection.scalars(query)]


def _subscribers(record: Record) -> tuple[str, ...]:
    return record.subscribers if isinstance(record, ParcelRecord) else ()


def _number(record: Record) -> str:
    return record.view.number if isinstance(record, OrderRecord) else ""


def _parcels(record: Record) -> tuple[ParcelView, ...]:
    return record.view.parcels if isinstance(record, OrderRecord) else ()


_VERSION = ("at", "sequence")


def _newest(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One row a name: a statement must not meet the same name twice."""
    kept: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        name = (row["sort"], row["name"])
        known = kept.get(name)
        if known is None or (known["at"], known["sequence"]) <= (row["at"], row["sequence"]):
            kept[name] = row
    yield from kept.values()


def _row(record: Record) -> dict[str, Any]:
    record = _bare(record)
    body = pack_record(record)
    found = {"shop": "", "order_id": "", "recipient": "", "parcel": "", "sequence": 0} | _columns(record, body)
    return found | {"sort": SORTS[type(record)], "body": body}


def _bare(record: Record) -> Record:
    """The record without addresses and words."""
    if isinstance(record, Message):
        return replace(record, to="", text="", subject="", html="", unsubscribe="", otherwise=None)
    return record


def _columns(record: Record, body: bytes) -> dict[str, Any]:
    """Where the record is found again."""
    if isinstance(record, ParcelRecord):
        key = parcel_key(record.courier, record.number)
        return {"name": key, "parcel": key, "at": record.at, "sequence": record.sequence}
    if isinstance(record, ScanRecord):
        key = parcel_key(record.courier, record.number)
        return {"name": f"{key}/{record.name}", "parcel": key, "at": record.recorded_at}
    if isinstance(record, OrderRecord):
        order = record.view.order
        place = {"shop": record.shop, "order_id": order, "at": record.at, "sequence": record.sequence}
        return {"name": order_key(record.shop, order), **place}
    if isinstance(record, DeadLetter):
        return {"name": _digest(body), "at": record.at}
    about = {"shop": record.shop, "order_id": record.order, "recipient": record.recipient, "at": record.at}
    return {"name": _name(record), **about}


def _name(record: Decision | Message | Outcome) -> str:
    """A decision is one a slot and order (orders may share a parcel, and a slot); a message and its outcome one a
    channel and generation of their slots."""
    if isinstance(record, Decision):
        slot = record.subject, record.kind, record.occurrence
        return _digest(_parts(record.shop, record.recipient, record.order, *slot))
    slots = [part for slot in record.slots for part in slot_names(slot)]
    return _digest(_parts(record.shop, record.recipient, *slots, record.channel, str(record.generation)))


def slot_names(slot: Any) -> Sequence[str]:
    """What names a slot."""
    return slot.subject, slot.kind, slot.occurrence


def _parts(*parts: str) -> bytes:
    return "\0".join(parts).encode()


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()
