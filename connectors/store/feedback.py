"""How it was: the mark that a customer gave an order, and their words. The newest mark counts."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select

from connectors.store.inserting import insert_into
from connectors.store.opening import Store
from connectors.store.page_tables import feedback
from schemas.times import Millis


class Given(NamedTuple):
    """A mark (1 to 5) with words, as one customer gave it for one order."""

    mark: int
    words: str
    at: Millis


@dataclass(frozen=True)
class Feedback:
    """The marks of a store. Each method raises StoreDown if the store does not answer."""

    store: Store

    def of(self, shop: str, recipient: str, order: str) -> Given | None:
        """What this recipient gave; None if nothing."""
        query = select(feedback.c.mark, feedback.c.words, feedback.c.at).where(
            feedback.c.shop == shop, feedback.c.recipient == recipient, feedback.c.order_id == order
        )
        with self.store.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else Given(*row)

    def keep(self, shop: str, recipient: str, order: str, given: Given) -> None:
        """Keep it in place of what was given before."""
        with self.store.transaction() as connection:
            insert = insert_into(connection, feedback)
            row = insert.values(shop=shop, recipient=recipient, order_id=order, **given._asdict())
            changed = {name: row.excluded[name] for name in Given._fields}
            key = ["shop", "recipient", "order_id"]
            connection.execute(row.on_conflict_do_update(index_elements=key, set_=changed))

    def forget(self, shop: str, recipient: str, at: Millis) -> None:
        """Drop this recipient's marks and words of up to a moment: they asked to be forgotten then."""
        gone = feedback.delete().where(feedback.c.shop == shop, feedback.c.recipient == recipient, feedback.c.at <= at)
        with self.store.transaction() as connection:
            connection.execute(gone)
