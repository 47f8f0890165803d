"""What of a run needs a look: what could not be read, is not understood, waits, or is in doubt."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.report.clock import Clock
from pipelines.report.fates import IN_DOUBT
from pipelines.report.index import Index
from pipelines.report.masking import masked_text
from pipelines.report.rows import DeadLetterRow, OutcomeRow
from pipelines.report.run import Run
from pipelines.report.sentences import outcome_sentence
from pipelines.report.summary import UnknownCode, held, unknown_codes
from pipelines.report.views import anchor, courier_name, person_name
from pipelines.report.words import CHANNELS, kind_words, status_words
from pipelines.rules.ledger import State
from schemas.status import Status

EXCERPT = 400
"""Characters of a dead letter's original that are shown."""

_ENCODED = re.compile(r'"data_base64" ?: ?"[^"]*"')
"""A payload as it came: encoded, nothing in it could be masked."""


PROBLEMS = frozenset(
    {Status.HELD, Status.EXCEPTION, Status.PICKUP_EXPIRED, Status.UNDELIVERABLE, Status.LOST, Status.DESTROYED}
)
"""Statuses that do not end well by themselves."""


@dataclass(frozen=True)
class Look:
    """One thing to look at. `more` is shown on demand."""

    title: str
    detail: str
    anchor: str = ""
    more: str = ""


@dataclass(frozen=True)
class Sort:
    """Things of one sort, with what to do about them."""

    title: str
    advice: str
    looks: list[Look]


def looks_of(run: Run, index: Index) -> list[Sort]:
    """Every sort of which there is something."""
    sorts = [
        Sort(
            "Could not be read",
            "Nothing was done with these. Mend them at their source and publish them again.",
            [_dead_letter(letter) for letter in run.dead_letters],
        ),
        Sort(
            "Unknown codes",
            "The parcel kept its status. Add a line to the courier's table; a replay then reads old scans anew.",
            [_code(code, index) for code in unknown_codes(run.parcels)],
        ),
        Sort(
            "In doubt",
            "Nobody knows yet whether these went out. They are never sent again blindly.",
            list(_doubts(index)),
        ),
        Sort(
            "Not delivered",
            "The provider took the message or refused it, and it did not arrive.",
            list(_refused(index)),
        ),
        Sort("Parcels with a problem", "Where they stand now, by their couriers.", list(_problems(run, index))),
        Sort("Still held", "The run ended before these were due.", list(_held(run, index))),
        Sort(
            "Parcels nobody asked about",
            "Couriers reported them, but no shop has a shipment with that number.",
            [
                _orphan(parcel.courier, parcel.number, len(parcel.apart))
                for parcel in run.parcels
                if not parcel.subscribers
            ],
        ),
    ]
    return [sort for sort in sorts if sort.looks]


def _dead_letter(letter: DeadLetterRow) -> Look:
    where = " · ".join(part for part in (letter.stage, letter.source, letter.place) if part)
    text = _ENCODED.sub('"data_base64":"…"', letter.original)[:EXCERPT]
    original = masked_text(text) if letter.encoding == "text" else f"base64: {text}"
    return Look(letter.reason, where, more=original)


def _code(code: UnknownCode, index: Index) -> Look:
    times = "once" if code.count == 1 else f"{code.count} times"
    orders = [order for parcel in code.parcels for order in index.parcel_orders.get(parcel, [])]
    place = anchor("order", orders[0]) if orders else ""
    return Look(f"{courier_name(code.courier)}: {code.code}", f"{times}. {code.text}".strip(), place)


def _doubts(index: Index) -> Iterator[Look]:
    return (_outcome(row, index) for row in _last(index) if row.state in IN_DOUBT)


def _refused(index: Index) -> Iterator[Look]:
    """Messages that did not arrive, for another reason than that they had become pointless."""
    pointless = ("superseded", "expired", "opted_out", "told_before")
    for row in _last(index):
        if row.state == State.UNDELIVERED or (row.state == State.FAILED and row.reason not in pointless):
            yield _outcome(row, index)


def _last(index: Index) -> list[OutcomeRow]:
    return [outcomes[-1] for outcomes in index.outcomes.values()]


def _outcome(row: OutcomeRow, index: Index) -> Look:
    place = (row.shop, row.order)
    when = index.clock(place).full(row.at)
    title = f"{kind_words(row.kind).capitalize()}, order {row.order}"
    return Look(
        title, f"{when}: {CHANNELS.get(row.channel, row.channel)} {outcome_sentence(row)}", anchor("order", place)
    )


def _held(run: Run, index: Index) -> Iterator[Look]:
    for row in held(run.decisions):
        place = (row.shop, row.order)
        clock: Clock = index.clock(place)
        until = f"until {clock.full(row.until)}" if row.until else "without an end"
        title = f"{kind_words(row.slot.kind).capitalize()}, order {row.order}"
        yield Look(title, f"held {until}, for {person_name(row.recipient)}", anchor("order", place))


def _problems(run: Run, index: Index) -> Iterator[Look]:
    for parcel in run.parcels:
        for place in index.parcel_orders.get(parcel.key, ()) if parcel.status in PROBLEMS else ():
            since = f" since {index.clock(place).full(parcel.since)}" if parcel.since else ""
            title = f"{courier_name(parcel.courier)} {parcel.number}, order {place[1]}"
            yield Look(title, f"{status_words(parcel.status)}{since}", anchor("order", place))


def _orphan(courier: str, number: str, scans: int) -> Look:
    return Look(f"{courier_name(courier)} {number}", f"{scans} scan{'s' if scans != 1 else ''}")
