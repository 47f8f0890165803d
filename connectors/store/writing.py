"""How rows of the ledger are written: added, and changed as one."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, UpdateBase, bindparam, case, null

from connectors.store.inserting import insert_into
from connectors.store.opening import Raced
from connectors.store.rows import Row
from connectors.store.schema import ledger
from pipelines.rules.ledger import Event, Identity, State, move
from pipelines.rules.unheard import ask_after
from schemas.times import Millis

_NAMES = {field.name for field in fields(Row)}
_INSERT = ledger.insert()


def step(connection: Connection, row: Row, event: Event, machine: Millis, values: Mapping[str, Any]) -> Row:
    """Move all rows of a message by an event, if they still are in this state and epoch; the leading row after it.

    Raises Raced if they are not: the transaction is undone and may be begun anew. RETURNING names the rows
    that were changed; a driver's row count may belong to another thread's statement.
    """
    state = move(row.state, event, row.withdrawn)
    if state is None:
        raise ValueError(f"{event} does not apply to a row that is {row.state}")
    written = {**values, "state": state, "updated": machine}
    if state == State.SENT:
        written |= {"looks": 0, "look_after": ask_after(machine)}
    expected = {"of_leader": row.leader, "of_state": row.state, "of_epoch": row.epoch}
    statement = _update(tuple(sorted(written)))
    if not connection.execute(statement, {**{f"new_{name}": new for name, new in written.items()}, **expected}).all():
        raise Raced("changed meanwhile")
    return changed(row, written)


def changed(row: Row, written: Mapping[str, Any]) -> Row:
    """The row with these columns written."""
    return replace(row, **{name: new for name, new in written.items() if name in _NAMES})


@lru_cache(maxsize=64)
def _update(names: tuple[str, ...]) -> UpdateBase:
    """Compare-and-set of these columns."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}", type_=ledger.c[name].type) for name in names}
    if "provider_id" in values:
        values["provider_id"] = of_leader_alone(values["provider_id"])
    unchanged = (
        ledger.c.leader == bindparam("of_leader"),
        ledger.c.state == bindparam("of_state"),
        ledger.c.epoch == bindparam("of_epoch"),
    )
    return ledger.update().where(*unchanged).values(**values).returning(ledger.c.key)


def of_leader_alone(provider_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """A provider's id as it is written to all rows of a message: it has one owner, the leading row."""
    return case((ledger.c.key == ledger.c.leader, provider_id), else_=null())


_NEW: dict[str, Any] = {
    "message": "",
    "order_id": "",
    "reason": "",
    "epoch": 0,
    "attempt": 0,
    "withdrawn": False,
    "fallback": "",
    "lease_until": 0,
    "looks": 0,
    "look_after": 0,
    "doubts": 0,
    "due_at": None,
    "claimed_at": 0,
    "country": "",
    "sender": "",
    "on_unknown": "reconcile",
    "evidence": "[]",
    "updated": 0,
    "decided_at": 0,
    "sealed": None,
    "provider": "",
    "provider_id": None,
}
"""What a row begins with, unless it says otherwise."""


def add(connection: Connection, new: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Add rows, and give them. Raises IntegrityError if one of them came first from elsewhere."""
    whole = [{**_NEW, **row} for row in new]
    connection.execute(_INSERT, whole)
    return [Row(**{name: value for name, value in row.items() if name in _NAMES}) for row in whole]


def add_once(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Add a row unless it is there."""
    connection.execute(insert_into(connection, table).values(**values).on_conflict_do_nothing())


def blank(key: str, key_id: str, identity: Identity) -> dict[str, Any]:
    """The columns of a new row that say what it is."""
    return {
        "key": key,
        "key_id": key_id,
        "leader": key,
        "shop": identity.shop,
        "recipient": identity.recipient,
        "subject": identity.subject,
        "kind": identity.kind,
        "occurrence": identity.occurrence,
        "channel": identity.channel,
        "generation": identity.generation,
    }
