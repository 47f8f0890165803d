"""The SMS budget of a shop: what all its SMS of one day may cost together. Past it, e-mail takes over.

A day is one of the shop's own zone, and it begins anew at its midnight. What cannot wait for a letter (priority 1, the
same that no cap stops) goes all the same, and is counted; so is what the shop itself is told.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from pipelines.rules.kinds import EXEMPT
from schemas.messages import Channel, Message, Reason
from schemas.orders import SHOP_ITSELF
from schemas.shops import Bundle
from schemas.times import Millis, local

OVER_BUDGET = str(Reason.BUDGET)
"""Why a message failed whose cost would have passed the day's budget."""

UNITS = 1_000_000
"""Sums are whole millionths of the currency of the shop's prices, so that many workers add them without loss."""


@dataclass(frozen=True)
class Charge:
    """What a message costs, of a day's budget; all in UNITS."""

    shop: str
    day: str
    cost: int
    budget: int
    is_exempt: bool = False

    def passes(self, spent: int) -> bool:
        """Would it pass the budget, when so much of the day is spent?"""
        return not self.is_exempt and spent + self.cost > self.budget


def charge(message: Message, bundle: Bundle | None, now: Millis) -> Charge | None:
    """The charge of a message that is to go at `now` (message time) under the bundle in force; None if no budget counts
    it."""
    if message.channel != Channel.SMS or bundle is None or bundle.daily_sms_budget is None:
        return None
    is_exempt = message.priority == EXEMPT or message.recipient == SHOP_ITSELF
    day = local(now, bundle.zone).date().isoformat()
    return Charge(message.shop, day, _units(message.cost), _units(bundle.daily_sms_budget), is_exempt)


def _units(sum_of: Decimal) -> int:
    return int((sum_of * UNITS).to_integral_value(ROUND_CEILING))
