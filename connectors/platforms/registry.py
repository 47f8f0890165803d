"""The platforms that Awizo reads, and the one door to them.

    read(shop, topic, body, received_at)  ->  a CloudEvent | Unread, one for each thing that the webhook tells

A part that cannot be read is yielded as Unread and fails alone. Only a webhook that cannot be taken apart at all, or of
a topic that is not read, raises BadPayload.
"""

from collections.abc import Iterator
from hashlib import blake2b

from connectors.platforms.platform import Platform, Shop, Told, Webhook
from connectors.platforms.presets import rules_of
from connectors.platforms.shopify import SHOPIFY
from connectors.platforms.woocommerce import WOOCOMMERCE
from couriers.courier import JSON
from schemas.envelope import read_structured
from schemas.errors import BadEvent, BadInput, BadPayload
from schemas.times import Millis
from schemas.webhooks import PlatformName, Unread, Webhooks

PLATFORMS: dict[str, Platform] = {platform.id: platform for platform in (SHOPIFY, WOOCOMMERCE)}
"""Every platform, by its id. A new one is a line here."""

LONGEST = 4 * 1024 * 1024
"""Bytes of the longest webhook that is taken apart; an order of a hundred lines has a quarter of one mega."""

MOST = 1_000
"""Things that one webhook may tell."""


def name_of(topic: str, body: bytes) -> str:
    """What names a webhook: its topic and content. Platforms send the same one again under the same content."""
    return blake2b(topic.encode() + b"\0" + body, digest_size=8).hexdigest()


def shop_of(shop: str, language: str, platform: PlatformName, webhooks: Webhooks | None = None) -> Shop:
    """What a reader must know of a shop. Without `webhooks` in its bundle, what its platform's preset knows."""
    said = webhooks if webhooks is not None and webhooks.platform == platform else Webhooks(platform=platform)
    return Shop(shop, platform, language, rules_of(said), said.recognise, said.consignee)


def read(shop: Shop, topic: str, body: bytes, received_at: Millis) -> Iterator[Told]:
    """What a webhook tells, in its order; nothing for a topic that says nothing of its own. Raises BadPayload, at the
    call and not later, for what cannot be taken apart at all."""
    platform = PLATFORMS[shop.platform]
    if topic in platform.silent:
        return iter(())
    reader = platform.topics.get(topic)
    if reader is None:
        known = ", ".join(platform.topics)
        raise BadPayload(f"a topic that is not read: unsubscribe it in the shop; {known} are read", "topic")
    if len(body) > LONGEST:
        raise BadPayload(f"{len(body):,} bytes, at most {LONGEST:,} are read")
    payload = JSON.decode(body)
    if not isinstance(payload, dict):
        raise BadPayload("an object was expected: send the webhook as the platform gave it")
    return _told(platform, Webhook(name_of(topic, body), topic, payload, received_at, shop), body)


def _told(platform: Platform, webhook: Webhook, body: bytes) -> Iterator[Told]:
    found = platform.topics[webhook.topic](webhook)
    for _ in range(MOST):
        try:
            told = next(found, None)
        except BadInput as problem:  # what the whole webhook needs is missing
            told = Unread(problem.reason, problem.place, body)
        if told is None:
            return
        yield told if isinstance(told, Unread) else _checked(told)
    yield Unread(f"more than {MOST:,} things in one webhook: the rest is not read", "", b"")


def _checked(told: bytes) -> Told:
    """The event, if it is one; a field that no event may have fails it alone."""
    try:
        read_structured(told)
    except BadEvent as problem:
        return Unread(problem.reason, problem.place, told)
    return told
