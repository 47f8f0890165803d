"""What providers' posts look like, for the OpenAPI document. Invented."""

from typing import Any

_FORM = "application/x-www-form-urlencoded"


def _of(media: str, example: Any, says: str) -> dict[str, Any]:
    content = {media: {"schema": {"description": says}, "example": example}}
    refused = {"403": {"description": "The signature does not hold."}, "503": {"description": "Send it again."}}
    return {"requestBody": {"required": True, "content": content}, "responses": refused}


STATUS = _of(
    _FORM,
    "MessageSid=SM11111111111111111111111111111111&MessageStatus=delivered&To=%2B48500000123&From=%2B48732000001",
    "Twilio's form, signed in X-Twilio-Signature over our URL with its query.",
)
REPLY = _of(
    _FORM,
    "MessageSid=SM22222222222222222222222222222222&From=%2B48500000123&To=%2B48732000001&Body=STOP",
    "Twilio's form; answered with TwiML.",
)
EVENTS = _of(
    "application/json",
    [{"event": "delivered", "timestamp": 1790000000, "sg_event_id": "e1", "sg_message_id": "m1.filter"}],
    "SendGrid's events, signed in X-Twilio-Email-Event-Webhook-Signature.",
)
MAIL = _of(
    "multipart/form-data",
    {"from": "Anna <anna@example.com>", "to": "parcels@example.com", "text": "Where is my parcel?"},
    "A mail as Inbound Parse posts it, signed by the webhook's security policy.",
)
