"""Events in: the data of every CloudEvent that Awizo reads, type by type (`schemas.envelope` reads the events).

Types are `awizo.<thing>.<happened>.v1`. Fields that are not declared are ignored, so that a newer publisher does not
break an older reader. An optional field says in `without` what is lost when it is missing.
"""

from datetime import time
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from schemas.event_parts import (
    Amount,
    CashOnDelivery,
    ConsentGiven,
    CountryCode,
    CourierId,
    Data,
    Moment,
    MomentOrDay,
    OrderId,
    ShopId,
    TrackingNumber,
    Who,
    ZoneName,
    optional,
)
from schemas.messages import Channel, Class, Kind


class OrderRecipient(Who):
    """One of an order's recipients."""

    role: Literal["buyer", "consignee", "other"] = optional("who they are to the order", "taken as the buyer", "buyer")
    locale: str | None = optional("their language, e.g. uk", "the order's language")
    zone: ZoneName | None = optional("their IANA time zone", "by delivery country, phone, then shop")
    prefers: tuple[Channel, ...] = optional("channels, best first", "e-mail where there is one, else SMS", ())
    consents: tuple[ConsentGiven, ...] = optional("consents given with the order", "only what needs none is sent", ())


class OfOrder(Data):
    """Something of one order of one shop."""

    shop: ShopId
    order: OrderId


class OrderPlaced(OfOrder):
    """An order was placed; `time` says when."""

    locale: str = Field(min_length=2, max_length=16, description="language of the order, fixed now: pl, uk, en")
    recipients: tuple[OrderRecipient, ...] = Field(min_length=1, max_length=20)
    number: str = optional("the order's number as the customer knows it", "the order id is shown", "")
    country: CountryCode | None = optional("country of delivery", "clock and holidays by phone, then shop")
    segment: str = optional("the customer's segment, e.g. wholesale", "the shop's general rules", "")
    gift: bool = optional("goods must not be named", "consignees still see no prices", False)
    test: bool = optional("a test: nothing is sent", "it is a real order", False)
    total: Amount | None = optional("the order's sum", "no sum in confirmations")
    cod: CashOnDelivery | None = optional("cash on delivery for the whole order", "no sum due is said")
    payment: Literal["prepaid", "cod", "none"] = optional("how it is paid", "prepaid", "prepaid")
    dispatch_by: Moment | None = optional("promised dispatch", "no late_to_leave")
    promised: MomentOrDay | None = optional("promised delivery", "no date until the courier gives one")
    parcels: int | None = optional("how many parcels it will be", '"2 of 3" counts shipments known so far')


class OrderHappened(OfOrder):
    """A plain step of an order's life."""

    reason: str = optional("why, a word", "no reason is said", "")


class OrderConfirmed(OrderHappened):
    payment_id: str = optional("the payment that confirms it", "a cancelled order cannot be revived", "")


class OrderPaid(OrderConfirmed):
    pass


class OrderRefunded(OrderHappened):
    refunded: Amount | None = optional("what was given back", "the sum is not said")
    in_part: bool = optional("only a part", "taken as the whole", False)


class OrderChanged(OfOrder):
    """What is given replaces what was; what is not given stays."""

    recipients: tuple[OrderRecipient, ...] | None = optional("the whole list from now on", "recipients stay")
    country: CountryCode | None = optional("country of delivery", "stays")
    segment: str = optional("segment", "stays", "")
    dispatch_by: Moment | None = optional("promised dispatch", "stays")
    promised: MomentOrDay | None = optional("promised delivery", "stays")
    parcels: int | None = optional("how many parcels it will be", "stays")
    gift: bool | None = optional("goods must not be named", "stays")
    total: Amount | None = optional("the order's sum", "stays")
    cod: CashOnDelivery | None = optional("cash on delivery for the whole order", "stays")
    payment: Literal["prepaid", "cod", "none"] | None = optional("how it is paid", "stays")


class Numbered(Data):
    """A parcel by its number."""

    courier: CourierId
    number: TrackingNumber


class ShipmentCreated(OfOrder, Numbered):
    """A parcel of the order has a number; `time` begins its ship window."""

    service: str = optional("the courier's service, e.g. inpost_locker_standard", "defaults of the courier", "")
    direction: Literal["outbound", "return"] = optional("return: a customer's return", "outbound", "outbound")
    country: CountryCode | None = optional("destination", "the order's country")
    origin: CountryCode | None = optional("country of dispatch", "the shop's country")
    cod: CashOnDelivery | None = optional("cash on delivery of this parcel", "the order's, if it is its only parcel")
    promised: MomentOrDay | None = optional("promised delivery of this parcel", "the order's promise")
    parcel: str = optional(
        "the shop's own name of the parcel: another number under it takes its place",
        "a corrected number is a further parcel, unless shipment.changed says what it replaces",
        "",
    )


class ShipmentChanged(ShipmentCreated):
    """A parcel got another number or courier, or other details."""

    replaces: Numbered | None = optional("the number before, which is no longer followed", "only details changed")


class ShipmentCancelled(OfOrder, Numbered):
    """The parcel is no longer of this order."""


class ShipmentLinked(OfOrder, Numbered):
    """A courier gave the parcel another number (a partner's, a new label, its return)."""

    replaces: Numbered
    link: Literal["partner", "relabel", "return"]


