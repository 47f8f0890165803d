"""The way back: once a parcel has turned back, whoever takes it is its sender.

For couriers whose return journey ends with the code of any delivery. Only an answer with the whole history shows it:
one event alone reads as its code says.
"""

from collections.abc import Callable, Sequence
from typing import Any

from couriers.fields import Reader, maybe, text
from couriers.meanings import Meaning, Table
from schemas.status import Status
from schemas.times import Millis


def turned_back(
    records: Sequence[Any], code: str, time: str, read: Reader, table: Table, cue: Callable[[Meaning], bool]
) -> Millis | None:
    """When the first event happened whose meaning is a cue; None if there is none. `code`, `time`: names of fields."""
    cues = (record for record in records if isinstance(record, dict) and cue(table.meaning(text(record, code))))
    times = (maybe(record, time, read) for record in cues)
    return min((found.at for found in times if found), default=None)


def homeward(meaning: Meaning, at: Millis, turned: Millis | None) -> Meaning:
    """The meaning of an event, which after the turn is one of the return leg: there, delivered is returned."""
    if turned is None or at <= turned:
        return meaning
    status = Status.RETURNED.value if meaning.status == Status.DELIVERED else meaning.status
    return meaning._replace(status=status, leg="return")


def turns_back(meaning: Meaning) -> bool:
    """True of a code that says that the parcel goes back."""
    return meaning.status == Status.RETURNING
