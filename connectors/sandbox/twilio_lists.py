"""Twilio's Messages as the sandbox speaks it: list, fetch, cancel, redact, delete (2010-04-01)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from connectors.sandbox.book import Accepted
from connectors.sandbox.course import CANCELED, step_at
from connectors.sandbox.exchange import Asked, Reply, as_json
from connectors.sandbox.twilio_words import MESSAGES, form_of, is_authentic, refusal, resource, sent_at
from schemas.times import DAY, Millis, to_millis

_MOST = 1000
_CANCELABLE = frozenset({"scheduled", "queued", "accepted"})


def listed(asked: Asked) -> Reply:
    """A page of messages, by To, From and DateSent (=, <, >), the newest first."""
    request, book = asked.request, asked.book
    if not is_authentic(request):
        return refusal(20003)
    try:
        size, page = _page_size(request.query), int(request.query.get("Page", "0"))
        wanted = [one for one in reversed(book.taken()) if one.channel == "sms" and _matches(one, asked)]
    except ValueError:
        return refusal(20001)
    wanted = book.listed(wanted, request.received)
    shown = wanted[page * size : (page + 1) * size]
    return as_json(200, _page(asked, shown, page, size, len(wanted) > (page + 1) * size))


def fetched(asked: Asked) -> Reply:
    """One message by its SID; 404 if there is none."""
    if not is_authentic(asked.request):
        return refusal(20003)
    found = _meant(asked)
    return _shown(found, asked) if found else refusal(20404)


def changed(asked: Asked) -> Reply:
    """Cancel what has not gone yet (Status=canceled), or redact the words (Body=)."""
    if not is_authentic(asked.request):
        return refusal(20003)
    found, form = _meant(asked), form_of(asked.request)
    if found is None:
        return refusal(20404)
    if form.get("Status", "") == CANCELED:
        if step_at(found, asked.request.at, asked.pace).status not in _CANCELABLE:
            return refusal(30409)
        found = asked.cancel(found)
    if form.get("Body") == "":
        found = asked.book.change(found, replace(found, text=""))
    return _shown(found, asked)


def deleted(asked: Asked) -> Reply:
    """The record goes; what the customer has stays."""
    if not is_authentic(asked.request):
        return refusal(20003)
    found = _meant(asked)
    if found is None:
        return refusal(20404)
    asked.book.forget(found)
    return Reply(204)


def _meant(asked: Asked) -> Accepted | None:
    sid = asked.request.path.rsplit("/", 1)[-1].removesuffix(".json")
    found = asked.book.find(sid)
    return found if found is not None and found.channel == "sms" else None


def _shown(message: Accepted, asked: Asked) -> Reply:
    return as_json(200, resource(message, asked.request.at, asked.pace))


def _page_size(query: Mapping[str, str]) -> int:
    size = int(query.get("PageSize", "50"))
    if size < 1:
        raise ValueError(size)
    return min(size, _MOST)


def _matches(message: Accepted, asked: Asked) -> bool:
    query = asked.request.query
    if query.get("To", message.to) != message.to or query.get("From", message.sender) != message.sender:
        return False
    bounds = {name: _moment(query[name]) for name in ("DateSent", "DateSent<", "DateSent>") if name in query}
    if not bounds:
        return True
    sent = sent_at(message, asked.request.at, asked.pace)
    return sent is not None and _within(sent, bounds)


def _within(sent: Millis, bounds: Mapping[str, Millis]) -> bool:
    """`DateSent` is a whole day; the other two are bounds, included."""
    day = bounds.get("DateSent", sent)
    begins = day - day % DAY if "DateSent" in bounds else sent
    return (
        begins <= sent < begins + DAY
        and bounds.get("DateSent>", sent) <= sent
        and sent <= bounds.get("DateSent<", sent)
    )


def _moment(text: str) -> Millis:
    """A day or a time; Twilio's times are UTC."""
    read = datetime.fromisoformat(text)
    return to_millis(read if read.tzinfo else read.replace(tzinfo=UTC))


def _page(asked: Asked, shown: list[Accepted], page: int, size: int, more: bool) -> dict[str, Any]:
    def uri(number: int) -> str:
        query = {name: value for name, value in asked.request.query.items() if name not in ("Page", "PageToken")}
        return f"{MESSAGES}.json?{urlencode({**query, 'PageSize': size, 'Page': number})}"

    return {
        "messages": [resource(message, asked.request.at, asked.pace) for message in shown],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(len(shown) - 1, 0),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if more else None,
        "previous_page_uri": uri(page - 1) if page else None,
    }
