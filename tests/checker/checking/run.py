"""What a run left behind, as the checker reads it: rows of its files, with moments in milliseconds."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from schemas.times import Millis, to_millis

Row = dict[str, Any]
Slot = tuple[str, str, str]
"""Subject, kind, occurrence."""

WENT = frozenset({"intent", "unknown", "sent", "delivered", "undelivered", "parked"})
"""States of messages that a provider has, or may have."""


class Outputs(NamedTuple):
    """The rows of a run's files."""

    messages: list[Row]
    decisions: list[Row]
    outcomes: list[Row]
    parcels: list[Row]
    orders: list[Row]


class Told(NamedTuple):
    """A message that went: the way it took, when it was handed over and when it left."""

    row: Row
    handed_at: Millis
    at: Millis
    state: str

    @property
    def person(self) -> tuple[str, str]:
        return self.row["shop"], self.row["recipient"]

    @property
    def order(self) -> tuple[str, str]:
        return self.row["shop"], self.row["order"]

    @property
    def kind(self) -> str:
        return str(self.row["kind"])

    @property
    def channel(self) -> str:
        return str(self.row["channel"])

    @property
    def slots(self) -> tuple[Slot, ...]:
        return slots_of(self.row)


def read_outputs(folder: Path) -> Outputs:
    """The files of a replay's folder."""
    return Outputs(*(_rows(folder / f"{name}.jsonl") for name in Outputs._fields))


def _rows(file: Path) -> list[Row]:
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def moment(text: str | None) -> Millis | None:
    """A row's time; None where it has none."""
    return None if text is None else to_millis(datetime.fromisoformat(text))


def at(row: Row, field: str = "at") -> Millis:
    """A row's time that must be there."""
    return to_millis(datetime.fromisoformat(row[field]))


def slots_of(row: Row) -> tuple[Slot, ...]:
    return tuple((slot["subject"], slot["kind"], slot["occurrence"]) for slot in row["slots"])


def name_of(row: Row) -> tuple[Any, ...]:
    """What a message and its outcomes have in common, whichever way it took."""
    return row["shop"], row["recipient"], row["kind"], slots_of(row), row["generation"]


def told(run: Outputs) -> list[Told]:
    """The messages that went, at the moment when they left."""
    ways: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in run.messages:
        ways[name_of(row)] += [row, *_others(row)]
    return [found for outcome in _last(run.outcomes) if (found := _told(outcome, ways)) is not None]


def _others(row: Row) -> Iterable[Row]:
    """The ways that a message takes when its first is refused; each begins where the first did."""
    while (row := row.get("otherwise")) is not None:  # type: ignore[assignment]
        yield row


def _last(outcomes: list[Row]) -> Iterable[Row]:
    """The last outcome of each message and channel."""
    last: dict[tuple[Any, ...], Row] = {}
    for row in outcomes:
        key = (*name_of(row), row["channel"])
        if key not in last or last[key]["at"] <= row["at"]:
            last[key] = row
    return last.values()


def _told(outcome: Row, ways: dict[tuple[Any, ...], list[Row]]) -> Told | None:
    if outcome["state"] not in WENT:
        return None
    way = next((row for row in ways[name_of(outcome)] if row["channel"] == outcome["channel"]), None)
    return None if way is None else Told(way, at(way), at(outcome), outcome["state"])
