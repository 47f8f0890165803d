"""From events to facts about people: who they are, how they are reached, what they wish. Only Plan takes these."""

from collections.abc import Iterable
from datetime import time
from re import compile as pattern

from msgspec.structs import replace

from pipelines.rules.addresses import NONE, email_of, phone_of, recipient_id
from pipelines.rules.book import Book, occurred
from schemas.customers import Consent, Contact, CustomerFact, Receipt
from schemas.envelope import Event
from schemas.errors import BadEvent
from schemas.event_parts import ConsentGiven, Who
from schemas.events import (
    CustomerChanged,
    CustomerOpted,
    CustomerReplied,
    FeedbackGiven,
    OfCustomer,
    OrderChanged,
    OrderPlaced,
    OrderRecipient,
    ReceiptReceived,
)
from schemas.orders import Role
from schemas.times import Millis, to_millis

TOLD = 300
"""Characters of a customer's answer that the shop is told."""

NO_ORDER = "-"
"""In the place of an order, where a customer who answers has none that we know."""

RECIPIENT = pattern(r"[\w.@-]{1,64}")
"""A recipient id as decisions show it."""


def language(locale: str) -> str:
    """The language of a locale: uk of uk-UA."""
    return locale.replace("_", "-").partition("-")[0].lower()


def roles(data: OrderPlaced | OrderChanged, book: Book, locale: str) -> tuple[Role, ...] | None:
    """The recipients in the order given; one who stands there twice counts as the first."""
    if data.recipients is None:
        return None
    roles: dict[str, Role] = {}
    for who in data.recipients:
        recipient = whom(who, data.shop, book, data.country or "")
        roles.setdefault(recipient, Role(recipient, who.role, language(who.locale or locale)))
    return tuple(roles.values())


def contacts(event: Event, book: Book) -> Iterable[Contact]:
    """How each recipient of the order can be reached; two entries of one person are one contact."""
    data = event.data
    if not isinstance(data, OrderPlaced | OrderChanged) or data.recipients is None:
        return ()
    locale = data.locale if isinstance(data, OrderPlaced) else ""
    found: dict[str, Contact] = {}
    for who in data.recipients:
        contact = _contact(event, data, who, locale, book)
        found[contact.recipient] = _joined(found.get(contact.recipient), contact)
    return found.values()


def _contact(event: Event, data: OrderPlaced | OrderChanged, who: OrderRecipient, locale: str, book: Book) -> Contact:
    country = data.country or ""
    phone, email = phone_of(who.phone, country or book.homes[data.shop].country), email_of(who.email)
    at = occurred(event)
    return Contact(
        data.shop,
        whom(who, data.shop, book, country),
        data.order,
        at,
        role=who.role,
        locale=language(who.locale or locale),
        email=email.value,
        phone=phone.value,
        bad_email=email.bad,
        bad_phone=phone.bad,
        zone=who.zone or "",
        prefers=tuple(map(str, who.prefers)),
        consents=_consents(who.consents, at),
        country=country,
    )


def _joined(first: Contact | None, second: Contact) -> Contact:
    if first is None:
        return second
    return replace(first, email=first.email or second.email, phone=first.phone or second.phone)


def _consents(given: Iterable[ConsentGiven], at: Millis) -> tuple[Consent, ...]:
    return tuple(
        Consent(
            str(consent.cls),
            str(consent.channel or ""),
            consent.given,
            at if consent.given_at is None else to_millis(consent.given_at),
            consent.source,
            consent.text_version,
        )
        for consent in given
    )


def whom(who: Who, shop: str, book: Book, country: str = "") -> str:
    """The recipient id of a customer of the shop."""
    if who.recipient:
        return checked_recipient(who.recipient, "data.who.recipient")
    return recipient_id(book.key, who.customer, who.phone, who.email, country or book.homes[shop].country)


def checked_recipient(recipient: str, place: str) -> str:
    """The id itself. Raises BadEvent for what cannot be one."""
    if not RECIPIENT.fullmatch(recipient):
        raise BadEvent("not an id of a recipient, as decisions show it", place)
    return recipient


def customer_fact(event: Event, book: Book) -> CustomerFact:
    """What Plan takes of a customer's event."""
    data = event.data
    assert isinstance(data, OfCustomer)
    happened = "feedback" if isinstance(data, FeedbackGiven) else event.happened
    fact = CustomerFact(data.shop, whom(data.who, data.shop, book), happened, occurred(event))
    if isinstance(data, CustomerChanged):
        return replace(fact, **_addresses(data, book), **_wishes(data, fact.occurred_at))
    if isinstance(data, CustomerOpted):
        return replace(fact, channel=str(data.channel or ""), cls=str(data.cls or ""))
    if isinstance(data, FeedbackGiven):
        return replace(fact, mark=data.mark, order=data.order)
    if isinstance(data, CustomerReplied):
        return replace(fact, order=data.order or NO_ORDER, words=data.words[:TOLD])
    return fact


def _addresses(data: CustomerChanged, book: Book) -> dict[str, object]:
    """None changes nothing, "" removes."""
    email = NONE if data.email is None else email_of(data.email)
    phone = NONE if data.phone is None else phone_of(data.phone, book.homes[data.shop].country)
    return {
        "email": None if data.email is None else email.value,
        "phone": None if data.phone is None else phone.value,
        "bad_email": email.bad,
        "bad_phone": phone.bad,
    }


def _wishes(data: CustomerChanged, at: Millis) -> dict[str, object]:
    window = data.window
    return {
        "locale": language(data.locale or ""),
        "zone": data.zone or "",
        "prefers": None if data.prefers is None else tuple(map(str, data.prefers)),
        "window": None if window is None else (_minutes(window.opens), _minutes(window.closes)),
        "kinds": tuple(sorted((str(kind), tuple(map(str, channels))) for kind, channels in data.kinds.items())),
        "consents": _consents(data.consents, at),
        "pause_order": data.pause_order,
        "resume_order": data.resume_order,
        "as_usual": tuple(map(str, data.as_usual)),
    }


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def receipt(event: Event) -> Receipt:
    """What Plan takes of a provider's word about a message."""
    data = event.data
    assert isinstance(data, ReceiptReceived)
    return Receipt(
        data.shop,
        checked_recipient(data.recipient, "data.recipient"),
        data.order,
        str(data.kind),
        str(data.channel),
        data.said,
        occurred(event),
        data.code,
        data.final,
        data.subject,
        data.occurrence,
    )
