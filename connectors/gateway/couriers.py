"""Couriers' doors: a post is proved over its raw bytes and published as it came; what it means is decided later.

A parser's bug never loses an event: nothing is parsed here.
"""

import base64
import binascii
import hmac
from typing import Any

from fastapi import APIRouter, Request, Response

from connectors.gateway.answers import problem
from connectors.gateway.reception import Reception
from connectors.gateway.refusals import counted
from connectors.gateway.sources import source_of
from connectors.gateway.webhooks import Webhook, webhooks
from connectors.gateway.wrapping import reported
from couriers.seal_schemes import BEARER_LASTS, Post, bearer
from schemas.errors import BadInput
from schemas.metrics import GATEWAY_REFUSED

TOKEN_SEAL = "oauth"  # noqa: S105 - the name of a seal
_CLOSED = "no courier's posts are taken here"

EXAMPLES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"description": "The courier's own payload, as it sends it; it is not parsed here."},
                "example": {
                    "description": "tracker.updated",
                    "id": "evt_1",
                    "result": {"tracking_code": "EZ1000000001"},
                },
            }
        },
    },
    "responses": {
        "200": {"description": "Taken: it is in the log, durably."},
        "403": {"description": "The courier's seal does not hold."},
        "404": {"description": "This courier's posts are not taken here (AWIZO_COURIER_WEBHOOKS)."},
        "503": {"description": "Not taken: send it again."},
    },
}


def doors(reception: Reception) -> APIRouter:
    """`POST /couriers/{courier}`, and `/couriers/{courier}/{key}` for couriers that sign nothing. A GET is answered,
    for couriers that look first whether anybody is there; `/couriers/ups/token` gives UPS its bearer."""
    router = APIRouter(prefix="/couriers", tags=["couriers"])
    open_to = webhooks(reception.environment)

    ups = open_to.get("ups")
    if ups is not None and any(way.name == TOKEN_SEAL for way in ups.ways):

        @router.post("/ups/token", summary="OAuth 2.0: UPS's client credentials to a bearer", response_model=None)
        async def token(request: Request) -> Response | dict[str, Any]:
            return _token(ups, await request.body(), request, reception)

    @router.post("/{courier}", summary="A courier's post", openapi_extra=EXAMPLES, response_class=Response)
    @router.post("/{courier}/{key}", summary="A post to a secret address", openapi_extra=EXAMPLES)
    async def take(request: Request) -> Response:
        courier = request.path_params["courier"]  # not declared as parameters: resolving them doubles a post's cost
        webhook = open_to.get(courier)
        if webhook is None:
            return problem(404, _CLOSED)
        post = await _post(request, request.path_params.get("key", ""), reception)
        with counted(reception.meter, "couriers"):
            seal = webhook.prove(post)
            if not post.body:
                raise BadInput("empty: a courier's payload was expected", "body")
        await reception.intake.take([reported(courier, post, seal)])
        return Response(status_code=200)

    @router.get("/{courier}", summary="Whether a courier's posts are taken", response_class=Response)
    async def is_open(courier: str) -> Response:
        return Response(status_code=200) if courier in open_to else problem(404, _CLOSED)

    return router


async def _post(request: Request, key: str, reception: Reception) -> Post:
    """The request as seals read it. A header or field that comes twice is one with both values: no seal holds then."""
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    query: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        query[name] = f"{query[name]}, {value}" if name in query else value
    query["key"] = key
    return Post(await request.body(), headers, query, source_of(request), reception.now())


def _token(webhook: Webhook, body: bytes, request: Request, reception: Reception) -> Response | dict[str, Any]:
    """RFC 6749, 4.4: the client's id and secret come as Basic."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        client = base64.b64decode(given, validate=True) if scheme.lower() == "basic" else b""
    except binascii.Error:
        client = b""
    is_known = any([hmac.compare_digest(client, secret.encode()) for secret in webhook.secrets])  # noqa: C419 - all are compared
    if b"grant_type=client_credentials" not in body or not is_known:
        reception.meter.count(GATEWAY_REFUSED, "couriers", "signature")
        return problem(401, "not a client that is known here", "authorization")
    token = bearer(client.decode(), reception.now())
    return {"access_token": token, "token_type": "Bearer", "expires_in": BEARER_LASTS // 1000}
