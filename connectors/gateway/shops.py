"""The shops' doors: webhooks of their platforms, published as they came, and their own events over HTTP.

A genuine webhook is never refused for what stands in it: the pipeline reads it, and what it cannot read is kept.
"""

import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from connectors.gateway.answers import problem
from connectors.gateway.cloud_events import Refused, Taken, read_request
from connectors.gateway.fulfilments import scan_of
from connectors.gateway.recent import Recent
from connectors.gateway.reception import Reception, off_the_loop
from connectors.gateway.shop_examples import EVENTS, SHEET, WEBHOOKS
from connectors.gateway.shop_keys import Secrets, hashes_in, secrets_in, shop_of
from connectors.log.publisher import Entry
from connectors.platforms.registry import name_of
from connectors.platforms.sheets import read_sheet, sheet_shop
from connectors.store.records import Records
from couriers.seal_schemes import Post, base64_of_body
from pipelines.rules.context import newest_of
from schemas.errors import BadInput
from schemas.events import SHOP_REPORTED
from schemas.metrics import GATEWAY_REFUSED
from schemas.settings import SHOPIFY_SECRETS, WOOCOMMERCE_SECRETS, Setting
from schemas.shops import Bundle
from schemas.streams import ORDERS, stream_of
from schemas.times import Millis, from_millis
from schemas.webhooks import Unread

PING = re.compile(rb"webhook_id=[0-9]{1,12}")
"""What WooCommerce posts, unsigned, when a webhook is saved."""

_TOPIC = re.compile(r"[a-z0-9_./-]{1,100}")


class Sealed(NamedTuple):
    """How a platform seals and names its webhooks."""

    platform: str
    setting: Setting
    signature: str
    topic: str
    domain: str = ""


SEALED = (
    Sealed("shopify", SHOPIFY_SECRETS, "x-shopify-hmac-sha256", "x-shopify-topic", "x-shopify-shop-domain"),
    Sealed("woocommerce", WOOCOMMERCE_SECRETS, "x-wc-webhook-signature", "x-wc-webhook-topic"),
)
"""Both sign the body's bytes: base64(HMAC-SHA256). Sources: their webhook documentation."""


def doors(reception: Reception) -> APIRouter:
    """`/shops/{shop}/shopify`, `/shops/{shop}/woocommerce`, `/shops/{shop}/events`, `/shops/{shop}/sheet`. Raises
    ConfigurationError for secrets that cannot be read."""
    room = _Room(reception, hashes_in(reception.environment))
    router = APIRouter(tags=["shops"])
    for sealed in SEALED:
        _add_platform(router, room, sealed, secrets_in(sealed.setting, reception.environment))

    @router.post("/shops/{shop}/events", status_code=202, summary="CloudEvents of a shop", openapi_extra=EVENTS)
    async def events(shop: str, request: Request) -> Response:
        return await room.events(shop, request)

    @router.post("/shops/{shop}/sheet", status_code=202, summary="A table of orders, CSV", openapi_extra=SHEET)
    async def sheet(shop: str, request: Request) -> Response:
        return await room.sheet(shop, request)

    return router


def _add_platform(router: APIRouter, room: "_Room", sealed: Sealed, secrets: Secrets) -> None:
    path = f"/shops/{{shop}}/{sealed.platform}"

    example = WEBHOOKS[sealed.platform]

    @router.post(path, status_code=202, summary=f"Webhooks of {sealed.platform}", openapi_extra=example)
    async def webhook(shop: str, request: Request) -> Response:
        return await room.webhook(shop, request, sealed, secrets.get(shop, ()))


