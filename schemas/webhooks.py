"""How a shop's webhooks are read, as data in its bundle: where its platform and plug-ins put what Awizo must know.

A path goes down by names with points between. `{name}` after a list means the value of its entry of that `key` or
`name`: `meta_data{_parcel_machine_id}`. What a preset knows is added behind what the shop says itself.
"""

from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

PlatformName = Literal["shopify", "woocommerce"]
Path = Annotated[str, Field(pattern=r"^[\w@-]+(\{[^{}]+\})?(\.[\w@-]+(\{[^{}]+\})?)*$", max_length=200)]
Courier = Annotated[str, Field(pattern=r"^[a-z0-9_:-]{2,48}$")]
Service = Annotated[str, Field(pattern=r"^[a-z0-9_:-]{2,48}/[\w.-]{1,64}$")]
Word = Literal["", "confirmed", "in_preparation", "packed", "on_hold", "cancelled", "completed", "expired"]


class Unread(NamedTuple):
    """A part of a webhook of which no event could be made: why, where, and the part itself. Its siblings go on."""

    reason: str
    place: str
    original: bytes


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class ParcelPaths(_Part):
    """Where an order names its parcels. Paths but `each` begin at one parcel."""

    each: Path | None = Field(
        None, description="a list of parcels, or numbers as the keys of an object; else one parcel"
    )
    number: Path = Field(description="the tracking number; @key: the key that the parcel stands under")
    courier: tuple[Path, ...] = Field((), description="the carrier's title; the first that has a text")
    courier_of_order: tuple[Path, ...] = Field((), description="the same, but beginning at the order")
    always: Courier | None = Field(None, description="the courier of every parcel here")
    point_of_order: tuple[Path, ...] = Field((), description="the pickup point that the customer chose, in the order")
    point_service: str = Field("", description="the courier's service if a point was chosen: inpost_locker_standard")
    shipped_at: Path | None = Field(None, description="when it was shipped: seconds since 1970, or a time")
    only_if: Path | None = Field(None, description="a parcel where this is false, or absent, is not shipped yet")
    gone_if: Path | None = Field(None, description="a parcel where this has a value was taken back")


class Reading(_Part):
    """What a shop, or a preset, says about its webhooks."""

    parcels: tuple[ParcelPaths, ...] = ()
    locale: tuple[Path, ...] = Field((), description="the order's language")
    gift: tuple[Path, ...] = Field((), description="true, yes or 1 here: goods are not named")
    cod: tuple[str, ...] = Field((), description="names of the ways to pay that are cash on delivery")
    couriers: dict[str, Courier] = Field({}, description="the carrier's title, case and spaces aside -> our courier")
    services: dict[str, Service] = Field({}, description="the way of delivery by title or id -> courier/its service")
    statuses: dict[str, Word] = Field({}, description="a status of the shop's own -> what happened to the order")


class Webhooks(Reading):
    """The bundle's `webhooks`."""

    platform: PlatformName
    domain: str = Field("", description="Shopify: the shop's .myshopify.com domain; posts of another are refused")
    presets: tuple[str, ...] = Field((), description="plug-ins in use, by the name of their preset")
    recognise: bool = Field(False, description="a parcel without a carrier's title: take its courier if only one fits")
    consignee: bool = Field(False, description="whom the parcel goes to, by another phone, hears of it too")
