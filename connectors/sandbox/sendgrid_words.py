"""SendGrid's ways of speaking: errors, who may ask, ids, and the events of a mail (v3)."""

import json
from typing import Any

from connectors.sandbox.address import API_KEY
from connectors.sandbox.book import Accepted, Blocked, provider_id
from connectors.sandbox.course import Pace, Step, course
from connectors.sandbox.exchange import Reply, Request, as_json
from connectors.sandbox.outcomes import Refusal
from schemas.times import SECOND

_TOO_LARGE = b"<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n</html>\r\n"
_UNAUTHORISED = Refusal(401, "The provided authorization grant is invalid, expired, or revoked")

EVENTS: dict[str, str] = {"bounced": "bounce", "blocked": "bounce"}
"""A mail's status -> the event that says so; others are called alike."""


def refusal(refused: Refusal) -> Reply:
    """SendGrid's words; its 413 is a web server's page, not JSON."""
    if refused.status == 413:
        return Reply(413, _TOO_LARGE, {"Content-Type": "text/html"})
    return as_json(refused.status, {"errors": [{"message": refused.message, "field": refused.field, "help": None}]})


def unauthorised(request: Request) -> Reply | None:
    """The refusal of who has no key; None if it has."""
    return None if request.headers.get("authorization", "") == f"Bearer {API_KEY}" else refusal(_UNAUTHORISED)


def object_of(request: Request) -> dict[str, Any]:
    """The body's JSON object; {} if it is none."""
    try:
        found = json.loads(request.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def log_id(message: Accepted) -> str:
    """The id by which logs and events name a mail: it begins with what the sender was given."""
    return f"{message.provider_id}.recvd-sandbox-1"


def events_of(message: Accepted, pace: Pace) -> list[dict[str, Any]]:
    """Everything that is told of a mail, in order of time; without the sender's own arguments."""
    if message.status == "canceled":
        return []
    told = [_event(message, step) for step in course(message, pace)[1:]]  # the first is the answer to the sender
    return told + _afterwards(message, told)


_LISTED = {"bounced": "bounces", "blocked": "blocks", "spamreport": "spam_reports", "unsubscribe": "unsubscribes"}


def listed_by(message: Accepted, pace: Pace) -> tuple[str, Blocked] | None:
    """The list on which this mail's end puts its address; None if on none."""
    tool = _LISTED.get(message.afterwards) or _LISTED.get(message.status)
    since = (message.send_at or message.at) + pace.final
    return (tool, Blocked(message.to, since, message.reason)) if tool and message.channel == "email" else None


def _event(message: Accepted, step: Step) -> dict[str, Any]:
    event: dict[str, Any] = {
        "email": message.to,
        "timestamp": step.at // SECOND,
        "smtp-id": f"<{message.provider_id}@sandbox.example>",
        "event": EVENTS.get(step.status, step.status),
        "sg_event_id": provider_id(f"{message.provider_id}/{step.status}", 0)[:22],
        "sg_message_id": log_id(message),
    }
    return event | _details(message, step.status)


def _details(message: Accepted, status: str) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {
        "delivered": {"response": "250 2.0.0 OK", "ip": "127.0.0.1"},
        "deferred": {"response": "450 4.2.1 try again later", "attempt": "1"},
        "bounced": {"type": "bounce", "status": "5.1.1", "reason": message.reason},
        "blocked": {"type": "blocked", "status": "4.7.0", "reason": message.reason},
        "dropped": {"reason": message.reason},
    }
    return found.get(status, {})


def _afterwards(message: Accepted, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not message.afterwards or not told:
        return []
    bare = {name: told[-1][name] for name in ("email", "timestamp", "sg_message_id")}
    named = provider_id(f"{message.provider_id}/{message.afterwards}", 0)[:22]
    return [bare | {"event": message.afterwards, "sg_event_id": named}]