@dataclass
class _Room:
    """What the shops' doors share."""

    reception: Reception
    hashes: Secrets
    recent: Recent = field(default_factory=Recent)

    async def webhook(self, shop: str, request: Request, sealed: Sealed, secrets: tuple[str, ...]) -> Response:
        """Take a platform's webhook as it came."""
        body, headers = await request.body(), request.headers
        if sealed.platform == "woocommerce" and PING.fullmatch(body):
            return JSONResponse({"status": "pong"})
        post = Post(body, {sealed.signature: _only(request, sealed.signature)})
        if not body or not any(base64_of_body(post, sealed.signature, secret) for secret in secrets):
            return self._unsigned(f"the signature in {sealed.signature} does not hold: check the shop's secret")
        bundle = await self._bundle(shop)
        if bundle is None:
            return _no_bundle()
        topic = headers.get(sealed.topic, "").strip().lower()
        if _TOPIC.fullmatch(topic) is None:
            raise BadInput("the webhook's topic is missing", sealed.topic)
        if sealed.domain and _is_elsewhere(bundle, headers.get(sealed.domain, "")):
            return problem(403, "a webhook of another shop than this address is for", sealed.domain)
        name = (f"/shops/{shop}/{sealed.platform}", name_of(topic, body))
        now = self.reception.now()
        raw = Taken(name, Entry(ORDERS, _raw(name, sealed.platform, topic, body, now)))
        scan = await off_the_loop(scan_of, Records(self.reception.store), shop, topic, body, now)
        return await self._take([raw] if scan is None else [raw, scan], [])

    async def events(self, shop: str, request: Request) -> Response:
        """Take a shop's own events."""
        if (refused := self._refused(shop, request)) is not None:
            return refused
        if await self._bundle(shop) is None:
            return _no_bundle()
        headers, body = dict(request.headers), await request.body()
        read = await off_the_loop(lambda: list(read_request(shop, headers, body)))
        return await self._take(
            [one for one in read if isinstance(one, Taken)], [one for one in read if isinstance(one, Refused)]
        )

    async def sheet(self, shop: str, request: Request) -> Response:
        """Take a table: the rows that can be read, and a word on each that cannot."""
        if (refused := self._refused(shop, request)) is not None:
            return refused
        bundle, body = await self._bundle(shop), await request.body()
        if bundle is None:
            return _no_bundle()
        known = sheet_shop(shop, bundle.default_language, bundle.webhooks)
        rows = await off_the_loop(lambda: list(read_sheet(known, body)))
        taken = [_of_row(row) for row in rows if not isinstance(row, Unread)]
        return await self._take(taken, [Refused(0, row.reason, row.place) for row in rows if isinstance(row, Unread)])

    def _refused(self, shop: str, request: Request) -> Response | None:
        """Why the shop's key does not open this door; None if it does."""
        whose = shop_of(self.hashes, _only(request, "authorization"))
        if whose is None:
            answer = self._unsigned("a key is needed: Authorization: Bearer <key>")
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        if whose != shop:
            return problem(403, "the key is another shop's: one key, one shop", "authorization")
        return None

    def _unsigned(self, words: str) -> Response:
        """401, as Shopify demands it of whoever takes its webhooks."""
        self.reception.meter.count(GATEWAY_REFUSED, "shops", "signature")
        return problem(401, words)

    async def _bundle(self, shop: str) -> Bundle | None:
        bundles = await off_the_loop(self.reception.surroundings.bundles)
        return newest_of({shop: bundles[shop]})[shop] if shop in bundles else None

    async def _take(self, taken: list[Taken], refused: list[Refused]) -> Response:
        """Publish what is new; 202 once it is durable, 200 if all was known, 422 if something was refused."""
        new = {one.name: one.entry for one in taken if not self.recent.knows(one.name)}
        await self.reception.intake.take(list(new.values()))
        for name in new:
            self.recent.remember(name)
        said: dict[str, Any] = {"accepted": len(new), "known": len(taken) - len(new)}
        if refused:
            faults = [{name: value for name, value in one._asdict().items() if value != ""} for one in refused]
            return JSONResponse(
                {"status": 422, "title": "some were refused, all others are taken", **said, "refused": faults},
                422,
                media_type="application/problem+json",
            )
        return JSONResponse(said, 202 if new else 200)


def _raw(name: tuple[str, str], platform: str, topic: str, body: bytes, now: Millis) -> bytes:
    """The event around a webhook: its bytes as they came."""
    source, content = name
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": content,
            "source": source,
            "type": SHOP_REPORTED,
            "time": from_millis(now),
            "subject": platform,
            "topic": topic,
            "datacontenttype": "application/json",
            "data_base64": b64encode(body).decode(),
        }
    )


def _of_row(row: bytes) -> Taken:
    found = msgspec.json.decode(row)
    stream = stream_of(found["type"])
    assert stream is not None
    return Taken((found["source"], found["id"]), Entry(stream, row))


def _is_elsewhere(bundle: Bundle, domain: str) -> bool:
    expected = bundle.webhooks.domain if bundle.webhooks else ""
    return bool(expected) and domain.strip().casefold() != expected.casefold()


def _only(request: Request, header: str) -> str:
    """A header; one that comes twice is one with both values, and nothing holds then."""
    return ", ".join(request.headers.getlist(header))


def _no_bundle() -> Response:
    """Ours to mend: the sender shall come again."""
    return problem(503, "the shop is not configured yet: send it again", again=60)
