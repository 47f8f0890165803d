"""Rows of the ledger, and how they are read."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select
from sqlalchemy import Row as SqlRow

from connectors.store.schema import ledger
from pipelines.rules.ledger import SUPERSEDED, WAITING, Standing, State
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
    looks: int
    look_after: Millis
    doubts: int
    due_at: Millis | None
    claimed_at: Millis
    decided_at: Millis
    sealed: bytes | None
    provider: str
    provider_id: str | None
    on_unknown: str
    evidence: str
    updated: Millis

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
        return self.state == State.FAILED and (self.withdrawn or self.reason == SUPERSEDED)


COLUMNS = [ledger.c[field.name] for field in fields(Row)]


_READ = select(*COLUMNS).order_by(ledger.c.key).with_for_update()
_BY_KEY = _READ.where(ledger.c.key.in_(bindparam("wanted", expanding=True)))
_BY_LEADER = _READ.where(ledger.c.leader.in_(bindparam("wanted", expanding=True)))
_ALL_DUE = (
    select(*COLUMNS)
    .where(ledger.c.key == ledger.c.leader, ledger.c.state.in_(sorted(WAITING)), ledger.c.due_at <= bindparam("until"))
    .order_by(ledger.c.due_at, ledger.c.key)
    .limit(bindparam("limit"))
)
_ALL_FLYING = (
    select(*COLUMNS)
    .where(
        ledger.c.key == ledger.c.leader,
        or_(
            and_(ledger.c.state == State.INTENT, ledger.c.lease_until <= bindparam("machine")),
            and_(ledger.c.state == State.UNKNOWN, ledger.c.look_after <= bindparam("machine")),
        ),
    )
    .order_by(ledger.c.updated, ledger.c.key)
    .limit(bindparam("limit"))
)
_UNHEARD = (
    select(*COLUMNS)
    .where(
        ledger.c.key == ledger.c.leader,
        ledger.c.state == State.SENT,
        ledger.c.look_after > 0,  # rows of former versions, and what was asked about
        ledger.c.look_after <= bindparam("machine"),
    )
    .order_by(ledger.c.look_after)
    .limit(bindparam("limit"))
)
_UNHEARD_OF = _UNHEARD.where(ledger.c.key == bindparam("leader"))
_CHANGED = select(ledger.c.leader).where(ledger.c.key == ledger.c.leader, ledger.c.decided_at > bindparam("after"))
_FLYING = _ALL_FLYING.where(ledger.c.shop == bindparam("shop"), ledger.c.recipient == bindparam("recipient"))
_DUE = _ALL_DUE.where(ledger.c.shop == bindparam("shop"), ledger.c.recipient == bindparam("recipient"))
# statements are built once: building one costs more than running it


def row_of(found: SqlRow[Any]) -> Row:
    """A row of COLUMNS."""
    values: Sequence[Any] = found
    row = Row(*values)  # columns were asked in the order of its fields
    return replace(row, state=State(row.state))


def rows_by_key(connection: Connection, keys: Iterable[str]) -> list[Row]:
    """The rows of these keys, locked until the transaction ends where the database can do that."""
    wanted = sorted(set(keys))
    return [row_of(found) for found in connection.execute(_BY_KEY, {"wanted": wanted})] if wanted else []


def rows_led_by(connection: Connection, leaders: Iterable[str]) -> list[Row]:
    """All rows of these messages."""
    wanted = sorted(set(leaders))
    return [row_of(found) for found in connection.execute(_BY_LEADER, {"wanted": wanted})] if wanted else []


def due_rows(connection: Connection, asked: Mapping[str, Any]) -> list[Row]:
    """Leading rows that wait, by due time and key. `asked`: until, shop, recipient ("" is all), limit."""
    return [row_of(found) for found in connection.execute(_DUE if asked["recipient"] else _ALL_DUE, asked)]


def flying_rows(connection: Connection, asked: Mapping[str, Any]) -> list[Row]:
    """Leading rows whose lease, or whose wait for a look-up, is over. `asked`: machine, shop, recipient, limit."""
    return [row_of(found) for found in connection.execute(_FLYING if asked["recipient"] else _ALL_FLYING, asked)]


def unheard_rows(connection: Connection, asked: Mapping[str, Any]) -> list[Row]:
    """Leading rows of what a provider took and said no more of, not locked. `asked`: machine, leader ("" is all),
    limit."""
    return [row_of(found) for found in connection.execute(_UNHEARD_OF if asked["leader"] else _UNHEARD, asked)]


def rows_changed(connection: Connection, after: Millis) -> list[Row]:
    """All rows of the messages whose last change of state lies behind a moment (message time)."""
    return rows_led_by(connection, connection.scalars(_CHANGED, {"after": after}))


def with_evidence(evidence: str, provider_id: str, by: str, at: Millis) -> str:
    """The column `evidence` with one more id and who brought it."""
    return json.dumps([*json.loads(evidence), {"id": provider_id, "by": by, "at": at}])


def has_evidence(evidence: str, provider_id: str) -> bool:
    """Has this id been noted?"""
    return any(each["id"] == provider_id for each in json.loads(evidence))


def leader_first(rows: Sequence[Row]) -> list[Row]:
    """The rows of one message, the leading one first."""
    return sorted(rows, key=lambda row: row.key != row.leader)


def by_leader(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows parted into messages, each with its leading row first."""
    leaders = sorted({row.leader for row in rows})
    return [leader_first([row for row in rows if row.leader == leader]) for leader in leaders]
