"""CloudEvents 1.0 around Awizo's events: the structured mode (one JSON object) and the binary mode (attributes beside
the data, as in Pub/Sub).

Extension attributes: `recordedtime` (when the log received the event; else `time`), on a shop platform's webhook
`topic`, and on a courier's payload `via` (push | answer). A push also says how its sender was proved (`seal`) and which
of its headers were kept; nothing is decided by those.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from pydantic import ValidationError

from schemas.errors import BadEvent
from schemas.event_parts import Data
from schemas.events import COURIER_REPORTED, SHOP_REPORTED, TYPES
from schemas.times import YEARS, Millis, is_of_our_time, to_millis

Aware = Annotated[datetime, msgspec.Meta(tz=True)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256, pattern=r"^[^\x00]+$")]


class _Envelope(msgspec.Struct, frozen=True):
    specversion: Literal["1.0"]
    id: Name
    source: Name
    type: str
    time: Aware
    recordedtime: Aware | None = None
    subject: str = ""
    datacontenttype: str = "application/json"
    via: Literal["push", "answer"] = "answer"
    topic: str = ""
    data: msgspec.Raw = msgspec.Raw()
    data_base64: str = ""


class Reported(NamedTuple):
    """A courier's payload as it came."""

    courier: str
    via: str
    body: bytes


class ShopReported(NamedTuple):
    """A shop platform's webhook as it came."""

    shop: str
    platform: str
    topic: str
    body: bytes


class Event(NamedTuple):
    """An event that was read: who sent it, when it happened, when the log had it, and its checked data."""

    source: str
    id: str
    type: str
    occurred_at: Millis
    recorded_at: Millis
    data: Data | Reported | ShopReported

    @property
    def happened(self) -> str:
        """The word of the type: `placed` of `awizo.order.placed.v1`."""
        return self.type.split(".")[2]


_structured = msgspec.json.Decoder(_Envelope).decode


def read_structured(line: bytes, recorded: Millis | None = None) -> Event:
    """The event of one JSON object. `recorded`: when the log had it, if the log itself says so. Raises BadEvent with
    the path of what is wrong."""
    try:
        envelope = _structured(line)
    except msgspec.ValidationError as error:
        raise _bad(error) from None
    except msgspec.DecodeError:
        raise BadEvent("not a JSON object: send one CloudEvent as JSON") from None
    return _event(envelope, _body(envelope), recorded)


def read_binary(attributes: Mapping[str, str], body: bytes, recorded: Millis | None = None) -> Event:
    """The event of attributes (with or without the `ce-` prefix) and its data as bytes; `recorded` as above. Raises
    BadEvent."""
    plain = {name.lower().removeprefix("ce-"): value for name, value in attributes.items()}
    plain.setdefault("datacontenttype", plain.get("content-type", "application/json"))
    try:
        envelope = msgspec.convert(plain, _Envelope)
    except msgspec.ValidationError as error:
        raise _bad(error) from None
    return _event(envelope, body, recorded)


def _body(envelope: _Envelope) -> bytes:
    """The data's own bytes, whichever way the envelope carries them."""
    if envelope.data_base64:
        try:
            return base64.b64decode(envelope.data_base64, validate=True)
        except binascii.Error:
            raise BadEvent("not base64", "data_base64") from None
    raw = bytes(envelope.data)
    if raw and "json" not in envelope.datacontenttype and raw.startswith(b'"'):
        return str(msgspec.json.decode(raw)).encode()
    return raw


def _event(envelope: _Envelope, body: bytes, recorded: Millis | None) -> Event:
    occurred = _millis(envelope.time, "time")
    if recorded is None:
        recorded = occurred if envelope.recordedtime is None else _millis(envelope.recordedtime, "recordedtime")
    if envelope.type == COURIER_REPORTED:
        return _reported(envelope, body, occurred, recorded)
    if envelope.type == SHOP_REPORTED:
        return _shop_reported(envelope, body, occurred, recorded)
    model = TYPES.get(envelope.type)
    if model is None:
        raise BadEvent("not a type of Awizo's events: see schemas/json for the list", "type")
    data = _checked(model, body)
    _hold_to_source(envelope.source, getattr(data, "shop", ""))
    return Event(envelope.source, envelope.id, envelope.type, occurred, recorded, data)


def _millis(moment: datetime, place: str) -> Millis:
    if not is_of_our_time(moment):
        raise BadEvent(f"not between {YEARS[0]} and {YEARS[-1]}: a clock that is not set", place)
    return to_millis(moment)


def _reported(envelope: _Envelope, body: bytes, occurred: Millis, recorded: Millis) -> Event:
    """A courier's payload is named by its content: couriers send the same one again under a new delivery id."""
    if not envelope.subject:
        raise BadEvent("name the courier, e.g. inpost", "subject")
    if not body:
        raise BadEvent("the courier's payload is missing", "data")
    reported = Reported(envelope.subject, envelope.via, body)
    source = source_of_courier(envelope.subject)
    return Event(source, content_id(body), envelope.type, occurred, recorded, reported)


def source_of_courier(courier: str) -> str:
    """The source of every payload of a courier."""
    return f"/couriers/{courier}"


def content_id(body: bytes) -> str:
    """The id of a courier's payload: the same bytes, the same event."""
    return blake2b(body, digest_size=8).hexdigest()


def _shop_reported(envelope: _Envelope, body: bytes, occurred: Millis, recorded: Millis) -> Event:
    """A webhook is named by its topic and content: platforms send the same one again."""
    shop = envelope.source.removeprefix("/shops/").partition("/")[0]
    if not envelope.source.startswith("/shops/") or not shop:
        raise BadEvent("name the shop: /shops/<shop>/<platform>", "source")
    if not envelope.subject or not body:
        missing = "subject" if not envelope.subject else "data"
        raise BadEvent("the platform and its webhook are needed", missing)
    content = blake2b(envelope.topic.encode() + b"\0" + body, digest_size=8).hexdigest()
    reported = ShopReported(shop, envelope.subject, envelope.topic, body)
    return Event(f"/shops/{shop}/{envelope.subject}", content, envelope.type, occurred, recorded, reported)


def _checked(model: type[Data], body: bytes) -> Data:
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        # never the input itself: it may be personal
        first: Any = error.errors(include_input=False, include_url=False, include_context=False)[0]
        reason = first["msg"].removeprefix("Value error, ")
        raise BadEvent(reason, ".".join(("data", *map(str, first["loc"])))) from None


def _hold_to_source(source: str, shop: str) -> None:
    """A source below /shops/ speaks for that shop alone."""
    parts = source.split("/")
    if shop and source.startswith("/shops/") and parts[2] != shop:
        raise BadEvent("the source speaks for another shop than the data: one key, one shop", "data.shop")


def _bad(error: msgspec.ValidationError) -> BadEvent:
    """msgspec's words are `Expected ..., got ... - at `$.path``; they hold types, never values."""
    reason, _, place = str(error).partition(" - at `$.")
    head, missing, field = reason.partition(" missing required field ")
    return BadEvent(f"{head}{missing}".strip(), field.strip("`")) if missing else BadEvent(reason, place.rstrip("`"))
