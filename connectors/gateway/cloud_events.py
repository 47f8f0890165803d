"""CloudEvents over HTTP: structured, batched and binary, each as the structured event that goes into the log.

A shop's events are checked here as the pipeline will: what it would bury is refused while its sender still listens.
"""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from connectors.log.publisher import Entry
from schemas.envelope import Event, read_structured
from schemas.errors import BadEvent
from schemas.event_parts import Data
from schemas.streams import CUSTOMERS, ORDERS, stream_of

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
FROM_SHOPS = (ORDERS, CUSTOMERS)
"""The streams that a shop's key may write to. Scans come by couriers' doors, bundles by `awizo shops apply`."""

MOST = 1_000
"""Events of the largest batch."""

_ATTRIBUTE = "ce-"
_OURS = frozenset({"recordedtime", "topic", "via"})  # set where an event is received, never by its sender


class Taken(NamedTuple):
    """An event that can be published."""

    name: tuple[str, str]
    entry: Entry


class Refused(NamedTuple):
    """An event that cannot: which of the request (the first is 0), what is wrong, and where in it."""

    event: int
    title: str
    place: str


def read_request(shop: str, headers: Mapping[str, str], body: bytes) -> Iterator[Taken | Refused]:
    """Each event of a request, in its order. Raises BadEvent for a body that is none, or of too many events."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == BATCH:
        return _each(shop, _batch(body))
    if kind != STRUCTURED and "ce-specversion" in headers:
        return _each(shop, [_of_attributes(headers, body)])
    return _each(shop, [body])


def _batch(body: bytes) -> list[bytes]:
    try:
        found = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        raise BadEvent("not a JSON array of CloudEvents") from None
    if len(found) > MOST:
        raise BadEvent(f"{len(found):,} events, at most {MOST:,} are taken at once: send several batches")
    return [bytes(one) for one in found]


def _of_attributes(headers: Mapping[str, str], body: bytes) -> bytes:
    """The binary mode: attributes are headers, the data is the body."""
    plain = {name.removeprefix(_ATTRIBUTE): value for name, value in headers.items() if name.startswith(_ATTRIBUTE)}
    try:
        data = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise BadEvent("not JSON: the body is the event's data", "data") from None
    return json.dumps({**plain, "data": data}, ensure_ascii=False).encode()


def _each(shop: str, events: list[bytes]) -> Iterator[Taken | Refused]:
    for index, one in enumerate(events):
        try:
            yield _taken(shop, one)
        except BadEvent as problem:
            yield Refused(index, problem.reason, problem.place)


def _taken(shop: str, one: bytes) -> Taken:
    one = _without_ours(one)
    event = read_structured(one)
    stream = stream_of(event.type)
    if stream is None or stream not in FROM_SHOPS or not isinstance(event.data, Data):
        raise BadEvent("not for a shop's key: orders, shipments and customers are", "type")
    _hold_to_key(shop, event)
    return Taken((event.source, event.id), Entry(stream, one))


def _hold_to_key(shop: str, event: Event) -> None:
    """A key speaks for its shop alone, and under its shop's name: ids of other sources are not its own to use up."""
    if getattr(event.data, "shop", "") != shop:
        raise BadEvent("the key is another shop's: one key, one shop", "data.shop")
    if event.source != f"/shops/{shop}" and not event.source.startswith(f"/shops/{shop}/"):
        raise BadEvent(f"/shops/{shop}, or below it, was expected", "source")


def _without_ours(one: bytes) -> bytes:
    """The event without what only a receiver may say."""
    try:
        found = msgspec.json.decode(one)
    except (msgspec.DecodeError, RecursionError):
        raise BadEvent("not a JSON object: send one CloudEvent as JSON") from None
    if not isinstance(found, dict):
        raise BadEvent("an object was expected: one CloudEvent")
    if _OURS.isdisjoint(found):
        return one
    return msgspec.json.encode({name: value for name, value in found.items() if name not in _OURS})
