"""A recipient on the page: the phone and the mailbox as they would look, and what was not said."""

from dataclasses import dataclass

from pipelines.report.clock import Clock
from pipelines.report.index import Index, OfShop
from pipelines.report.rows import MessageRow
from pipelines.report.views import (
    Days,
    DecisionView,
    MessageView,
    anchor,
    by_day,
    decision_view,
    message_view,
    person_name,
    tone_of_verdicts,
)
from schemas.messages import Channel

LANGUAGES = {"pl": "Polish", "uk": "Ukrainian", "en": "English"}

SEEN = ("sent", "doubt", "composed")
"""What lies in a phone or a mailbox: what a provider took or may have taken, or, where nothing was delivered in the
run, what was composed."""


@dataclass(frozen=True)
class PersonPage:
    """A recipient of one shop."""

    anchor: str
    shop: str
    name: str
    zone: str
    phone: str
    email: str
    language: str
    sms: Days[MessageView]
    mails: list[MessageView]
    silences: list[DecisionView]
    orders: list[tuple[str, str]]  # anchor, name
    seen: int
    find: str


def person_pages(index: Index) -> list[PersonPage]:
    return [person_page(key, index) for key in sorted(index.people)]


def person_page(key: OfShop, index: Index) -> PersonPage:
    messages, clock = index.written_to.get(key, []), index.clock_of_person(key)
    seen = [view for view in (message_view(message, index, clock) for message in messages) if view.tone in SEEN]
    mails = [view for view in seen if view.row.channel == Channel.EMAIL]
    sms = [view for view in seen if view.row.channel == Channel.SMS]
    orders = [(anchor("order", (key[0], order)), _order_name(key[0], order, index)) for order in index.people[key]]
    phone, email = last_address(messages, Channel.SMS), last_address(messages, Channel.EMAIL)
    return PersonPage(
        anchor=anchor("person", key),
        shop=key[0],
        name=person_name(key[1]),
        zone=clock.zone,
        phone=phone,
        email=email,
        language=_language(messages),
        sms=by_day(sms),
        mails=mails,
        silences=_silences(key, index, clock),
        orders=orders,
        seen=len(seen),
        find=" ".join([*key, phone, email, *(name for _, name in orders)]).lower(),
    )


def last_address(messages: list[MessageRow], channel: str) -> str:
    return next((message.to for message in reversed(messages) if message.channel == channel), "")


def _language(messages: list[MessageRow]) -> str:
    return LANGUAGES.get(messages[-1].locale, messages[-1].locale) if messages else ""


def _silences(key: OfShop, index: Index, clock: Clock) -> list[DecisionView]:
    """What the recipient was not told."""
    of_orders = (decision for order in index.people[key] for decision in index.decisions.get((key[0], order), []))
    own = sorted((decision for decision in of_orders if decision.recipient == key[1]), key=lambda row: row.at)
    return [decision_view(decision, [], index, clock) for decision in own if tone_of_verdicts(decision) == "silent"]


def _order_name(shop: str, order: str, index: Index) -> str:
    row = index.orders.get((shop, order))
    return row.name if row else order
