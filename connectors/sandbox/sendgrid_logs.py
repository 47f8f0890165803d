"""SendGrid's Email Logs as the sandbox speaks them: search, and look one up (v3)."""

import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from connectors.sandbox.book import Accepted
from connectors.sandbox.course import Pace, step_at
from connectors.sandbox.exchange import Asked, Reply, as_json
from connectors.sandbox.outcomes import Refusal
from connectors.sandbox.sendgrid_words import events_of, log_id, object_of, refusal, unauthorised
from schemas.times import SECOND, Millis, from_millis, to_millis

_CONDITION = re.compile(
    r"""\s*(?P<field>\w+)\s*(?P<sign>>=|<=|=|>|<|IN)\s*"""
    r"""(?P<value>(?:TIMESTAMP\s*)?(?P<quote>["'])(?:(?!(?P=quote)).)*(?P=quote)|\([^()]*\))\s*(?:AND(?=\s)|$)""",
    re.IGNORECASE,
)
_WORDS = re.compile(r"""["']([^"']*)["']""")
_TIME = "sg_message_id_created_at"
_PLAIN = frozenset({"sg_message_id", "subject", "to_email", "reason"})
_LISTS = frozenset({"status", "categories"})
_SIGNS: dict[str, Callable[[Millis, Millis], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
_MOST = 1000

Test = Callable[[dict[str, Any]], bool]


def searched(asked: Asked) -> Reply:
    """Messages that match every condition of the query, the newest first."""
    refused = unauthorised(asked.request)
    if refused is not None:
        return refused
    body = object_of(asked.request)
    try:
        tests, limit = conditions(str(body.get("query", ""))), _limit(body.get("limit", 10))
    except ValueError as error:
        return refusal(Refusal(400, f"invalid query: {error}", "query"))
    matching = [one for one in reversed(_mails(asked)) if all(test(_summary(one, asked)) for test in tests)]
    found = asked.book.listed(matching, asked.request.received)[:limit]
    return as_json(200, {"messages": [_summary(message, asked) for message in found]})


def looked_up(asked: Asked) -> Reply:
    """One message with its events and custom arguments; 404 if there is none."""
    refused = unauthorised(asked.request)
    if refused is not None:
        return refused
    wanted = asked.request.path.rsplit("/", 1)[-1]
    matching = [message for message in _mails(asked) if log_id(message) == wanted]
    found = asked.book.listed(matching, asked.request.received, is_look=False)
    return as_json(200, _detail(found[0], asked)) if found else refusal(Refusal(404, "not found"))


def conditions(query: str) -> list[Test]:
    """The tests of a query: conditions joined by AND. Raises ValueError for what is not one."""
    tests, place = [], 0
    while place < len(query.rstrip()):
        found = _CONDITION.match(query, place)
        if found is None:
            raise ValueError("conditions are written field = 'value', joined by AND")
        tests.append(_test(found["field"], found["sign"].upper(), found["value"]))
        place = found.end()
    return tests


def _test(field: str, sign: str, value: str) -> Test:
    words = _WORDS.findall(value)
    if field in _PLAIN and sign == "=":
        return lambda mail: mail.get(field, "") == words[0]
    if field in _LISTS and sign == "IN":
        return lambda mail: bool({mail.get(field)} & set(words))
    if field == _TIME and sign in _SIGNS:
        bound = to_millis(datetime.fromisoformat(words[0]))
        return lambda mail: _SIGNS[sign](to_millis(datetime.fromisoformat(mail[_TIME])), bound)
    raise ValueError(f"{field} cannot be asked by {sign}")


def _limit(limit: object) -> int:
    if not isinstance(limit, int) or not 1 <= limit <= _MOST:
        raise ValueError("limit is a number from 1 to 1000")
    return limit


def _mails(asked: Asked) -> list[Accepted]:
    return [message for message in asked.book.taken() if message.channel == "email"]


def _summary(message: Accepted, asked: Asked) -> dict[str, Any]:
    reason = {"reason": message.reason} if message.reason else {}
    return {
        "from_email": message.sender,
        "to_email": message.to,
        "subject": message.subject,
        "sg_message_id": log_id(message),
        _TIME: from_millis(message.at).isoformat().replace("+00:00", "Z"),
        "status": _status(message, asked),
        **reason,
    }


def _detail(message: Accepted, asked: Asked) -> dict[str, Any]:
    bare = {name: value for name, value in _summary(message, asked).items() if name not in ("reason", _TIME)}
    until = asked.request.at // SECOND
    return {
        **bare,
        "api_key_id": "sandbox",
        "client_ip": "127.0.0.1",
        "custom_args": dict(message.arguments),
        "events": [event for event in _events(message, asked.pace) if event["timestamp"] <= until],
    }


def _events(message: Accepted, pace: Pace) -> list[dict[str, Any]]:
    return [{**event, "custom_args": dict(message.arguments)} for event in events_of(message, pace)]


def _status(message: Accepted, asked: Asked) -> str:
    """The logs know no `scheduled` and no `canceled`: such mail is processed, or dropped."""
    status = step_at(message, asked.request.at, asked.pace).status
    return {"scheduled": "processed", "canceled": "dropped"}.get(status, status)
