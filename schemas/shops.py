"""A shop's bundle: its whole configuration, versioned and immutable. Unknown fields are refused.

On disk: `DIR/<shop>/<version>/shop.yaml` beside `texts/` (a shop's own words, see `templates/README.md`). A change is a
new version; `shop.configured` in the log says from when it is in force. Before the first one, the lowest version is.
"""

import re
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from schemas.messages import Kind
from schemas.webhooks import Webhooks

DAYBREAK, NIGHTFALL = time(6), time(22)
"""No window of a shop is wider: between them nobody is woken."""

Language = Literal["pl", "uk", "en"]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
ChannelName = Literal["sms", "email"]


def _form(pattern: str, expected: str) -> AfterValidator:
    """Holds a text to a form, and says in words which one was expected."""

    def held(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(f"{expected} was expected")
        return text

    return AfterValidator(held)


Address = Annotated[str, _form(r"[^@\s]+@[^@\s]+\.[^@\s.]+", "an e-mail address")]
Host = Annotated[str, _form(r"([a-z0-9-]+\.)+[a-z0-9-]{2,}", "a host's name such as sowa.example, no https://")]
Sender = Annotated[
    str,
    _form(
        r"(?=.*[A-Za-z])[0-9A-Za-z &_+-]{1,11}|\+[1-9][0-9]{5,14}",
        "a name of at most 11 letters and digits, or a number such as +48500000000,",
    ),
]
NotNegative = Annotated[Decimal, Field(ge=0)]


def _is_a_kind(name: str) -> str:
    if name not in list(Kind):
        raise ValueError(f"there is no kind '{name}'; there are: {', '.join(Kind)}")
    return name


KindName = Annotated[str, AfterValidator(_is_a_kind)]


class Part(BaseModel):
    """A part of a bundle: frozen, and no field that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class SmsSender(Part):
    """Who an SMS comes from in a country."""

    sender: Sender = Field(description="alphanumeric (at most 11, one way) or E.164 number", max_length=16)
    two_way: bool = Field(False, description="a reply reaches us: only then may a text offer STOP")

    @model_validator(mode="after")
    def _can_be_replied_to(self) -> Self:
        if self.two_way and not self.sender.startswith("+"):
            raise ValueError("nobody can reply to a name: two_way needs a number")
        return self


class EmailSender(Part):
    address: Address
    name: str = Field(max_length=60)
    reply_to: Address | Literal[""] = ""


class ContactLines(Part):
    """How a customer reaches the shop."""

    phone: str = Field(max_length=16, description="as it is dialled and printed, e.g. 220000000")
    email: Address
    hours: str = Field("", description="when the shop answers, in its default language")
    hours_in: dict[Language, str] = Field({}, description="the same in other languages; not said in one without it")


class Window(Part):
    """A waking window on the recipient's clock."""

    opens: time = time(8)
    closes: time = time(20)
    sundays: bool = Field(False, description="messages on Sundays too")
    holidays: bool = Field(False, description="messages on public holidays of the delivery country too")

    @model_validator(mode="after")
    def _wakes_nobody(self) -> Self:
        if self.opens.tzinfo or self.closes.tzinfo or not DAYBREAK <= self.opens < self.closes <= NIGHTFALL:
            raise ValueError(f"opens before it closes, between {DAYBREAK:%H:%M} and {NIGHTFALL:%H:%M}")
        return self


class KindRule(Part):
    """What a shop changes in a row of the message table. None: as in the table."""

    enabled: bool | None = None
    channels: tuple[ChannelName, ...] | None = Field(None, description="channels to use; () is off")
    preferred: bool | None = Field(None, description="one channel by the recipient's preference instead of all")
    delay_minutes: int | None = Field(None, ge=0)
    max_age_hours: int | None = Field(None, ge=1)
    merge_minutes: int | None = Field(None, ge=0)


class Segment(Part):
    """What is different for a group of customers (wholesale, loyal)."""

    kinds: dict[KindName, KindRule] = {}


class Service(Part):
    """A courier's service as this shop uses it."""

    courier: str
    service: str = Field("", description="'' is any service of the courier")
    storage_hours: int | None = Field(None, ge=1, description="how long a point keeps a parcel, if no scan says it")
    tells: tuple[KindName, ...] | None = Field(None, description="kinds that the courier texts itself; None: our table")
    polled: bool = Field(True, description="its feed is polled (alive for 6 h) or pushed (24 h)")


class Caps(Part):
    sms_per_day: int = Field(4, ge=0)
    messages_per_day: int = Field(8, ge=0)
    sms_spend_per_day: NotNegative | None = Field(None, description="on one recipient; past it, e-mail takes over")


class AgeGates(Part):
    """How late the log may have learned of something that is still told, in hours."""

    contract_hours: int = Field(168, ge=0)
    service_hours: int = Field(24, ge=0)
    present_hours: int = Field(48, ge=0, description="delivered, ready_for_pickup")


class Price(Part):
    """What a segment of an SMS costs in a country."""

    country: Country
    per_segment: NotNegative
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Prices(Part):
    as_of: date
    invented: bool = Field(False, description="true for a demo's prices")
    sms: tuple[Price, ...] = ()


class AlertTo(Part):
    """Where the shop itself is told of trouble."""

    email: Address
    language: Language = "pl"


class Bundle(Part):
    """`shop.yaml`. Times of day are on the recipient's clock."""

    shop: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,32}$")]
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z._-]{1,32}$")]
    name: str = Field(max_length=12, description="begins every SMS; GSM-7 for pl and en")
    names: dict[Language, Annotated[str, Field(max_length=12)]] = Field({}, description="name by language, else `name`")
    legal_name: str = ""
    zone: str = "Europe/Warsaw"
    country: Country = "PL"
    languages: tuple[Language, ...] = ("pl", "uk", "en")
    default_language: Language = "pl"
    host: Host = Field(max_length=12, description="short host of the shop's links, e.g. sowa.example")
    hosts: tuple[Host, ...] = Field((), description="further hosts of the shop that its texts may link to")
    color: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#1f4e79"
    contact: ContactLines
    sms: dict[Country, SmsSender] = Field({}, description="by country of the phone; a country not named gets no SMS")
    email: EmailSender
    alerts: AlertTo
    window: Window = Window()
    holds_feedback_basis: bool = Field(False, description="a legal basis for asking how it was is recorded")
    returns_days: int | None = Field(None, ge=0)
    services: tuple[Service, ...] = ()
    kinds: dict[KindName, KindRule] = {}
    segments: dict[str, Segment] = {}
    caps: Caps = Caps()
    age_gates: AgeGates = AgeGates()
    daily_sms_budget: NotNegative | None = Field(
        None,
        description="of the whole shop, in its prices' currency and a day of its zone; past it, e-mail takes over",
    )
    prices: Prices | None = None
    webhooks: Webhooks | None = Field(
        None, description="how its platform's webhooks are read; None: by the presets alone"
    )
    texts: dict[str, str] = Field({}, description="filled from `texts/`: '<kind>.<channel>.<language>' -> template")

    @model_validator(mode="after")
    def _budget_is_one_sum(self) -> Self:
        currencies = {price.currency for price in self.prices.sms} if self.prices else set()
        if self.daily_sms_budget is not None and len(currencies) > 1:
            raise ValueError(f"daily_sms_budget needs all prices in one currency, not {', '.join(sorted(currencies))}")
        return self
