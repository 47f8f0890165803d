"""Reading fields of a record that may be damaged: what is optional reads as absent, what is needed raises BadInput.

A record is an object of a decoded payload. Reasons name what was expected, never the value that was found.
"""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from couriers.timestamps import Moment
from schemas.errors import BadInput, BadPayload

Record = dict[str, Any]
Reader = Callable[[str], Moment]

_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z/._-]{3,49}")
_LONGEST = 500  # characters kept of a courier's text

ALL_MONEY = 10**10
"""No parcel costs so much: it is a number that slipped into another field."""


def text(record: Record, key: str) -> str:
    """The field as text without padding (a whole number becomes text); "" if it is absent or something else."""
    value = record.get(key)
    if type(value) is str:
        return value.strip()[:_LONGEST]
    return str(value) if type(value) is int else ""


def first(record: Record, *keys: str) -> str:
    """The first of the fields that has a text; "" if none has."""
    return next(filter(None, (text(record, key) for key in keys)), "")


def needed(record: Record, key: str) -> str:
    """The field as text. Raises BadInput if it is absent, empty or something else."""
    found = text(record, key)
    if not found:
        raise BadInput("missing or empty: a text was expected", key)
    return found


def number(record: Record, key: str) -> str:
    """The number of a parcel. Raises BadInput for what no courier would give as one."""
    found = text(record, key)
    if _NUMBER.fullmatch(found) is None:
        raise BadInput("no tracking number: 4 to 50 letters and digits were expected", key)
    return found


def moment(record: Record, key: str, read: Reader) -> Moment:
    """When the event happened. Raises BadInput if the field is absent or not a time."""
    try:
        return read(needed(record, key))
    except ValueError as error:
        raise BadInput(str(error), key) from None


def maybe(record: Record, key: str, read: Reader) -> Moment | None:
    """A time that may be absent; None if it is, or if it cannot be read."""
    found = text(record, key)
    try:
        return read(found) if found else None
    except ValueError:
        return None


def part(record: Record, *keys: str) -> Record:
    """The object found by going down the keys; empty if there is none."""
    for key in keys:
        found = record.get(key)
        record = found if isinstance(found, dict) else {}
    return record


def rows(record: Record, key: str) -> list[Any]:
    """The list of that name; empty if it is absent or null. Raises BadPayload for anything else."""
    found = record.get(key)
    if not isinstance(found, list | None):
        raise BadPayload("a list was expected", key)
    return found or []


def objects(record: Record, key: str) -> list[Record]:
    """The objects in the list of that name; none if it is no list."""
    found = record.get(key)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def amount(record: Record, *keys: str) -> Decimal | None:
    """The first of the fields that is a sum above zero, below all sense; None if none is."""
    return next((sum_ for key in keys if (sum_ := _decimal(record.get(key))) is not None), None)


def country(record: Record, *keys: str) -> str:
    """The first of the fields that has a text, if that is a country in two letters; else ""."""
    code = first(record, *keys).upper()
    return code if len(code) == 2 and code.isalpha() else ""


def joined(*parts: str) -> str:
    """The parts that are there, with commas between."""
    return ", ".join(filter(None, parts))


def _decimal(value: object) -> Decimal | None:
    if type(value) not in (str, int, float):
        return None
    try:
        found = Decimal(str(value).strip().replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 < found < ALL_MONEY else None
