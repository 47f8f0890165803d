"""Trimming: old entries of the store's log go, once no start needs them. They hold addresses, and they take room.

A start reads the log from its mark on, and the newest states know all that is before their cut-off. So what is older
than both is history: without it, states that are lost are rebuilt from what is left.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, select

from connectors.guarding import QUARANTINE
from connectors.log.store_log import StoreLog
from connectors.log.tables import log
from connectors.store.cells import Cells
from connectors.store.opening import Store
from connectors.store.progress import Progress
from connectors.store.shared import Shared
from schemas.errors import BadInput
from schemas.streams import SHOPS
from schemas.times import Millis, from_millis


@dataclass(frozen=True)
class Trimming:
    """Takes out of a store's log what was recorded up to `before` (message time)."""

    store: Store
    before: Millis

    def count(self) -> int:
        """How many entries would go. Raises BadInput if some of them are needed, and StoreDown."""
        old = self._old()
        with self.store.reading() as connection:
            return connection.scalar(select(func.count()).where(old)) or 0

    def do(self) -> int:
        """How many entries went. Raises as `count` does."""
        old = self._old()
        with self.store.transaction() as connection:
            _shred(connection)
            return connection.execute(log.delete().where(old)).rowcount

    def _old(self) -> ColumnElement[bool]:
        """What goes; never which version of a shop's bundle was in force when: steps look that up."""
        known = Cells(self.store).newest().cut_off
        if self.before > known:
            until = f"states are known up to {from_millis(known).isoformat(timespec='seconds')} only" if known else ""
            raise BadInput(f"{until or 'no states are kept yet'}: `awizo rebuild` first", "--before")
        position = StoreLog(self.store, lambda: known).position_at(self.before)
        for flag in Shared(self.store).flags(QUARANTINE):
            if (Progress(self.store).mark(flag.name) or 0) < position:
                source = flag.name.removeprefix(QUARANTINE)
                raise BadInput(
                    f"{source} is in quarantine, and its events are kept: `awizo redrive source`", "--before"
                )
        return and_(log.c.position <= position, log.c.stream != SHOPS.name)


def _shred(connection: Connection) -> None:
    """SQLite leaves what was deleted in its file until it is written over, unless it is told otherwise."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
