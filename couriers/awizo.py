"""Awizo's own canonical payload: scans already in our words, for a shop or a courier that can speak them.

One scan, a list of scans, or {"scans": [...]}; each is checked strictly and fails alone. It has every field of Scan
and of its facts, by the same names; moments are RFC 3339 with an offset, sums are decimal strings. Only courier,
number, occurred_at and status are needed.
"""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from couriers.courier import Courier, Item, Shape, each
from couriers.fields import ALL_MONEY, rows
from schemas.errors import BadInput
from schemas.parcels import Cod, Eta, Facts, Malformed, Point, Scan, Successor
from schemas.status import REASONS, Action, Notice, Status
from schemas.times import Millis, is_of_our_time, to_millis

When = Annotated[datetime, Meta(tz=True)]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{1,31}$")]
Number = Annotated[str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z/._-]{3,49}$")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, Meta(pattern=r"^([A-Z]{2})?$")]
Minute = Annotated[int, Meta(ge=0, le=1440)]
Weekday = Annotated[int, Meta(ge=0, le=6)]
Short = Annotated[str, Meta(max_length=500)]


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    """Refuses fields that it does not have."""


class _Point(_Part, frozen=True):
    id: Short = ""
    name: Short = ""
    kind: Literal["", "locker", "branch", "shop"] = ""
    address: Short = ""
    hours: tuple[tuple[Weekday, Minute, Minute], ...] = ()


class _Eta(_Part, frozen=True):
    at: When
    until: When | None = None
    day_only: bool = False


class _Cod(_Part, frozen=True):
    currency: Currency
    total: Decimal | None = None
    goods: Decimal | None = None
    delivery: Decimal | None = None
    fee: Decimal | None = None
    state: Literal["none", "due", "collected", "refused", "transferred", "paid_out"] = "due"
    methods: tuple[Literal["cash", "card", "blik", "app", "link"], ...] = ()
    source: Short = ""


class _Successor(_Part, frozen=True):
    courier: Name
    number: Number
    kind: Literal["partner", "relabel", "return"]


class _Facts(_Part, frozen=True):
    eta: _Eta | None = None
    deadline: When | None = None
    deadline_source: Literal["", "carrier", "service_default"] = ""
    point: _Point | None = None
    cod: _Cod | None = None
    place: Short = ""
    country: Country = ""
    proof: Literal["", "signed", "photo", "pin"] = ""
    next_attempt: _Eta | None = None
    successor: _Successor | None = None
    redirect: Short = ""


class _Scan(_Part, frozen=True):
    courier: Name
    number: Number
    occurred_at: When
    status: Status
    raw_code: Short = ""  # the status, if the courier's code is not known
    source: Name = "awizo"
    via: Literal["", "push", "answer", "shop", "aggregator"] = ""  # as the payload came, if it does not say
    zone: Literal["carrier", "assumed_local", "assumed_utc"] = "carrier"
    reason: Short = ""
    notice: Short = ""
    informational: bool = False
    action: Action = Action.NONE
    leg: Literal["outbound", "return"] = "outbound"
    retracts: Short = ""  # previous | self | an event_id
    event_id: Short = ""
    raw_text: Short = ""
    flags: tuple[Short, ...] = ()
    facts: _Facts = _Facts()


_NOTICES = frozenset(Notice)
_QUOTED = re.compile(r"'[^']*'")


def scans(payload: Any) -> list[Item | Malformed]:
    """The scans of a payload."""
    if isinstance(payload, list):
        return each(payload, "")
    return each(rows(payload, "scans"), "scans") if "scans" in payload else [Item("", payload)]


def scan(item: Item, via: str) -> Scan:
    """One scan, checked."""
    try:
        read = msgspec.convert(item.record, _Scan)
    except (msgspec.ValidationError, OverflowError) as error:
        raise _problem(str(error)) from None
    _check(read)
    return Scan(
        read.courier,
        read.number,
        _millis(read.occurred_at, "occurred_at"),
        read.status.value,
        read.raw_code or read.status.value,
        read.source,
        read.via or via,
        read.zone,
        read.reason,
        read.notice,
        read.informational,
        read.action.value,
        read.leg,
        read.retracts,
        read.event_id,
        read.raw_text,
        read.flags,
        _facts(read.facts),
    )


def _check(read: _Scan) -> None:
    if read.reason and read.reason not in REASONS:
        raise BadInput("no reason of schemas.status.REASONS", "reason")
    if read.notice and read.notice not in _NOTICES:
        raise BadInput("no notice of schemas.status.Notice", "notice")


def _cod(read: _Cod) -> Cod:
    sums = (read.total, read.goods, read.delivery, read.fee)
    if any(sum_ is not None and not (sum_.is_finite() and 0 <= sum_ < ALL_MONEY) for sum_ in sums):
        raise BadInput("a decimal sum was expected", "facts.cod")
    return Cod(*msgspec.structs.astuple(read))


def _facts(read: _Facts) -> Facts:
    return Facts(
        _eta(read.eta, "facts.eta"),
        _millis(read.deadline, "facts.deadline") if read.deadline else None,
        read.deadline_source or ("carrier" if read.deadline else ""),
        Point(*msgspec.structs.astuple(read.point)) if read.point else None,
        _cod(read.cod) if read.cod else None,
        read.place,
        read.country,
        read.proof,
        _eta(read.next_attempt, "facts.next_attempt"),
        Successor(*msgspec.structs.astuple(read.successor)) if read.successor else None,
        read.redirect,
    )


def _eta(read: _Eta | None, place: str) -> Eta | None:
    if read is None:
        return None
    until = _millis(read.until, f"{place}.until") if read.until else None
    return Eta(_millis(read.at, f"{place}.at"), until, read.day_only)


def _millis(moment: datetime, place: str) -> Millis:
    if not is_of_our_time(moment):
        raise BadInput("a time between 2000 and 2100 was expected", place)
    return to_millis(moment)


def _problem(said: str) -> BadInput:
    """msgspec's words without the value that it found."""
    reason, _, place = said.partition(" - at `$")
    return BadInput(_QUOTED.sub("found", reason), place.strip("`.") if place else "")


def _is_ours(payload: Any) -> bool:
    return isinstance(payload, list) or (isinstance(payload, dict) and ("scans" in payload or "number" in payload))


AWIZO = Courier("awizo", (Shape("canonical scans", _is_ours, scans, scan),))
