"""Twilio's ways of speaking: errors, the message resource, dates, who may ask (2010-04-01)."""

import base64
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from connectors.sandbox.address import ACCOUNT, TOKEN, TWILIO_KEY, TWILIO_SECRET
from connectors.sandbox.book import Accepted
from connectors.sandbox.course import Pace, course, step_at
from connectors.sandbox.exchange import Reply, Request, as_json
from connectors.sandbox.outcomes import REFUSALS
from schemas.times import Millis, from_millis
from templates.segments import size

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
POOL = "+48500900900"
"""The number of every messaging service's pool."""

_PASSES = frozenset(
    "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()
    for name, secret in ((ACCOUNT, TOKEN), (TWILIO_KEY, TWILIO_SECRET))
)
_UNSENT = frozenset({"queued", "scheduled", "accepted"})


def refusal(code: int, headers: Mapping[str, str] | None = None) -> Reply:
    """Twilio's words for one of its codes."""
    status, message = REFUSALS[code]
    more = f"https://www.twilio.com/docs/errors/{code}"
    return as_json(status, {"code": code, "message": message, "more_info": more, "status": status}, headers)


def is_authentic(request: Request) -> bool:
    """By the account's token or an API key, and about this account."""
    return request.headers.get("authorization", "") in _PASSES and ACCOUNT in request.path


def form_of(request: Request) -> dict[str, str]:
    """The request's parameters."""
    return dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))


def callback_of(form: Mapping[str, str]) -> dict[str, str]:
    """What the sender wrote into the query of its status callback."""
    query = parse_qs(urlsplit(form.get("StatusCallback", "")).query)
    return {name: values[0] for name, values in query.items()}


def sent_at(message: Accepted, now: Millis, pace: Pace) -> Millis | None:
    """When it was sent, as far as it was by `now`."""
    return next((step.at for step in course(message, pace) if step.status not in _UNSENT and step.at <= now), None)


def resource(message: Accepted, now: Millis, pace: Pace) -> dict[str, Any]:
    """The message as Twilio shows it at a message time."""
    step = step_at(message, now, pace)
    sent = None if step.status == "canceled" else sent_at(message, now, pace)
    uri = f"{MESSAGES}/{message.provider_id}.json"
    service = message.sender if message.sender.startswith("MG") else None
    return {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": message.text,
        "date_created": _date(message.at),
        "date_sent": _date(sent) if sent is not None else None,
        "date_updated": _date(max(step.at, message.at)),
        "direction": "outbound-api",
        "error_code": step.code,
        "error_message": None,
        "from": (POOL if sent is not None else None) if service else message.sender,
        "messaging_service_sid": service,
        "num_media": "0",
        "num_segments": "0" if service and sent is None else str(size(message.text).segments if message.text else 1),
        "price": None,
        "price_unit": "USD",
        "sid": message.provider_id,
        "status": step.status,
        "subresource_uris": {"media": uri.replace(".json", "/Media.json")},
        "to": message.to,
        "uri": uri,
    }


def _date(moment: Millis) -> str:
    return format_datetime(from_millis(moment))
