"""A courier's post as an event: its bytes as they came, when they came, and a few of its headers."""

import re
from base64 import b64encode

import msgspec

from connectors.log.publisher import Entry
from couriers.seal_schemes import Post
from schemas.envelope import content_id, source_of_courier
from schemas.events import COURIER_REPORTED
from schemas.streams import COURIERS
from schemas.times import from_millis

KEPT: dict[str, str] = {
    "x-inpost-event-id": "deliveryid",
    "x-inpost-topic": "topic",
    "x-inpost-api-version": "apiversion",
    "as-webhook-version": "apiversion",
    "x-shopify-event-id": "deliveryid",
    "x-shopify-topic": "topic",
    "x-shopify-api-version": "apiversion",
}
"""Header -> the extension attribute that keeps it. Nothing else is kept: signatures and tokens least of all."""

_MEDIA = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}", re.ASCII)
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_LONGEST = 128


def reported(courier: str, post: Post, seal: str) -> Entry:
    """The event of a post that was proved by this seal. The same bytes give the same source and id."""
    media = _MEDIA.match(post.header("content-type"))
    event = {
        "specversion": "1.0",
        "type": COURIER_REPORTED,
        "source": source_of_courier(courier),
        "id": content_id(post.body),
        "subject": courier,
        "time": from_millis(post.received_at).isoformat(),
        "via": "push",
        "seal": seal,
        **_kept(post),
        "datacontenttype": media.group() if media else "application/octet-stream",
        "data_base64": b64encode(post.body).decode(),
    }
    return Entry(COURIERS, msgspec.json.encode(event))


def _kept(post: Post) -> dict[str, str]:
    values = ((attribute, post.header(header)) for header, attribute in KEPT.items())
    return {attribute: _UNPRINTABLE.sub("", value)[:_LONGEST] for attribute, value in values if value}
