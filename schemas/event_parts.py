"""What events are made of: the parts that several types share, and how an optional field says what it buys."""

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from schemas.messages import Channel, Class
from schemas.times import YEARS, is_of_our_time


@cache
def _zones() -> frozenset[str]:
    """Reading the system's list takes a tenth of a second."""
    return frozenset(available_timezones())


def _is_a_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError("not an IANA time zone, such as Europe/Kyiv")
    return name


ZoneName = Annotated[str, AfterValidator(_is_a_zone)]


def _is_of_our_time(moment: date) -> date:
    if not is_of_our_time(moment):
        raise ValueError(f"not between {YEARS[0]} and {YEARS[-1]}")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_is_of_our_time)]
MomentOrDay = Annotated[AwareDatetime | date, AfterValidator(_is_of_our_time)]


def optional(description: str, without: str, default: Any = None) -> Any:
    """A field that may be missing: what it is, and what its absence costs."""
    return Field(default, description=description, json_schema_extra={"without": without})


class Data(BaseModel):
    """The data of an event: frozen."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)


ShopId = Annotated[str, Field(pattern=r"^[a-z0-9-]{2,32}$", description="the shop's id")]
OrderId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^/\x00]+$", description="the shop's order id")]
CourierId = Annotated[str, Field(pattern=r"^[a-z0-9_:-]{2,48}$", description="the courier, e.g. inpost")]
TrackingNumber = Annotated[str, Field(min_length=3, max_length=48, pattern=r"^[^/\x00\s]+$", description="its number")]
CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166 alpha-2")]


Sum = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]


class Amount(Data):
    """A sum of money, as a decimal in a string or a number."""

    amount: Sum
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")


class CashOnDelivery(Data):
    """What the recipient pays on delivery. Without `total`, only the goods' price is said."""

    currency: str = Field(pattern=r"^[A-Z]{3}$")
    total: Sum | None = optional("all there is to pay", "the sum is not said", None)
    goods: Sum | None = optional("the goods alone", "said only beside a tariff's mention", None)
    methods: tuple[Literal["cash", "card", "blik", "app", "link"], ...] = optional(
        "how it can be paid", "ways to pay are not said", ()
    )


class ConsentGiven(Data):
    """A consent (or its withdrawal) as data."""

    cls: Class = Field(alias="class")
    channel: Channel | None = optional("only this channel", "it holds for every channel")
    given: bool = True
    given_at: Moment | None = optional("when", "the event's time")
    source: str = optional("where it was given, e.g. checkout", "unknown source", "")
    text_version: str = optional("the version of the text agreed to", "unknown version", "")


class Who(Data):
    """A customer. Named by the shop's own id, else by Awizo's opaque one, else by an address."""

    customer: str | None = optional("the shop's customer id", "a guest: known by phone, else by e-mail")
    recipient: str | None = optional("Awizo's id of the recipient, as decisions show it", "see `customer`")
    phone: str | None = optional("phone, national or international", "no SMS")
    email: str | None = optional("e-mail", "no e-mail")

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if not (self.customer or self.recipient or self.phone or self.email):
            raise ValueError("one of customer, recipient, phone, email is needed")
        return self
