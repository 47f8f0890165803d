"""Customers: how to reach them, what they wish, and what providers say of messages to them."""

from msgspec import Struct

from schemas.times import Millis


class Consent(Struct, frozen=True, array_like=True):
    """A consent as data. `channel` "" means every channel."""

    cls: str  # contract | service | feedback | marketing
    channel: str = ""
    given: bool = True
    given_at: Millis = 0
    source: str = ""
    text_version: str = ""


class Contact(Struct, frozen=True, array_like=True, tag="contact"):
    """Normalize to Plan: how a recipient of an order can be reached. An address that was given but cannot be one is
    "" with its `bad_` flag. Phones are E.164, e-mails normalised."""

    shop: str
    recipient: str
    order: str
    occurred_at: Millis
    role: str = "buyer"
    locale: str = ""
    email: str = ""
    phone: str = ""
    bad_email: bool = False
    bad_phone: bool = False
    zone: str = ""  # the recipient's own, if the shop knows
    prefers: tuple[str, ...] = ()  # channels in order of preference
    consents: tuple[Consent, ...] = ()
    country: str = ""  # of delivery


class CustomerFact(Struct, frozen=True, array_like=True, tag="customer"):
    """Normalize to Plan: a customer said or changed something. `happened`: changed | opted_out | opted_in | erased |
    replied | feedback. None (or empty) changes nothing."""

    shop: str
    recipient: str
    happened: str
    occurred_at: Millis
    email: str | None = None
    phone: str | None = None
    bad_email: bool = False
    bad_phone: bool = False
    locale: str = ""
    zone: str = ""
    prefers: tuple[str, ...] | None = None
    window: tuple[int, int] | None = None  # waking hours in minutes of the local day
    kinds: tuple[tuple[str, tuple[str, ...]], ...] = ()  # kind -> channels; () of channels = off
    consents: tuple[Consent, ...] = ()
    channel: str = ""  # opted_out / opted_in: "" = every channel
    cls: str = ""  # opted_out / opted_in: "" = every class that can be left
    pause_order: str = ""
    resume_order: str = ""
    mark: int = 0  # feedback, 1..5
    order: str = ""  # feedback, replied
    words: str = ""  # replied
    as_usual: tuple[str, ...] = ()  # wishes taken back: kinds, "window", "locale"


class Wishes(Struct, frozen=True, array_like=True):
    """What a customer wishes, as their own page shows it. Empty is: as the shop does."""

    kinds: dict[str, tuple[str, ...]] = {}  # kind -> channels; () is off
    window: tuple[int, int] | None = None  # waking hours in minutes of the local day
    locale: str = ""
    left: frozenset[str] = frozenset()  # "channel/class"
    paused: frozenset[str] = frozenset()  # orders


NO_WISHES = Wishes()


class Receipt(Struct, frozen=True, array_like=True, tag="receipt"):
    """Normalize to Plan: what a provider said about a message, resolved at the door. `said`: delivered | undelivered
    | failed | opted_out. `final`: it will not be delivered on this channel."""

    shop: str
    recipient: str
    order: str
    kind: str
    channel: str
    said: str
    occurred_at: Millis
    code: str = ""
    final: bool = True
    subject: str = ""  # parcel key or ""; with `occurrence` names the slot, else the newest of the kind
    occurrence: str = ""
