"""What each shop's SMS cost in a day, counted in the transaction of the claim: so workers never spend it twice.

A sum is counted once a message, when it is first claimed; what the provider then refuses stays counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, PrimaryKeyConstraint, String, Table, bindparam, select

from connectors.store.schema import metadata
from connectors.store.writing import add_once
from pipelines.rules.budget import Charge

spending = Table(
    "spending",
    metadata,
    Column("shop", String(64), nullable=False),
    Column("day", String(10), nullable=False),  # of the shop's zone
    Column("spent", BigInteger, nullable=False),  # millionths of the currency of its prices
    PrimaryKeyConstraint("shop", "day"),
)

_IS = (spending.c.shop == bindparam("of_shop")) & (spending.c.day == bindparam("of_day"))
_SPENT = select(spending.c.spent).where(_IS).with_for_update()
_PAY = spending.update().where(_IS).values(spent=spending.c.spent + bindparam("more"))


@dataclass(frozen=True)
class Purse:
    """What a shop may still spend in the day of a charge. It is this transaction's alone until that ends."""

    connection: Connection
    charge: Charge

    def refuses(self) -> bool:
        """Would the charge pass the budget?"""
        return self.charge.passes(_take(self.connection, self.charge.shop, self.charge.day))

    def pay(self) -> None:
        """Count it."""
        paid = {"of_shop": self.charge.shop, "of_day": self.charge.day, "more": self.charge.cost}
        self.connection.execute(_PAY, paid)


def take_purses(connection: Connection, charges: Iterable[Charge]) -> None:
    """Wait for all purses that a transaction needs, in one order, so that two workers never wait for each other."""
    for shop, day in sorted({(charge.shop, charge.day) for charge in charges}):
        _take(connection, shop, day)


def _take(connection: Connection, shop: str, day: str) -> int:
    """Wait for a day's purse until nobody else has it; what was spent of it."""
    add_once(connection, spending, {"shop": shop, "day": day, "spent": 0})
    return connection.scalar(_SPENT, {"of_shop": shop, "of_day": day}) or 0
