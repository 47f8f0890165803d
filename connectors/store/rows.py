"""Rows of the ledger: reading them by key, adding them, and changing a message's rows as one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy import Row as SqlRow
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from connectors.store.schema import ledger
from pipelines.rules.ledger import SUPERSEDED, Event, Identity, Standing, State, move
from schemas.messages import Slot
from schemas.times import Millis


@dataclass(frozen=True)
class Row:
    """One slot of a message on one channel. All rows of a message (those with its `leader`) change together."""

    key: str
    key_id: str
    leader: str
    message: str
    shop: str
    recipient: str
    order_id: str
    subject: str
    kind: str
    occurrence: str
    channel: str
    generation: int
    state: State
    reason: str
    epoch: int
    attempt: int
    withdrawn: bool
    fallback: str
    lease_until: Millis
    due_at: Millis | None
    decided_at: Millis
    sealed: bytes | None
    provider: str
    provider_id: str | None

    @property
    def slot(self) -> Slot:
        """The could-have-been message that this row stands for."""
        return Slot(self.subject, self.kind, self.occurrence)

    @property
    def place(self) -> tuple[Slot, str, int]:
        """Slot, channel and generation: what the key was made of."""
        return self.slot, self.channel, self.generation

    @property
    def standing(self) -> Standing:
        """What the rules read."""
        return Standing(self.state, self.reason, self.fallback)

    @property
    def is_superseded(self) -> bool:
        """Withdrawn before it went, or before it came."""
        return self.state == State.FAILED and self.reason == SUPERSEDED


_NAMES = {field.name for field in fields(Row)}
_COLUMNS = [ledger.c[field.name] for field in fields(Row)]


def _row(found: SqlRow[Any]) -> Row:
    values = found._asdict()
    return Row(**(values | {"state": State(values["state"])}))


def rows_by_key(connection: Connection, keys: Iterable[str]) -> list[Row]:
    """The rows of these keys, locked until the transaction ends where the database can do that."""
    wanted = sorted(set(keys))
    if not wanted:
        return []
    query = select(*_COLUMNS).where(ledger.c.key.in_(wanted)).order_by(ledger.c.key).with_for_update()
    return [_row(found) for found in connection.execute(query)]


def rows_led_by(connection: Connection, leaders: Iterable[str]) -> list[Row]:
    """All rows of these messages."""
    if not (leaders := set(leaders)):
        return []
    query = select(*_COLUMNS).where(ledger.c.leader.in_(sorted(leaders))).order_by(ledger.c.key).with_for_update()
    return [_row(found) for found in connection.execute(query)]


def leading_rows(connection: Connection, *conditions: Any, limit: int | None = None) -> list[Row]:
    """Leading rows that fulfil the conditions, by due time and key."""
    query = select(*_COLUMNS).where(ledger.c.key == ledger.c.leader, *conditions)
    return [_row(found) for found in connection.execute(query.order_by(ledger.c.due_at, ledger.c.key).limit(limit))]


def step(connection: Connection, row: Row, event: Event, machine: Millis, values: Mapping[str, Any]) -> Row:
    """Move all rows of a message by an event, if they still are in this state and epoch; the leading row after it.

    Raises IntegrityError if they are not: the transaction is undone and may be begun anew. RETURNING names the rows
    that were changed; a driver's row count may belong to another thread's statement.
    """
    state = move(row.state, event, row.withdrawn)
    if state is None:
        raise ValueError(f"{event} does not apply to a row that is {row.state}")
    shared = {name: value for name, value in values.items() if name != "provider_id"}
    unchanged = (ledger.c.leader == row.leader, ledger.c.state == row.state, ledger.c.epoch == row.epoch)
    statement = ledger.update().where(*unchanged).values(state=state, updated=machine, **shared)
    if not connection.execute(statement.returning(ledger.c.key)).all():
        raise IntegrityError("changed meanwhile", {}, ValueError(row.key))
    if "provider_id" in values:  # the leading row's alone: an id has one owner
        own = ledger.update().where(ledger.c.key == row.leader).values(provider_id=values["provider_id"])
        connection.execute(own)
    return replace(row, state=state, **{name: value for name, value in values.items() if name in _NAMES})


def leader_first(rows: Sequence[Row]) -> list[Row]:
    """The rows of one message, the leading one first."""
    return sorted(rows, key=lambda row: row.key != row.leader)


def by_leader(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows parted into messages, each with its leading row first."""
    leaders = sorted({row.leader for row in rows})
    return [leader_first([row for row in rows if row.leader == leader]) for leader in leaders]


def add(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows. Raises IntegrityError if one of them came first from elsewhere."""
    connection.execute(ledger.insert(), list(rows))


def add_once(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Add a row unless it is there."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(table).values(**values).on_conflict_do_nothing())


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
