"""Orders: what shops tell, and what Gather makes of it for each recipient."""

from msgspec import Struct

from schemas.parcels import NO_FACTS, Cod, Eta, Facts, Money
from schemas.status import Action
from schemas.times import Millis


class Role(Struct, frozen=True, array_like=True):
    """A recipient of an order, without addresses. `role`: buyer | consignee | other."""

    recipient: str
    role: str = "buyer"
    locale: str = ""


class OrderFact(Struct, frozen=True, array_like=True, tag="order"):
    """Normalize to Gather: something happened to an order. `happened` is the word of the event's type
    (`placed`, `confirmed`, `paid`, `packed`, `cancelled`, `refunded`, `changed`, ...). Fields that an event does not
    carry are None (or empty) and change nothing."""

    shop: str
    order: str
    happened: str
    occurred_at: Millis
    recorded_at: Millis
    event: str  # (source, id) of the event, hashed: names the occurrence
    number: str = ""  # as the customer knows it; else `order`
    locale: str = ""
    country: str = ""  # of delivery, ISO 3166 alpha-2
    segment: str = ""
    gift: bool | None = None
    test: bool | None = None
    total: Money | None = None
    cod: Cod | None = None
    payment: str = ""  # prepaid | cod | none
    payment_id: str = ""
    refunded: Money | None = None
    in_part: bool = False
    dispatch_by: Millis | None = None
    promised: Eta | None = None
    parcels_expected: int | None = None
    recipients: tuple[Role, ...] | None = None  # the whole list as of this event
    reason: str = ""


class ShipmentFact(Struct, frozen=True, array_like=True, tag="shipment"):
    """Normalize to Gather: a parcel belongs (or no longer belongs) to an order."""

    shop: str
    order: str
    happened: str  # created | changed | cancelled | linked
    occurred_at: Millis
    recorded_at: Millis
    event: str
    courier: str
    number: str
    service: str = ""
    direction: str = "outbound"
    country: str = ""  # destination
    origin: str = ""  # country of dispatch
    cod: Cod | None = None
    promised: Eta | None = None
    replaces: str = ""  # parcel key of the number that this one takes the place of
    link: str = ""  # partner | relabel | return
    parcel: str = ""  # the shop's own name of it: another number under it takes its place


class ParcelView(Struct, frozen=True, array_like=True):
    """A parcel as its order sees it."""

    courier: str
    number: str
    status: str
    reason: str = ""
    action: str = Action.NONE
    since: Millis = 0
    occurrence: str = ""
    number_of: int = 1
    direction: str = "outbound"
    service: str = ""
    facts: Facts = NO_FACTS
    known_at: Millis = 0  # newest scan; feeds' heartbeats are asked of the context
    leg: str = "outbound"
    formerly: tuple[str, ...] = ()  # further parcel keys of it: what they told is told of this parcel


class OrderView(Struct, frozen=True, array_like=True):
    """An order at one moment: what any message about it may say. Whole and versioned, so the newest wins."""

    order: str
    number: str
    version: int
    placed_at: Millis
    lifecycle: str = "placed"
    payment: str = "pending"
    shipping: str = "not_shipped"
    country: str = ""
    segment: str = ""
    gift: bool = False
    test: bool = False
    total: Money | None = None
    refunded: Money | None = None
    dispatch_by: Millis | None = None
    parcels: tuple[ParcelView, ...] = ()
    expected: int = 0  # parcels that the order will have, as far as known (at least len(parcels))
    promised: Eta | None = None


class Happening(Struct, frozen=True, array_like=True):
    """Something that could be worth a message. `trigger` is a parcel status, `eta_moved`, an order's word (`placed`,
    `refunded`, ...), `late_to_leave` or `no_movement`; `subject` is a parcel key, or "" for the order itself."""

    trigger: str
    subject: str
    occurrence: str
    occurred_at: Millis
    recorded_at: Millis
    number: int = 1
    reason: str = ""
    action: str = Action.NONE
    late: bool = False  # precedes something told: recorded, never told


class News(Struct, frozen=True, array_like=True, tag="news"):
    """Gather to Plan: an order as of now, and what has happened, for one recipient."""

    shop: str
    recipient: str
    order: OrderView
    at: Millis
    role: str = "buyer"
    locale: str = ""
    happenings: tuple[Happening, ...] = ()
    withdrawn: tuple[str, ...] = ()  # occurrences that were undone (retraction)
    removed: bool = False  # the recipient left the order
    late_join: bool = False  # joined after the happenings: only the present status is worth telling


class OrderRecord(Struct, frozen=True, array_like=True, tag="order_record"):
    """Gather to Record: the order as one reads it."""

    shop: str
    at: Millis
    sequence: int
    view: OrderView
    recipients: tuple[Role, ...] = ()


def order_key(shop: str, order: str) -> str:
    """The key of Gather: `shop/order`."""
    return f"{shop}/{order}"


def recipient_key(shop: str, recipient: str) -> str:
    """The key of Plan: `shop/recipient`."""
    return f"{shop}/{recipient}"


SHOP_ITSELF = "@shop"
"""The recipient that is the shop: it gets `shop_alert`."""
