"""What a text may speak of: a closed list of variables, made from a notice, already in the words of the language.

An empty string, None or False means that it is not known (or not this reader's business): a text asks first. Each
field's annotation says what it holds; `templates/README.md` shows them as a table, and a test keeps the two equal.
"""

from dataclasses import dataclass
from typing import Annotated, get_type_hints


@dataclass(frozen=True, slots=True)
class Parcel:
    """One line of a list of parcels."""

    courier: Annotated[str, "the courier's name, never inflected"]
    tracking: Annotated[str, "the tracking number"]
    eta: Annotated[str, "when it is planned to come"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a parcel waits."""

    name: Annotated[str, "what it is, whose, and its identifier: automat paczkowy DPD ABC12"]
    bare: Annotated[str, "that name without the courier"]
    title: Annotated[str, "its name in the courier's words, if that says more (e-mail only)"]
    address: Annotated[str, "street and town"]
    hours: Annotated[str, "opening hours: pn-pt 8:00-20:00"]
    locker: Annotated[bool, "a parcel locker: takes no cash, opens by a code that the courier gives"]


@dataclass(frozen=True, slots=True)
class CashOnDelivery:
    """What is due at the door or at the point."""

    sum: Annotated[str, "the sum; of several parcels each with the end of its number"]
    plus_delivery: Annotated[bool, "the sum is for the goods; the courier adds the delivery by its tariff"]
    methods: Annotated[str, "how it can be paid, if the courier said"]
    several: Annotated[bool, "the message speaks of several parcels, or of several sums"]


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One trouble that the shop is told of."""

    what: Annotated[str, "the trouble"]
    order: Annotated[str, "the order's number"]
    parcel: Annotated[str, "courier and number, if it is of a parcel"]
    detail: Annotated[str, "a status, a reason or a mark in words"]
    at: Annotated[str, "date and time"]


@dataclass(frozen=True, slots=True)
class Variables:
    """Everything that a text may use."""

    shop: Annotated[str, "the shop's name in this language"]
    order: Annotated[str, "the order's number (SMS: at most its last 12 characters)"]
    buyer: Annotated[bool, "the reader is the buyer; others are told no prices"]
    part: Annotated[str, "' (2 z 3 paczek)', ' (3 paczki)', or '' for an order of one parcel; begins with its space"]
    tally: Annotated[str, "of an order of several parcels, how many are delivered by now: 2 z 3 paczek"]
    several: Annotated[bool, "the message speaks of more than one parcel"]
    parcels: Annotated[tuple[Parcel, ...], "the parcels that the message speaks of"]
    courier: Annotated[str, "the courier of these parcels"]
    tracking: Annotated[str, "the tracking number; '' when there are several parcels"]
    status: Annotated[str, "the status of the first of these parcels, a word of `schemas.status`"]
    reason: Annotated[str, "the reason of that status, a word of `schemas.status`"]
    why: Annotated[str, "the reason in words, if the courier gave one that is told: nikogo nie zastano"]
    how: Annotated[str, "delivered how: ', u sąsiada'; begins with its comma"]
    collected: Annotated[bool, "the parcel was collected from a locker or a point"]
    day: Annotated[str, "the day on which the present status began: 24.10"]
    moment: Annotated[str, "that day and the time: 24.10 o 14:32"]
    heard: Annotated[str, "the day of the newest scan"]
    attempt: Annotated[int, "which attempt at delivery it was"]
    eta: Annotated[str, "when it is planned to come; '' if unknown, past, or different among the parcels"]
    eta_hours: Annotated[str, "only the hours of that plan: 14:00-16:00"]
    later: Annotated[bool, "it is planned to come after today"]
    next_attempt: Annotated[str, "the day of the next attempt"]
    dispatch_by: Annotated[str, "the day by which the shop promised to dispatch"]
    point: Annotated[Place | None, "where the parcel waits"]
    deadline: Annotated[str, "until when it waits: 26.10, 18:00"]
    deadline_sure: Annotated[bool, "the courier gave the deadline; else it is reckoned from the service's usual time"]
    cod: Annotated[CashOnDelivery | None, "cash on delivery that is due"]
    total: Annotated[str, "the order's value, for the buyer"]
    refund: Annotated[str, "the sum refunded, for the buyer"]
    in_part: Annotated[bool, "the refund is of a part of the order"]
    confirmed: Annotated[bool, "the message that the order was received also says that it is confirmed"]
    link: Annotated[str, "the order's page at the shop's host"]
    feedback_link: Annotated[str, "the page that asks how it was"]
    phone: Annotated[str, "the shop's phone"]
    email: Annotated[str, "the shop's e-mail for customers"]
    hours: Annotated[str, "when the shop answers; '' if that is not written in this language"]
    returns_days: Annotated[int, "how many days a return is taken; 0 if the shop did not say"]
    two_way: Annotated[bool, "a reply to this SMS reaches the shop: only then may a text offer STOP"]
    room: Annotated[bool, "the SMS has room for a sentence that is only good to have"]
    tight: Annotated[bool, "the SMS is too long even without address, courier, number and phone: say it shortest"]
    alerts: Annotated[tuple[AlertLine, ...], "troubles (shop_alert only)"]


STRUCTURES: tuple[type, ...] = (Variables, Parcel, Place, CashOnDelivery, AlertLine)
"""The variables, then what their parts are made of."""


def meanings(structure: type) -> dict[str, str]:
    """Name -> meaning of each variable of a structure, in order."""
    return {name: hint.__metadata__[0] for name, hint in get_type_hints(structure, include_extras=True).items()}


def as_context(variables: Variables) -> dict[str, object]:
    """The variables as a template's context."""
    return {name: getattr(variables, name) for name in Variables.__slots__}
