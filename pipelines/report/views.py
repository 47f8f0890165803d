"""What the page shows of scans, parcels, messages and decisions, as plain data for its template."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol, TypeVar

from pipelines.report.clock import Clock
from pipelines.report.fates import IN_DOUBT, REACHED, identity
from pipelines.report.index import Index, OfShop
from pipelines.report.rows import DecisionRow, MessageRow, OutcomeRow, ParcelRow, ScanRow
from pipelines.report.sentences import decision_sentences, outcome_sentence, scan_marks, scan_sentence
from pipelines.report.words import OPEN_FLAGS, kind_words, plain, status_words
from pipelines.rules.ledger import State
from schemas.messages import HANDED_OVER, HELD
from schemas.orders import SHOP_ITSELF
from schemas.status import Status

UNTIMED = "No time given"

COURIERS: dict[str, str] = {
    "aftership": "AfterShip",
    "awizo": "Awizo",
    "dhl": "DHL",
    "dpd_pl": "DPD",
    "inpost": "InPost",
    "nova_poshta": "Nova Poshta",
}
"""How couriers write their names; others are shown by their id."""


class Dated(Protocol):
    """Anything that stands under a day."""

    @property
    def day(self) -> str: ...


View = TypeVar("View", bound=Dated)
Days = list[tuple[str, list[View]]]


@dataclass(frozen=True)
class ScanView:
    """One line of a parcel's scans."""

    day: str
    time: str
    words: str
    code: str
    text: str
    source: str
    marks: list[str]
    odd: bool  # kept, but no part of the parcel's way
    look: bool


@dataclass(frozen=True)
class ParcelView:
    """A parcel with its line of scans."""

    courier: str
    number: str
    status: str
    tone: str
    days: Days[ScanView]


@dataclass(frozen=True)
class MessageView:
    """A message and what became of it. `tone`: sent | doubt | failed | waiting | composed."""

    row: MessageRow
    kind: str
    day: str
    time: str
    tone: str
    fate: list[str]
    order: str
    anchor: str  # of its order


@dataclass(frozen=True)
class DecisionView:
    """A decision in words, with the messages that came of it. `tone`: said | silent | held."""

    day: str
    time: str
    tone: str
    sentences: list[str]
    recipient: str
    messages: list[MessageView]


def anchor(sort: str, key: OfShop) -> str:
    """The name of a place on the page; what may not stand in one is written by its code."""
    signs = (
        sign if sign.isascii() and (sign.isalnum() or sign in "-_") else f".{ord(sign):x}" for sign in "/".join(key)
    )
    return f"{sort}-{''.join(signs)}"


def courier_name(courier: str) -> str:
    return COURIERS.get(courier, plain(courier))


def person_name(recipient: str) -> str:
    return "the shop itself" if recipient == SHOP_ITSELF else recipient


def by_day(views: Iterable[View]) -> Days[View]:
    """Neighbours of one day together."""
    return [(day, list(group)) for day, group in groupby(views, key=lambda view: view.day)]


def parcel_view(parcel: ParcelRow, clock: Clock) -> ParcelView:
    apart = {scan.name for scan in parcel.apart}
    lines = sorted(parcel.scans, key=lambda scan: scan.occurred_at or "")
    scans = [scan_view(scan, parcel.courier, clock, scan.name in apart) for scan in lines]
    return ParcelView(
        courier_name(parcel.courier), parcel.number, status_words(parcel.status), parcel.status, by_day(scans)
    )


def scan_view(scan: ScanRow, courier: str, clock: Clock, apart: bool = False) -> ScanView:
    return ScanView(
        day=clock.day(scan.occurred_at) if scan.occurred_at else UNTIMED,
        time=clock.time(scan.occurred_at) if scan.occurred_at else "",
        words=scan_sentence(scan),
        code=scan.raw_code,
        text=scan.raw_text,
        source="" if scan.source in ("", courier) else f"by {courier_name(scan.source)}",
        marks=scan_marks(scan),
        odd=apart or not scan.applied or scan.status == Status.UNKNOWN,
        look=bool(OPEN_FLAGS & set(scan.flags)),
    )


def message_view(message: MessageRow, index: Index, clock: Clock) -> MessageView:
    """The message at the moment when the provider took it, else when it was handed over."""
    key = (message.shop, message.order)
    outcomes = index.outcomes.get(identity(message), [])
    moment = next((outcome.at for outcome in outcomes if outcome.state in REACHED), message.at)
    order = index.orders.get(key)
    return MessageView(
        row=message,
        kind=kind_words(message.kind),
        day=clock.day(moment),
        time=clock.time(moment),
        tone=tone_of(outcomes[-1].state if outcomes else ""),
        fate=[f"{clock.beside(row.at, message.at)} {outcome_sentence(row)}" for row in worth_telling(outcomes)],
        order=order.name if order else message.order,
        anchor=anchor("order", key),
    )


def tone_of(state: str) -> str:
    if state in REACHED:
        return "sent"
    if state in IN_DOUBT:
        return "doubt"
    if state in (State.NEW, State.DEFERRED):
        return "waiting"
    return "failed" if state else "composed"


def worth_telling(outcomes: list[OutcomeRow]) -> list[OutcomeRow]:
    """The outcomes without those that only say that a next one will come."""
    return [row for row in outcomes if row is outcomes[-1] or row.state not in (State.NEW, State.INTENT)]


def decision_view(decision: DecisionRow, messages: list[MessageRow], index: Index, clock: Clock) -> DecisionView:
    return DecisionView(
        day=clock.day(decision.at),
        time=clock.time(decision.at),
        tone=tone_of_verdicts(decision),
        sentences=decision_sentences(decision, clock),
        recipient=decision.recipient,
        messages=[message_view(message, index, clock) for message in messages if speaks_for(message, decision)],
    )


def tone_of_verdicts(decision: DecisionRow) -> str:
    verdicts = decision.verdicts.values()
    if HELD in verdicts:
        return "held"
    return "said" if HANDED_OVER in verdicts else "silent"


def speaks_for(message: MessageRow, decision: DecisionRow) -> bool:
    """Whether the message tells what the decision is about; a merged one does so under the slot that leads it."""
    lead = message.slots[0] if message.slots else None
    return (
        lead is not None
        and message.recipient == decision.recipient
        and (lead.subject, lead.kind, lead.occurrence) == (decision.subject, decision.kind, decision.occurrence)
    )
