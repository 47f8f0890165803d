"""Hastening: what was put off because of something that is mended is due now, not when its wait is over."""

from connectors.store.claims import At
from connectors.store.opening import Store
from connectors.store.schema import ledger
from pipelines.rules.ledger import WAITING


def hasten(store: Store, reason: str, at: At) -> int:
    """Let what waits for this reason be due now; how many messages that are. Every last check holds at their claim, the
    hours of the night too. Raises StoreDown."""
    waits = ledger.c.state.in_(sorted(WAITING)) & (ledger.c.reason == reason) & (ledger.c.due_at > at.now)
    is_leader = ledger.c.key == ledger.c.leader
    change = ledger.update().where(waits).values(due_at=at.now, updated=at.machine).returning(is_leader)
    with store.transaction() as connection:
        return sum(bool(leads) for (leads,) in connection.execute(change).all())
