"""What a shop platform is to Awizo, and how an event is made of what it tells.

An event's id says what it is about, and either hashes all that it says (the same fact told twice is one event, a
changed one is new) or, where the platform gives no time of its own, names the fact alone: it counts as first told.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple

from couriers.fields import Record
from schemas.errors import BadInput
from schemas.times import Millis, from_millis
from schemas.webhooks import PlatformName, Reading, Unread


@dataclass(frozen=True)
class Shop:
    """What a reader must know of the shop. `language`: of an order that names none; `rules`: its own reading and its
    presets' as one."""

    id: str
    platform: str
    language: str
    rules: Reading
    recognise: bool = False
    consignee: bool = False


class Webhook(NamedTuple):
    """A webhook as it came: its name by its content, its topic, its payload taken apart, and when it was received."""

    name: str
    topic: str
    payload: Record
    received_at: Millis
    shop: Shop


Told = bytes | Unread
"""A structured CloudEvent as JSON, or what could not be read."""

Reader = Callable[[Webhook], Iterator[Told]]


@dataclass(frozen=True)
class Platform:
    """A shop platform: its id, who reads each topic, and the topics that say nothing of their own, with the reason."""

    id: PlatformName
    topics: Mapping[str, Reader]
    silent: Mapping[str, str]


def event(
    shop: Shop, happened: str, time: Millis, data: Mapping[str, Any], *, about: str, named: bool = False
) -> bytes:
    """The event `awizo.<happened>.v1`. `about`: what it is about, e.g. `1001/placed`; `named`: it names the fact alone,
    whenever that is told. Fields of None or "" are left out."""
    kept = {"shop": shop.id, **{name: value for name, value in data.items() if value not in (None, "", (), [])}}
    moment = from_millis(time).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    said = {"type": f"awizo.{happened}.v1", "time": moment, "data": kept}
    name = about if named else f"{about}/{_hashed(said)}"
    envelope = {"specversion": "1.0", "id": name, "source": f"/shops/{shop.id}/{shop.platform}", **said}
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()


def _hashed(said: Mapping[str, Any]) -> str:
    plain = json.dumps(said, sort_keys=True, ensure_ascii=False).encode()
    return blake2b(plain, digest_size=8).hexdigest()


def unread(problem: BadInput, part: Any, place: str = "") -> Unread:
    """A problem with a part of the payload."""
    where = ".".join(filter(None, (place, problem.place)))
    return Unread(problem.reason, where, json.dumps(part, ensure_ascii=False).encode())
