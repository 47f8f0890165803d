"""From the records of the stages to the rows of the files."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from msgspec import Struct, convert

from pipelines.report.rows import DeadLetterRow, DecisionRow, Iso, MessageRow, OrderRow, OutcomeRow, ParcelRow
from schemas.messages import DeadLetter, Decision, Message, Outcome
from schemas.orders import OrderRecord
from schemas.parcels import HistoryLine, ParcelRecord, ScanRecord
from schemas.times import Millis, from_millis

Row = TypeVar("Row")

TIMES = frozenset(
    {
        "at",
        "since",
        "until",
        "occurred_at",
        "recorded_at",
        "held_until",
        "valid_until",
        "placed_at",
        "dispatch_by",
        "known_at",
        "deadline",
        "intervals",
    }
)
"""Fields of the records that are moments in milliseconds; 0 and None say that there is none."""


PROVISIONAL = frozenset({"illegal_move", "contradiction", "outside_window", "retracted"})
"""Flags that a scan had when it came; whether they still hold says the folded history."""


def iso(moment: Millis) -> Iso:
    """The moment as files show it."""
    return from_millis(moment).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment % 1000:03d}Z"


def named(value: Any, is_time: bool = False) -> Any:
    """A record as plain data: structs by the names of their fields, moments as ISO 8601."""
    if isinstance(value, Struct):
        return {field: named(getattr(value, field), field in TIMES) for field in value.__struct_fields__}
    if isinstance(value, tuple):
        return [named(item, is_time) for item in value]
    if is_time and isinstance(value, int):
        return iso(value) if value else None
    return value


def message_row(message: Message) -> MessageRow:
    """What was composed: nothing of providers, nothing of a machine's clock."""
    return _row(_renamed(named(message)), MessageRow)


def _renamed(message: dict[str, Any]) -> dict[str, Any]:
    otherwise = message["otherwise"]
    return message | {"class": message["cls"], "otherwise": otherwise and _renamed(otherwise)}


def decision_row(decision: Decision) -> DecisionRow:
    return _row(named(decision) | {"verdicts": dict(decision.verdicts)}, DecisionRow)


Scans = Mapping[str, Sequence[ScanRecord]]
"""A parcel's scans by the name of their event, those of one event as they were recorded: it may be heard again."""


def parcel_row(parcel: ParcelRecord, scans: Scans) -> ParcelRow:
    """The parcel with its scans: each line of its history gets its raw words, the others stand apart."""
    told = {line.name for line in parcel.history}
    history = [_history_line(line, scan) for line, scan in _paired(parcel.history, scans)]
    return _row(named(parcel) | {"history": history, "apart": _apart(scans, told)}, ParcelRow)


def _paired(history: Sequence[HistoryLine], scans: Scans) -> list[tuple[HistoryLine, ScanRecord | None]]:
    """Each line with its own scan. The newest lines are kept longest, so they are paired first."""
    left = {name: list(heard) for name, heard in scans.items()}
    pairs = [(line, left[line.name].pop() if left.get(line.name) else None) for line in reversed(history)]
    return pairs[::-1]


def orphan_row(courier: str, number: str, scans: Scans) -> ParcelRow:
    """A parcel of which only scans are known: no shop has asked about it."""
    return _row({"courier": courier, "number": number, "apart": _apart(scans, set())}, ParcelRow)


def _history_line(line: HistoryLine, scan: ScanRecord | None) -> dict[str, Any]:
    flags = sorted({*line.flags, *(set(scan.flags) - PROVISIONAL if scan else ())})
    words: dict[str, Any] = named(scan) if scan else {}
    words |= named(line) | {"flags": flags}
    return words


def _apart(scans: Scans, told: set[str]) -> list[Any]:
    apart = (heard[-1] for name, heard in scans.items() if name not in told)
    return [named(scan) for scan in sorted(apart, key=lambda scan: (scan.occurred_at, scan.name))]


def order_row(order: OrderRecord) -> OrderRow:
    return _row(named(order.view) | named(order), OrderRow)


def outcome_row(outcome: Outcome) -> OutcomeRow:
    return _row(named(outcome), OutcomeRow)


def dead_letter_row(letter: DeadLetter) -> DeadLetterRow:
    try:
        original = {"encoding": "text", "original": letter.original.decode()}
    except UnicodeDecodeError:
        original = {"encoding": "base64", "original": base64.b64encode(letter.original).decode()}
    return _row(named(letter) | original, DeadLetterRow)


def _row(plain: dict[str, Any], row: type[Row]) -> Row:
    return convert(plain, row)
