"""How far a live run has come: everything decided up to the mark is in the ledger and in the views, for good."""

from dataclasses import dataclass

from sqlalchemy import select

from connectors.machine import machine_time
from connectors.store.inserting import insert_into
from connectors.store.live_tables import progress
from connectors.store.opening import Store
from schemas.times import Millis

HANDED_OVER = "handed_over"


@dataclass(frozen=True)
class Progress:
    """The marks of a store. Each method raises StoreDown if the store does not answer."""

    store: Store

    def mark(self, name: str = HANDED_OVER) -> Millis | None:
        """The mark (message time); None if nobody has set it yet."""
        with self.store.reading() as connection:
            return connection.scalar(select(progress.c.mark).where(progress.c.name == name))

    def updated(self, name: str = HANDED_OVER) -> Millis | None:
        """When the mark was set last (machine time)."""
        with self.store.reading() as connection:
            return connection.scalar(select(progress.c.updated).where(progress.c.name == name))

    def reach(self, mark: Millis, name: str = HANDED_OVER) -> None:
        """Set the mark, unless it is there already."""
        with self.store.transaction() as connection:
            insert = insert_into(connection, progress)
            row = insert.values(name=name, mark=mark, updated=machine_time())
            changed = {"mark": insert.excluded.mark, "updated": insert.excluded.updated}
            farther = progress.c.mark <= insert.excluded.mark
            connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=changed, where=farther))

    def fall_back(self, mark: Millis) -> None:
        """Set the mark back, if it is beyond."""
        where = (progress.c.name == HANDED_OVER) & (progress.c.mark > mark)
        with self.store.transaction() as connection:
            connection.execute(progress.update().where(where).values(mark=mark, updated=machine_time()))