class CourierHeartbeat(Data):
    """The courier's feed was alive for this shop at `time`."""

    courier: CourierId
    shop: ShopId


class OfCustomer(Data):
    """Something of one customer of one shop."""

    shop: ShopId
    who: Who


class WakingHours(Data):
    """Hours of one day, on the customer's own clock, in which an SMS is welcome."""

    opens: time
    closes: time

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens.tzinfo or self.closes.tzinfo or self.opens >= self.closes:
            raise ValueError("hours of one day were expected, such as 08:00 to 20:00")
        return self


class CustomerChanged(OfCustomer):
    """Addresses and wishes. What is given replaces what was; what is not given stays."""

    phone: str | None = optional("the new phone; '' removes it", "stays")
    email: str | None = optional("the new e-mail; '' removes it", "stays")
    locale: str | None = optional("language (orders placed keep theirs)", "stays")
    zone: ZoneName | None = optional("IANA time zone", "stays")
    prefers: tuple[Channel, ...] | None = optional("channels, best first", "stays")
    window: WakingHours | None = optional("waking hours", "stays")
    kinds: dict[Kind, tuple[Channel, ...]] = optional("channels by kind; [] is off", "stays", {})
    consents: tuple[ConsentGiven, ...] = optional("consents given or withdrawn", "stay", ())
    pause_order: str = optional("say nothing more of this order", "not paused", "")
    resume_order: str = optional("go on about this order", "stays", "")
    as_usual: tuple[Kind | Literal["window", "locale"], ...] = optional(
        "wishes taken back: kinds, `window`, `locale`", "stay", ()
    )


class CustomerOpted(OfCustomer):
    """STOP or START."""

    channel: Channel | None = optional("this channel only", "every channel")
    cls: Class | None = Field(
        None,
        alias="class",
        description="this class only",
        json_schema_extra={"without": "every class that can be left"},
    )


class CustomerErased(OfCustomer):
    """The customer asked to be forgotten."""


class FeedbackGiven(OfCustomer):
    order: OrderId
    mark: int = Field(ge=1, le=5)
    words: str = optional("in their own words", "only the mark is kept", "")


class CustomerReplied(OfCustomer):
    """The customer answered a message with words that are no command; the shop is told of it."""

    channel: Channel
    words: str = Field(min_length=1, max_length=2_000)
    order: str = optional("the order that was spoken of last", "the shop is told no order", "")


class ReceiptReceived(Data):
    """What a provider said about a message, resolved at the door."""

    shop: ShopId
    recipient: str
    order: OrderId
    kind: Kind
    channel: Channel
    said: Literal["delivered", "undelivered", "failed", "opted_out"]
    final: bool = optional("no further delivery will be tried on this channel", "final", True)
    code: str = optional("the provider's code", "no code in explanations", "")
    subject: str = optional("the parcel, courier/number", "the newest message of the kind", "")
    occurrence: str = optional("the occurrence", "the newest message of the kind", "")


class ShopConfigured(Data):
    """From `time` on, this version of the shop's bundle is in force."""

    shop: ShopId
    version: str

    @field_validator("version")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if not value or "/" in value:
            raise ValueError("a version's name, as its folder is called")
        return value


COURIER_REPORTED = "awizo.courier.reported.v1"
"""A courier's payload as it came: `data` is the payload itself, `subject` the courier, `via` push or answer."""

SHOP_REPORTED = "awizo.shop.reported.v1"
"""A shop platform's webhook as it came: `data` is the webhook itself, `source` /shops/<shop>/<platform>, `subject` the
platform, `topic` its topic."""

SHOP_CONFIGURED = "awizo.shop.configured.v1"

PLAIN_STEPS = (
    "payment_failed",
    "in_preparation",
    "packed",
    "on_hold",
    "resumed",
    "cancelled",
    "expired",
    "completed",
    "return_requested",
    "returned",
)
"""What may happen to an order and carries no data of its own."""

TYPES: dict[str, type[Data]] = {
    "awizo.order.placed.v1": OrderPlaced,
    "awizo.order.confirmed.v1": OrderConfirmed,
    "awizo.order.paid.v1": OrderPaid,
    "awizo.order.refunded.v1": OrderRefunded,
    "awizo.order.changed.v1": OrderChanged,
    **{f"awizo.order.{step}.v1": OrderHappened for step in PLAIN_STEPS},
    "awizo.shipment.created.v1": ShipmentCreated,
    "awizo.shipment.changed.v1": ShipmentChanged,
    "awizo.shipment.cancelled.v1": ShipmentCancelled,
    "awizo.shipment.linked.v1": ShipmentLinked,
    "awizo.courier.heartbeat.v1": CourierHeartbeat,
    "awizo.customer.changed.v1": CustomerChanged,
    "awizo.customer.opted_out.v1": CustomerOpted,
    "awizo.customer.opted_in.v1": CustomerOpted,
    "awizo.customer.erased.v1": CustomerErased,
    "awizo.customer.replied.v1": CustomerReplied,
    "awizo.feedback.given.v1": FeedbackGiven,
    "awizo.receipt.received.v1": ReceiptReceived,
    SHOP_CONFIGURED: ShopConfigured,
}
"""Every event type but COURIER_REPORTED and SHOP_REPORTED, with the model of its data."""
