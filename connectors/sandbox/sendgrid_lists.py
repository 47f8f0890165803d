"""SendGrid's suppressions, batches and scheduled sends as the sandbox speaks them (v3)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from connectors.sandbox.book import Accepted, Blocked, provider_id
from connectors.sandbox.exchange import Asked, Reply, as_json
from connectors.sandbox.outcomes import Refusal
from connectors.sandbox.sendgrid_words import object_of, refusal, unauthorised
from schemas.times import MINUTE, SECOND

_GLOBAL = "unsubscribes"
_LEAD = 10 * MINUTE
"""How long before its time a scheduled mail can be called off at the latest."""


def suppressed(asked: Asked) -> Reply:
    """One of the lists, by `start_time`, `end_time`, `limit` and `offset`."""
    refused = unauthorised(asked.request)
    if refused is not None:
        return refused
    query, tool = asked.request.query, asked.request.path.split("/")[3]
    since, until = int(query.get("start_time", "0")), int(query.get("end_time", 1 << 40))
    found = [_entry(one) for one in asked.book.blocked(tool) if since <= one.since // SECOND <= until]
    offset = int(query.get("offset", "0"))
    return as_json(200, found[offset : offset + int(query.get("limit", "500"))])


def suppressed_one(asked: Asked) -> Reply:
    """One address of a list: [] if it is not there."""
    refused = unauthorised(asked.request)
    tool, email = asked.request.path.split("/")[3], _last(asked)
    return refused or as_json(200, [_entry(one) for one in asked.book.blocked(tool) if one.email.lower() == email])


def released(asked: Asked) -> Reply:
    """Take addresses off a list: the one of the path, those named, or all."""
    refused = unauthorised(asked.request)
    if refused is not None:
        return refused
    parts = asked.request.path.split("/")
    body = object_of(asked.request)
    named = [_last(asked)] if len(parts) > 4 else body.get("emails", [])
    emails = [one.email for one in asked.book.blocked(parts[3])] if body.get("delete_all") else named
    gone = [asked.book.unblock(parts[3], str(email)) for email in emails]
    return Reply(204) if any(gone) or len(parts) == 4 else refusal(Refusal(404, "resource not found"))


def unsubscribed(asked: Asked) -> Reply:
    """Put addresses on the global list."""
    refused = unauthorised(asked.request)
    if refused is not None:
        return refused
    emails = [str(email) for email in object_of(asked.request).get("recipient_emails", [])]
    for email in emails:
        asked.book.block(_GLOBAL, Blocked(email, asked.request.at))
    return as_json(201, {"recipient_emails": emails})


def is_unsubscribed(asked: Asked) -> Reply:
    """The address, if it stands on the global list; else {}."""
    refused = unauthorised(asked.request)
    found = _last(asked) in {one.email.lower() for one in asked.book.blocked(_GLOBAL)}
    return refused or as_json(200, {"recipient_email": _last(asked)} if found else {})


def resubscribed(asked: Asked) -> Reply:
    """Take an address off the global list."""
    refused = unauthorised(asked.request)
    if refused is not None:
        return refused
    return Reply(204) if asked.book.unblock(_GLOBAL, _last(asked)) else refusal(Refusal(404, "resource not found"))


def batched(asked: Asked) -> Reply:
    """A new batch's id."""
    refused = unauthorised(asked.request)
    if refused is not None:
        return refused
    name = provider_id("batch", len(asked.book.batches()))
    asked.book.batch(name, "")
    return as_json(201, {"batch_id": name})


def batch_checked(asked: Asked) -> Reply:
    """Is there such a batch?"""
    refused = unauthorised(asked.request)
    if refused is not None:
        return refused
    is_there = asked.book.batch(_last(asked)) is not None
    return as_json(200, {"batch_id": _last(asked)}) if is_there else refusal(Refusal(400, "invalid batch id"))


def called_off(asked: Asked) -> Reply:
    """Cancel or pause what is scheduled under a batch, as far as it is not due within ten minutes."""
    refused = unauthorised(asked.request)
    if refused is not None:
        return refused
    body = object_of(asked.request)
    name, status = str(body.get("batch_id") or _last(asked)), str(body.get("status", ""))
    if asked.book.batch(name) is None or status not in ("cancel", "pause"):
        return refusal(Refusal(400, "batch id and status (cancel or pause) are required"))
    asked.book.batch(name, status)
    for message in list(_scheduled(asked, name)):
        asked.cancel(message)
    return as_json(201, {"batch_id": name, "status": status}) if asked.request.method == "POST" else Reply(204)


def all_called_off(asked: Asked) -> Reply:
    """Batches that are cancelled or paused; one, if the path names it."""
    refused = unauthorised(asked.request)
    named = _last(asked) if _last(asked) != "scheduled_sends" else ""
    found: list[dict[str, Any]] = [
        {"batch_id": name, "status": status}
        for name, status in asked.book.batches().items()
        if status and named in ("", name)
    ]
    return refused or as_json(200, found)


def _scheduled(asked: Asked, batch: str) -> Iterator[Accepted]:
    for message in asked.book.taken():
        if message.batch == batch and message.send_at >= asked.request.at + _LEAD:
            yield message


def _entry(blocked: Blocked) -> dict[str, Any]:
    reason = {"reason": blocked.reason} if blocked.reason else {}
    return {"created": blocked.since // SECOND, "email": blocked.email, **reason}


def _last(asked: Asked) -> str:
    return unquote(asked.request.path.rsplit("/", 1)[-1]).lower()
