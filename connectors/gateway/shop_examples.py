"""What shops' posts look like, and what is answered, for the OpenAPI document. Invented."""

from typing import Any

_ANSWERS: dict[str, Any] = {
    "202": {"description": "Taken: it is in the log, durably. `accepted` is how many were new, `known` how many not."},
    "200": {"description": "All of it was taken before."},
    "401": {"description": "Unsigned, or no key that is known."},
    "403": {"description": "Another shop's."},
    "503": {"description": "Not taken, nothing is lost: send it again after Retry-After."},
}
_IN_PART: dict[str, Any] = {"422": {"description": "Those in `refused` were not taken; all others were."}}


def _of(contents: dict[str, Any], answers: dict[str, Any]) -> dict[str, Any]:
    content = {media: {"example": example} for media, example in contents.items()}
    return {"requestBody": {"required": True, "content": content}, "responses": answers}


_EVENT = {
    "specversion": "1.0",
    "type": "awizo.shipment.created.v1",
    "source": "/shops/sowa",
    "id": "2",
    "time": "2026-10-12T15:00:00+02:00",
    "data": {"shop": "sowa", "order": "20001", "courier": "dpd_pl", "number": "0000002000101U"},
}
EVENTS = _of(
    {"application/cloudevents+json": _EVENT, "application/cloudevents-batch+json": [_EVENT]}, _ANSWERS | _IN_PART
)
SHEET = _of(
    {"text/csv": "order,placed_at,email\n20001,2026-10-12T10:00:00+02:00,me@example.com\n"}, _ANSWERS | _IN_PART
)
WEBHOOKS = {
    "shopify": _of({"application/json": {"id": 5940139491001, "name": "#1001", "financial_status": "paid"}}, _ANSWERS),
    "woocommerce": _of({"application/json": {"id": 727, "number": "727", "status": "processing"}}, _ANSWERS),
}
"""Platform -> its webhooks, as far as an example shows them; they are published as they came."""
