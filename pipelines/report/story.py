"""One order as a story: scans, decisions, messages and outcomes in the order of time, in words."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipelines.report.clock import Clock
from pipelines.report.fates import identity
from pipelines.report.index import Index, OfShop
from pipelines.report.masking import masked, masked_text
from pipelines.report.order_page import order_facts
from pipelines.report.rows import Iso, MessageRow, ParcelRow, ScanRow, SlotRow
from pipelines.report.sentences import decision_sentences, outcome_sentence, scan_marks, scan_sentence
from pipelines.report.views import courier_name, person_name, tone_of, tone_of_verdicts, worth_telling
from pipelines.report.words import CHANNELS, kind_words, status_words

NEVER: Iso = "9999"
"""Sorts what has no time behind everything else."""


@dataclass(frozen=True)
class Line:
    """What happened. `tone`: scan | odd | said | silent | held | message | sent | doubt | failed | waiting."""

    at: Iso
    who: str
    words: str
    tone: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Story:
    """An order (or one parcel of it, or one recipient's share in it)."""

    title: str
    facts: tuple[str, ...]
    clock: Clock
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class Focus:
    """What of an order is asked for: "" is all of it."""

    parcel: str = ""
    recipient: str = ""

    def holds(self, recipient: str, slots: tuple[SlotRow, ...]) -> bool:
        is_parcel = not self.parcel or any(slot.subject == self.parcel for slot in slots)
        return is_parcel and self.recipient in ("", recipient)


EVERYTHING = Focus()


def story_of_order(key: OfShop, index: Index, focus: Focus = EVERYTHING) -> Story:
    order, clock = index.orders.get(key), index.clock(key)
    parcels = [parcel for parcel in index.parcels.get(key, []) if focus.parcel in ("", parcel.key)]
    facts = [" · ".join(order_facts(order, clock))] if order else ["The order itself never came."]
    facts += [f"{courier_name(parcel.courier)} {parcel.number}: {status_words(parcel.status)}" for parcel in parcels]
    is_one_of_many = len(parcels) > 1
    lines = [*(line for parcel in parcels for line in _scans(parcel, is_one_of_many)), *_decisions(key, index, focus)]
    lines += _messages(key, index, focus)
    name = order.name if order else key[1]
    return Story(f"Order {name} of {key[0]}", tuple(facts), clock, sorted(lines, key=lambda line: line.at))


def story_of_orphan(parcel: ParcelRow) -> Story:
    """A parcel that belongs to no order."""
    title = f"{courier_name(parcel.courier)} {parcel.number}"
    lines = sorted(_scans(parcel), key=lambda line: line.at)
    return Story(title, ("No shop has a shipment with this number.",), Clock(), lines)


def _scans(parcel: ParcelRow, is_one_of_many: bool = False) -> Iterator[Line]:
    who = courier_name(parcel.courier) + (f" …{parcel.number[-4:]}" if is_one_of_many else "")
    apart = {scan.name for scan in parcel.apart}
    for scan in parcel.scans:
        is_odd = scan.name in apart or not scan.applied
        words = f"{scan_sentence(scan)} [{_raw(scan)}]"
        yield Line(
            scan.occurred_at or NEVER,
            who,
            words,
            "odd" if is_odd else "scan",
            tuple(scan_marks(scan)),
        )


def _raw(scan: ScanRow) -> str:
    text = "" if scan.raw_text == scan.raw_code else masked_text(scan.raw_text)
    return ": ".join(part for part in (scan.raw_code, text) if part)


def _decisions(key: OfShop, index: Index, focus: Focus) -> Iterator[Line]:
    clock = index.clock(key)
    for row in index.decisions.get(key, []):
        if focus.holds(row.recipient, (SlotRow(row.subject, row.kind, row.occurrence),)):
            first, *others = decision_sentences(row, clock)
            yield Line(row.at, person_name(row.recipient), first, tone_of_verdicts(row), tuple(others))


def _messages(key: OfShop, index: Index, focus: Focus) -> Iterator[Line]:
    for message in index.messages.get(key, []):
        if focus.holds(message.recipient, message.slots):
            yield from _message(message, index)


def _message(message: MessageRow, index: Index) -> Iterator[Line]:
    channel, words = CHANNELS.get(message.channel, message.channel), message.subject or message.text
    to = f" to {masked(message.to)}" if message.to else ""  # a live store holds no addresses and no words
    yield Line(
        message.at,
        person_name(message.recipient),
        f"{channel}{to}, {kind_words(message.kind)}",
        "message",
        (words,) if words else (),
    )
    for row in worth_telling(index.outcomes.get(identity(message), [])):
        yield Line(row.at, row.provider or "ledger", f"{channel} {outcome_sentence(row)}", tone_of(row.state))
