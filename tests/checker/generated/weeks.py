"""Generated weeks: a seed gives a log of a few orders of the demo's two shops, with everything that can befall them."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from generated.orders import CUSTOMERS, SHOPS, order
from generated.shared import share
from generated.sheet import Data, Sheet

MONDAYS = (
    datetime(2026, 10, 19, tzinfo=UTC),  # clocks go back on Sunday
    datetime(2026, 11, 9, tzinfo=UTC),  # a holiday on Wednesday
    datetime(2026, 12, 21, tzinfo=UTC),  # Christmas
    datetime(2027, 3, 22, tzinfo=UTC),  # clocks go forward on Sunday, Easter after
    datetime(2027, 6, 7, tzinfo=UTC),
)
ORDERS = 5
BEAT = timedelta(hours=5)
"""Between two signs of life of a feed: polled ones are alive for 6 hours, pushed ones for 24."""


def week(seed: int) -> list[bytes]:
    """The lines of a week's log, in the order in which they were made: the log of a real day would differ."""
    sheet = Sheet(Random(seed), str(seed))
    monday = MONDAYS[seed % len(MONDAYS)]
    for shop in SHOPS:
        sheet.say(shop, "shop.configured", monday - timedelta(days=2), {"shop": shop, "version": "1"})
    if sheet.sometimes(0.4):
        sheet.say("sowa", "shop.configured", monday + timedelta(days=3), {"shop": "sowa", "version": "2"})
    for index in range(ORDERS):
        shop = sheet.chance.choice(tuple(SHOPS))
        at = monday + timedelta(seconds=sheet.chance.randint(0, 5 * 86_400))
        order(sheet, shop, str(seed * 100 + index), at)
    _wishes(sheet, monday, seed)
    _feeds(sheet, monday)
    share(sheet)
    return sheet.lines


def _wishes(sheet: Sheet, monday: datetime, seed: int) -> None:
    """What customers ask for, over the week and after."""
    for _ in range(sheet.chance.randint(0, 4)):
        shop = sheet.chance.choice(tuple(SHOPS))
        base = {"shop": shop, "who": {"customer": f"c{sheet.chance.randint(1, CUSTOMERS)}"}}
        at = monday + timedelta(seconds=sheet.chance.randint(0, 9 * 86_400))
        type_, more = _wish(sheet, shop, seed)
        sheet.say(shop, type_, at, base | dict(more))
        if type_ == "customer.opted_out" and sheet.sometimes(0.5):
            later = at + timedelta(hours=sheet.chance.randint(1, 60))
            sheet.say(shop, "customer.opted_in", later, base | dict(more))


def _wish(sheet: Sheet, shop: str, seed: int) -> tuple[str, Data]:
    order_name = str(seed * 100 + sheet.chance.randint(0, ORDERS - 1))
    wishes: tuple[tuple[str, dict[str, Any]], ...] = (
        ("customer.opted_out", {}),
        ("customer.opted_out", {"channel": "sms"}),
        ("customer.opted_out", {"channel": "email", "class": "service"}),
        ("customer.changed", {"phone": f"{SHOPS[shop][1]}{sheet.chance.randint(900, 999)}"}),
        ("customer.changed", {"email": f"new{sheet.chance.randint(1, 99)}@poczta.example.com"}),
        ("customer.changed", {"phone": ""}),
        ("customer.changed", {"pause_order": order_name}),
        ("customer.changed", {"window": {"opens": "10:00", "closes": "16:30"}}),
        ("customer.changed", {"kinds": {"shipped": [], "delivered": ["sms"]}}),
        ("customer.changed", {"as_usual": ["shipped", "window"]}),
        ("customer.changed", {"consents": [{"class": "service", "given": False, "channel": "sms"}]}),
        ("customer.changed", {"zone": "Europe/London", "prefers": ["sms"]}),
        ("customer.erased", {}),
    )
    return sheet.chance.choice(wishes)


def _feeds(sheet: Sheet, monday: datetime) -> None:
    """Signs of life of the feeds in use, for nearly two weeks; some fall silent for days."""
    end = monday + timedelta(days=13)
    for shop, courier in sorted(sheet.feeds):
        silent = monday + timedelta(hours=sheet.chance.randint(0, 200)) if sheet.sometimes(0.3) else end
        at = monday
        while at < end:
            if not silent <= at < silent + timedelta(days=2):
                sheet.beat(shop, courier, at)
            at += BEAT
