"""Where a bounded run ends: its records as sorted files in a folder, so that two runs compare byte by byte."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from pipelines.report.fates import STAGES
from pipelines.report.from_records import (
    Scans,
    dead_letter_row,
    decision_row,
    message_row,
    order_row,
    orphan_row,
    outcome_row,
    parcel_row,
)
from pipelines.report.rows import DeadLetterRow, DecisionRow, MessageRow, OrderRow, OutcomeRow, ParcelRow
from pipelines.report.run import Run, write_run
from pipelines.report.summary import Summary, summary_of
from schemas.messages import DeadLetter, Decision, Message, Outcome
from schemas.orders import OrderRecord, order_key
from schemas.parcels import ParcelRecord, ScanRecord, parcel_key
from schemas.wire import Record

Versioned = TypeVar("Versioned", ParcelRecord, OrderRecord)


class Counts(NamedTuple):
    """How many of each were written."""

    messages: int
    decisions: int
    parcels: int
    orders: int
    outcomes: int
    dead_letters: int
    scans: int


def write_outputs(out: Path, records: Iterable[Record]) -> Counts:
    """Write `messages.jsonl`, `decisions.jsonl`, `parcels.jsonl`, `orders.jsonl`, `outcomes.jsonl`,
    `dead_letters.jsonl` and `summary.json` into the folder. The order of the records does not matter."""
    run = run_of(records)
    write_run(out, run)
    (out / "summary.json").write_bytes(_pretty(summary_of(run)))
    return counts_of(run)


def run_of(records: Iterable[Record]) -> Run:
    """The sorted rows of all files. Of a parcel and of an order only the newest version stays."""
    sorts: dict[type, list[Any]] = defaultdict(list)
    for record in records:
        sorts[type(record)].append(record)
    return Run(
        messages=_sorted(map(message_row, sorts[Message]), _place_of_message),
        decisions=_sorted(map(decision_row, sorts[Decision]), _place_of_decision),
        parcels=_parcels(sorts[ParcelRecord], sorts[ScanRecord]),
        orders=_orders(sorts[OrderRecord]),
        outcomes=_sorted(map(outcome_row, sorts[Outcome]), _place_of_outcome),
        dead_letters=_sorted(map(dead_letter_row, sorts[DeadLetter]), _place_of_dead_letter),
    )


def counts_of(run: Run) -> Counts:
    """How many rows a run has."""
    return Counts(
        len(run.messages),
        len(run.decisions),
        len(run.parcels),
        len(run.orders),
        len(run.outcomes),
        len(run.dead_letters),
        sum(len(parcel.scans) for parcel in run.parcels),
    )


def _place_of_message(row: MessageRow | OutcomeRow) -> tuple[Any, ...]:
    slots = [(slot.subject, slot.kind, slot.occurrence) for slot in row.slots]
    return row.at, row.shop, row.recipient, row.kind, slots, row.channel, row.generation


def _place_of_decision(row: DecisionRow) -> tuple[Any, ...]:
    return row.at, row.shop, row.recipient, row.kind, row.subject, row.occurrence


def _place_of_outcome(row: OutcomeRow) -> tuple[Any, ...]:
    return _place_of_message(row), STAGES.get(row.state, -1)


def _place_of_dead_letter(row: DeadLetterRow) -> tuple[Any, ...]:
    return row.at or "", row.stage, row.source, row.id, row.place, row.reason


def _sorted(rows: Iterable[Any], place: Callable[[Any], Any]) -> tuple[Any, ...]:
    """By their place; what has the same place, by its own bytes."""
    return tuple(sorted(rows, key=lambda row: (place(row), msgspec.json.encode(row))))


def _parcels(parcels: Iterable[ParcelRecord], scans: Iterable[ScanRecord]) -> tuple[ParcelRow, ...]:
    newest = _newest(parcels, lambda parcel: parcel_key(parcel.courier, parcel.number))
    by_parcel: dict[str, dict[str, list[ScanRecord]]] = defaultdict(dict)
    for scan in sorted(scans, key=lambda scan: (scan.recorded_at, scan.flags)):
        by_parcel[parcel_key(scan.courier, scan.number)].setdefault(scan.name, []).append(scan)
    rows = [parcel_row(parcel, by_parcel[key]) for key, parcel in newest.items()]
    rows += [_orphan(scans) for key, scans in by_parcel.items() if key not in newest]
    return _sorted(rows, lambda row: (row.courier, row.number))


def _orphan(scans: Scans) -> ParcelRow:
    any_scan = next(iter(scans.values()))[0]
    return orphan_row(any_scan.courier, any_scan.number, scans)


def _orders(orders: Iterable[OrderRecord]) -> tuple[OrderRow, ...]:
    newest = _newest(orders, lambda order: order_key(order.shop, order.view.order))
    return _sorted(map(order_row, newest.values()), lambda row: (row.shop, row.order))


def _newest(records: Iterable[Versioned], key: Callable[[Versioned], str]) -> dict[str, Versioned]:
    newest: dict[str, Versioned] = {}
    for record in records:
        known = newest.get(key(record))
        if known is None or (known.at, known.sequence) < (record.at, record.sequence):
            newest[key(record)] = record
    return newest


def _pretty(summary: Summary) -> bytes:
    return msgspec.json.format(msgspec.json.encode(summary), indent=2) + b"\n"
