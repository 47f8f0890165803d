"""What the log says of customers, as their own pages know it: what they wish, and that they are to be forgotten."""

from collections.abc import Sequence

from connectors.store.feedback import Feedback
from connectors.store.links import Links
from connectors.store.opening import Store
from connectors.store.preferences import Preferences
from schemas.customers import CustomerFact


def hear(store: Store, facts: Sequence[CustomerFact]) -> None:
    """Let the pages know. Facts may come in any order, any number of times; of what was said or sent after an erasure
    nothing is forgotten. Raises StoreDown: hear them all again then."""
    Preferences(store).hear(facts)
    for fact in facts:
        if fact.happened == "erased":
            Links(store).forget(fact.shop, fact.recipient, fact.occurred_at)
            Feedback(store).forget(fact.shop, fact.recipient, fact.occurred_at)
