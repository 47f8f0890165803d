"""What events do not carry, and what that costs: the words of `schemas.events` itself."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel

from schemas.events import TYPES


class Missing(NamedTuple):
    """An optional field that events of a type lack. `of`: how many of how many lack it."""

    type: str
    field: str
    without: str
    lacking: int
    of: int


NEVER_TOLD = frozenset(
    "recipient role zone prefers consents reason direction origin parcel recipients.locale".split()  # by platforms
)
"""Fields that no platform has, so that nobody looks for them."""


def missing(events: Iterable[bytes]) -> list[Missing]:
    """What the events lack, each field once a type, in the order of the types' fields."""
    lacking: dict[tuple[str, str, str], int] = {}
    count: dict[str, int] = {}
    for event in events:
        read = json.loads(event)
        model = TYPES.get(read["type"])
        if model is not None:
            count[read["type"]] = count.get(read["type"], 0) + 1
            for field, without in dict.fromkeys(_lacks(model, read["data"], "")):
                key = (read["type"], field, without)
                lacking[key] = lacking.get(key, 0) + 1
    return [Missing(*key, number, count[key[0]]) for key, number in lacking.items()]


def _lacks(model: type[BaseModel], data: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra
        key = field.alias or name
        if {name, f"{prefix}{name}"} & NEVER_TOLD or not isinstance(extra, dict | None):
            continue
        if key not in data and extra and "without" in extra:
            if extra["without"] != "stays":
                yield f"{prefix}{key}", str(extra["without"])
        elif isinstance(data.get(key), list):
            yield from _lacks_inside(field.annotation, data[key], f"{prefix}{key}.")


def _lacks_inside(annotation: Any, entries: list[Any], prefix: str) -> Iterator[tuple[str, str]]:
    """What entries of a list of models lack."""
    inner = list(_models(annotation))
    for entry in entries if inner else ():
        if isinstance(entry, dict):
            yield from _lacks(inner[0], entry, prefix)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models(part)
