"""The rows of a run's files: one JSON object a line, fields in the order in which they stand here.

Times are ISO 8601 in UTC with milliseconds, or null where there is none; money is a decimal in a string. A reader
ignores fields that it does not know, and a missing one has its default: yesterday's files are read today.
"""

from decimal import Decimal
from typing import Any

from msgspec import Struct

Iso = str
"""A moment: `2026-10-24T06:10:00.000Z`."""


class SlotRow(Struct, frozen=True):
    """A could-have-been message."""

    subject: str
    kind: str
    occurrence: str


class MessageRow(Struct, frozen=True, rename={"cls": "class"}):
    """What was composed. `otherwise` is what goes out instead when the provider refuses the address; `wanted` the
    reader's language, where the words are in another."""

    at: Iso
    shop: str
    recipient: str
    order: str
    kind: str
    channel: str
    generation: int
    slots: tuple[SlotRow, ...]
    cls: str
    priority: int
    locale: str
    bundle: str
    valid_until: Iso | None
    intervals: tuple[tuple[Iso | None, Iso | None], ...]
    to: str
    country: str
    sender: str
    sender_name: str = ""
    reply_to: str = ""
    text: str = ""
    subject: str = ""
    html: str = ""
    unsubscribe: str = ""
    encoding: str = ""
    segments: int = 0
    cost: Decimal = Decimal(0)
    currency: str = ""
    cause: str = ""
    on_unknown: str = ""
    otherwise: "MessageRow | None" = None
    wanted: str = ""


class DecisionRow(Struct, frozen=True):
    """The last word on a slot; `verdicts` by channel."""

    at: Iso
    shop: str
    recipient: str
    order: str
    kind: str
    subject: str
    occurrence: str
    verdicts: dict[str, str]
    why: tuple[str, ...] = ()
    held_until: Iso | None = None
    by: str = ""
    occurred_at: Iso | None = None
    recorded_at: Iso | None = None
    bundle: str = ""
    zone: str = ""


class ScanRow(Struct, frozen=True):
    """A scan: what the courier said in its own words, what we read in it, and what became of it."""

    occurred_at: Iso | None
    status: str
    reason: str = ""
    notice: str = ""
    applied: bool = False
    occurrence: str = ""
    name: str = ""
    flags: tuple[str, ...] = ()
    recorded_at: Iso | None = None
    raw_code: str = ""
    raw_text: str = ""
    source: str = ""
    via: str = ""
    zone: str = ""


class ParcelRow(Struct, frozen=True):
    """A parcel at the end of the run. `history` is the folded line of scans; `apart` are scans that are no part of
    it (of another ship window, or of a parcel that no shop asked about)."""

    courier: str
    number: str
    at: Iso | None = None
    status: str = "unknown"
    reason: str = ""
    since: Iso | None = None
    subscribers: tuple[str, ...] = ()
    history: tuple[ScanRow, ...] = ()
    apart: tuple[ScanRow, ...] = ()
    facts: dict[str, Any] = {}
    contradictions: int = 0
    illegal: int = 0
    unmapped: int = 0

    @property
    def key(self) -> str:
        """The parcel as slots name it: `courier/number`."""
        return f"{self.courier}/{self.number}"

    @property
    def scans(self) -> tuple[ScanRow, ...]:
        """Every scan that was kept."""
        return self.history + self.apart


class RoleRow(Struct, frozen=True):
    """A recipient of an order."""

    recipient: str
    role: str = "buyer"
    locale: str = ""


class OfOrderRow(Struct, frozen=True):
    """A parcel as its order sees it."""

    courier: str
    number: str
    status: str
    reason: str = ""
    direction: str = "outbound"
    service: str = ""
    since: Iso | None = None


class OrderRow(Struct, frozen=True):
    """An order at the end of the run. `order` is the shop's id, `number` what the customer knows."""

    shop: str
    order: str
    number: str = ""
    at: Iso | None = None
    placed_at: Iso | None = None
    lifecycle: str = ""
    payment: str = ""
    shipping: str = ""
    country: str = ""
    segment: str = ""
    gift: bool = False
    test: bool = False
    expected: int = 0
    total: dict[str, Any] | None = None
    refunded: dict[str, Any] | None = None
    dispatch_by: Iso | None = None
    promised: dict[str, Any] | None = None
    recipients: tuple[RoleRow, ...] = ()
    parcels: tuple[OfOrderRow, ...] = ()

    @property
    def name(self) -> str:
        """The order as one speaks of it."""
        return self.number or self.order


class OutcomeRow(Struct, frozen=True):
    """What became of a message."""

    at: Iso
    shop: str
    recipient: str
    order: str
    kind: str
    channel: str
    generation: int
    slots: tuple[SlotRow, ...]
    state: str
    reason: str = ""
    attempts: int = 0
    provider: str = ""
    provider_id: str = ""
    segments: int = 0
    cost: Decimal = Decimal(0)
    currency: str = ""
    country: str = ""
    key: str = ""


class DeadLetterRow(Struct, frozen=True):
    """What could not be used, whole: `original` as text, or as base64 where it is none."""

    at: Iso | None
    stage: str
    reason: str
    place: str
    source: str = ""
    id: str = ""
    encoding: str = "text"
    original: str = ""
