"""What a live run holds: notices that are not decided on yet, with the hour at which they are looked at again.

A run keeps its states to itself. The store has those of its start and of the last `awizo rebuild`, so what is told here
is as of then, without what was decided since.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from connectors.store.cells import Cells, Generation
from connectors.store.opening import Store
from pipelines.rules.plan import PLAN
from pipelines.rules.plan_state import PlanState
from pipelines.rules.unfold import load_cell
from schemas.messages import Decision
from schemas.orders import OrderRecord, recipient_key
from schemas.wire import Record


@dataclass(frozen=True)
class Holding:
    """The held notices of a store. Each method raises StoreDown if the store does not answer."""

    store: Store

    @cached_property
    def generation(self) -> Generation:
        """The states that are looked at, and up to when they know all."""
        return Cells(self.store).newest()

    def orders_of(self, name: str) -> set[tuple[str, str]]:
        """(shop, order) of all that is known of a recipient, named by the id or as `shop/id`."""
        keys = Cells(self.store).named(self.generation.number, PLAN.name, name)
        states = [state for key in keys if (state := self._state(key))]
        return {(state.shop, order) for state in states for order in state.orders}

    def beside(self, found: Iterable[Record]) -> Iterator[Decision]:
        """What is held of the orders among these records, but for slots that are decided in them."""
        records = list(found)
        orders = {(each.shop, each.view.order): each for each in records if isinstance(each, OrderRecord)}
        decided = {_slot(each) for each in records if isinstance(each, Decision)}
        people = {recipient_key(shop, role.recipient) for (shop, _), each in orders.items() for role in each.recipients}
        for state in filter(None, map(self._state, sorted(people))):
            for held in PLAN.rest(state, self.generation.cut_off):
                assert isinstance(held, Decision)
                if (held.shop, held.order) in orders and _slot(held) not in decided:
                    yield held

    def _state(self, key: str) -> PlanState | None:
        cell = load_cell(Cells(self.store).recall(self.generation.number, PLAN.name, key))
        return None if cell.state is None else PLAN.load(cell.state)


def _slot(decision: Decision) -> tuple[str, ...]:
    of = decision.shop, decision.recipient, decision.order
    return *of, decision.subject, decision.kind, decision.occurrence
