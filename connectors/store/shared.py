"""What workers share beside the ledger: flags that stop something, the pace of a channel, the volume of a shop.

Each method is one short transaction of its own, and raises StoreDown if the store does not answer. All times are
machine time, but for the hours of volumes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, PrimaryKeyConstraint, String, Table, Text, bindparam, select

from connectors.store.inserting import insert_into
from connectors.store.opening import Store
from connectors.store.schema import metadata
from schemas.times import HOUR, Millis

flags = Table(
    "flags",
    metadata,
    Column("name", String(200), primary_key=True),  # breaker/<scope>, brake/<shop>, halt
    Column("reason", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),  # when it may be tried again; 0: when an operator says so
)

paces = Table(
    "paces",
    metadata,
    Column("name", String(200), primary_key=True),  # of the channel or account that the limit is on
    Column("next_at", BigInteger, nullable=False),  # microseconds: when the next post may begin
)

volumes = Table(
    "volumes",
    metadata,
    Column("shop", String(64), nullable=False),
    Column("hour", BigInteger, nullable=False),  # hours since 1970, message time
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("shop", "hour"),
)

_NEXT = select(paces.c.next_at).where(paces.c.name == bindparam("of")).with_for_update()
_HOURS = select(volumes.c.hour, volumes.c.number).where(
    volumes.c.shop == bindparam("of"), volumes.c.hour >= bindparam("since")
)


@dataclass(frozen=True)
class Flag:
    """Something is stopped: why, what to do, since when, and until when (0: until an operator lets it go)."""

    name: str
    reason: str
    remedy: str = ""
    since: Millis = 0
    until: Millis = 0


@dataclass(frozen=True)
class Shared:
    """The shared part of a store."""

    store: Store

    def raise_flag(self, flag: Flag) -> None:
        """Set a flag, or set it anew; it is stopped since it was first set."""
        values: dict[str, object] = {"name": flag.name, "reason": flag.reason, "remedy": flag.remedy}
        values |= {"since": flag.since, "until": flag.until}
        with self.store.transaction() as connection:
            insert = insert_into(connection, flags).values(**values)
            changed = {name: insert.excluded[name] for name in ("reason", "remedy", "until")}
            connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=changed))

    def lower_flag(self, name: str) -> bool:
        """Take a flag down; False if it was not up."""
        with self.store.transaction() as connection:
            gone = connection.execute(flags.delete().where(flags.c.name == name).returning(flags.c.name))
            return gone.first() is not None

    def flags(self, prefix: str = "") -> list[Flag]:
        """All flags whose names begin so, by name."""
        query = select(flags).where(flags.c.name.startswith(prefix, autoescape=True)).order_by(flags.c.name)
        with self.store.transaction() as connection:
            return [Flag(**found) for found in connection.execute(query).mappings()]

    def reserve(self, name: str, number: int, spacing: float, now: int, latest: int) -> int | None:
        """When (microseconds) the first of `number` posts, `spacing` microseconds apart, may begin; the places are
        taken. None, and nothing is taken, if that would be after `latest`."""
        with self.store.transaction() as connection:
            begin = max(now, connection.scalar(_NEXT, {"of": name}) or 0)
            if begin > latest:
                return None
            _put_pace(connection, name, begin + round(number * spacing))
            return begin

    def hold_back(self, name: str, until: int) -> None:
        """Let no post begin before this moment (microseconds): the provider asked for it."""
        with self.store.transaction() as connection:
            _put_pace(connection, name, max(until, connection.scalar(_NEXT, {"of": name}) or 0))

    def add_volume(self, numbers: Mapping[tuple[str, int], int]) -> None:
        """Add to the numbers of (shop, hour)."""
        rows = [{"shop": shop, "hour": hour, "number": number} for (shop, hour), number in sorted(numbers.items())]
        with self.store.transaction() as connection:
            for row in rows:
                insert = insert_into(connection, volumes).values(**row)
                more = {"number": volumes.c.number + insert.excluded.number}
                connection.execute(insert.on_conflict_do_update(index_elements=["shop", "hour"], set_=more))

    def volume(self, shop: str, since: Millis) -> dict[int, int]:
        """Hour since 1970 -> messages of the shop in it, from `since` (message time) on."""
        with self.store.transaction() as connection:
            found = connection.execute(_HOURS, {"of": shop, "since": since // HOUR})
            return {row.hour: row.number for row in found}


def _put_pace(connection: Connection, name: str, next_at: int) -> None:
    insert = insert_into(connection, paces).values(name=name, next_at=next_at)
    changed = {"next_at": insert.excluded.next_at}
    connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=changed))
