"""What a courier is to Awizo: frozen data, and for each shape of its payloads two small functions.

`items(payload)` takes a decoded payload apart; `scan(item, via)` reads one event. Neither does I/O, neither catches
anything: a field that is needed and missing raises BadInput, and `registry.read` turns it into one Malformed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError, tostring

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from msgspec import Struct

from couriers.fields import Record
from couriers.meanings import Meaning, Table
from couriers.timestamps import Moment
from schemas.errors import BadInput, BadPayload
from schemas.parcels import NO_FACTS, Facts, Malformed, Scan


class Item(Struct, frozen=True):
    """One event of a payload, not read yet."""

    place: str  # path in the payload, e.g. tracking_details[3]
    record: Record
    about: Any = None  # what the payload says of the parcel as a whole
    source: Any = None  # what to keep of it if it cannot be read; the record if None


@dataclass(frozen=True)
class Shape:
    """One form of a courier's payloads. `fits` recognises a decoded payload by its outermost keys."""

    name: str
    fits: Callable[[Any], bool]
    items: Callable[[Any], Sequence[Item | Malformed]]
    scan: Callable[[Item, str], Scan]


@dataclass(frozen=True)
class Form:
    """How a courier writes: bytes to payload, and one item back to bytes. `decode` raises BadPayload."""

    decode: Callable[[bytes], Any]
    encode: Callable[[Any], bytes]


_DEEPEST = 60  # levels of XML or JSON; no courier has twenty
_TOO_DEEP = "/".join("*" * _DEEPEST)
_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def _from_json(body: bytes) -> Any:
    try:
        found = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except RecursionError:
        raise _nested("JSON") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadPayload("not JSON: send the payload as the courier gave it") from None
    if _may_be_deep(body) and _is_deep(found):
        raise _nested("JSON")
    return found


def _nested(form: str) -> BadPayload:
    return BadPayload(f"{form} nested deeper than {_DEEPEST} levels: send the payload as the courier gave it")


def _may_be_deep(body: bytes) -> bool:
    """False where its brackets alone say that it is not (those within texts count too)."""
    left = body.translate(None, _ALL_BUT_BRACKETS)
    for _ in range(_DEEPEST):
        if not left:
            return False
        left = left.replace(b"[]", b"").replace(b"{}", b"")
    return bool(left)


def _is_deep(payload: Any) -> bool:
    level = [payload]
    for _ in range(_DEEPEST):
        level = [inner for node in level for inner in _inside(node)]
    return any(isinstance(node, dict | list) for node in level)


def _inside(node: Any) -> Iterable[Any]:
    return node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()


def _from_xml(body: bytes) -> Element:
    try:
        found: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise BadPayload("not XML, or XML with a DTD or entities: send the answer as the courier gave it") from None
    if found.find(_TOO_DEEP) is not None:
        raise _nested("XML")
    return found


JSON = Form(_from_json, msgspec.json.encode)
XML = Form(_from_xml, tostring)


def _from_either(body: bytes) -> Any:
    return _from_xml(body) if body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") else _from_json(body)


def _to_either(kept: Any) -> bytes:
    return tostring(kept) if isinstance(kept, Element) else msgspec.json.encode(kept)


EITHER = Form(_from_either, _to_either)
"""Of a courier with XML answers beside JSON ones: told apart by how they begin."""


@dataclass(frozen=True)
class Courier:
    """A courier (or an aggregator, or Awizo's own words): its id, its tables, its shapes, and how it writes."""

    id: str
    shapes: tuple[Shape, ...]
    tables: tuple[Table, ...] = ()
    form: Form = JSON


def has(*keys: str) -> Callable[[Any], bool]:
    """True of an object with all these keys."""
    return lambda payload: isinstance(payload, dict) and all(key in payload for key in keys)


def each(records: Sequence[Any], place: str, about: Any = None) -> list[Item | Malformed]:
    """The items of a list."""
    return [Item(f"{place}[{index}]", record, about) for index, record in enumerate(records)]


def unread(courier: str, record: Any, place: str, problem: BadInput) -> Malformed:
    """A part of a payload that no event can be read from, as one Malformed: its siblings go on."""
    return Malformed(courier, problem.reason, ".".join(filter(None, (place, problem.place))), EITHER.encode(record))


def told(
    courier: str,
    number: str,
    moment: Moment,
    code: str,
    meaning: Meaning,
    *,
    via: str,
    source: str = "",
    reason: str = "",
    leg: str = "",
    event_id: str = "",
    text: str = "",
    facts: Facts = NO_FACTS,
    flags: tuple[str, ...] = (),
) -> Scan:
    """The scan of an event: what its code means, with all that this event says beside. `source`: the courier itself.

    `reason` and `leg` are what the payload says more exactly than the code.
    """
    return Scan(
        courier,
        number,
        moment.at,
        meaning.status,
        code,
        source or courier,
        via,
        moment.zone,
        reason or meaning.reason,
        meaning.notice,
        meaning.informational,
        meaning.action,
        leg or meaning.leg,
        meaning.retracts,
        event_id,
        text,
        moment.flags + meaning.flags + flags,
        facts,
    )
