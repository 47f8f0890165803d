"""SendGrid's event posts. Pure; the signature is checked first. A bad event is given as such, and stops no other.

Events: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from connectors.receipts.receipt import Incoming, Receipt, Said, Unread, Why
from connectors.receipts.signatures import SENDGRID_SIGNATURE, SENDGRID_TIMESTAMP, signed_by_sendgrid
from schemas.errors import BadInput, BadSignature
from schemas.times import HOUR, SECOND, Millis

PROVIDER = "sendgrid"
KEY_ARGUMENT = "awizo_key"

TOLERANCE: Millis = 25 * HOUR
"""How old a signed post may be. SendGrid tries for 24 hours, and may keep the first timestamp; what comes twice does no
harm, so a long window costs nothing."""

_EARLY: Millis = HOUR  # a clock that goes before ours

EVENTS: dict[str, Said] = {
    "processed": Said.TAKEN,
    "deferred": Said.TAKEN,  # the mailbox's server asked to wait; SendGrid goes on trying
    "delivered": Said.DELIVERED,
    "open": Said.DELIVERED,
    "click": Said.DELIVERED,
    "spamreport": Said.DELIVERED,
    "unsubscribe": Said.DELIVERED,
    "group_unsubscribe": Said.DELIVERED,
    "group_resubscribe": Said.DELIVERED,
    "bounce": Said.UNDELIVERED,
    "dropped": Said.FAILED,
}
"""What is not here says nothing about a message."""

OPT_OUTS = frozenset({"spamreport", "unsubscribe", "group_unsubscribe"})

DROPS: dict[str, Why] = {
    "bounced address": Why.RECIPIENT,
    "invalid": Why.RECIPIENT,
    "unsubscribed address": Why.OPTED_OUT,
    "spam reporting address": Why.OPTED_OUT,
    "spam content": Why.FILTERED,
    "invalid smtpapi header": Why.MESSAGE,
    "recipient list over package quota": Why.CONFIGURATION,
}
"""Why a mail was dropped, in SendGrid's words (in lower case). Another reason concerns this mail only."""

_FAILURES = frozenset({Said.UNDELIVERED, Said.FAILED})
_KEY = re.compile(r"[0-9a-f]{32}")
_CODE = re.compile(r"[\w.-]{1,24}")


def read_events(post: Incoming, public_keys: Sequence[str], now: Millis) -> list[Receipt | Unread]:
    """Every event of a post, in its order, whichever account it is of. `now`: machine time, for the signature's age.
    Raises BadSignature, and BadInput if the body is no list of events."""
    check_post(post, public_keys, now)
    try:
        events = json.loads(post.body)
    except ValueError:
        raise BadInput("not JSON: this URL takes SendGrid's event posts", "body") from None
    if not isinstance(events, list):
        raise BadInput("not a list of events", "body")
    return [read_event(event, f"body.{place}") for place, event in enumerate(events)]


def check_post(post: Incoming, public_keys: Sequence[str], now: Millis) -> None:
    """Let a post pass that SendGrid signed lately, with one of these keys. Raises BadSignature."""
    timestamp, signature = post.header(SENDGRID_TIMESTAMP), post.header(SENDGRID_SIGNATURE)
    if not timestamp.isascii() or not timestamp.isdigit():
        raise BadSignature("missing, or no time: turn on signed event posts at SendGrid", SENDGRID_TIMESTAMP)
    if not signed_by_sendgrid(timestamp, post.body, signature, public_keys):
        raise BadSignature("SendGrid's signature does not hold: check the verification key", SENDGRID_SIGNATURE)
    age = now - int(timestamp) * SECOND
    if not -_EARLY <= age <= TOLERANCE:
        raise BadSignature(
            "signed more than 25 hours ago, or in the future: check this machine's clock", SENDGRID_TIMESTAMP
        )


def read_event(event: Any, place: str) -> Receipt | Unread:
    """One event, with our arguments beside its own fields. `place` says where it stands."""
    if not isinstance(event, dict):
        return Unread("not an object", place)
    said = EVENTS.get(str(event.get("event", "")))
    if said is None:
        return Unread("an event that says nothing about a message", f"{place}.event")
    number, name, at = event.get("sg_message_id"), event.get("sg_event_id"), event.get("timestamp")
    if not isinstance(number, str) or not number:
        return Unread("missing", f"{place}.sg_message_id")
    if not isinstance(name, str) or not name:
        return Unread("missing", f"{place}.sg_event_id")
    if not isinstance(at, int) or isinstance(at, bool) or at <= 0:
        return Unread("not seconds since 1970", f"{place}.timestamp")
    return _receipt(event, said, number, name, at * SECOND)


def _receipt(event: dict[str, Any], said: Said, number: str, name: str, at: Millis) -> Receipt:
    status = str(event["event"])
    why = _why(event, said)
    key = str(event.get(KEY_ARGUMENT, ""))
    return Receipt(
        provider=PROVIDER,
        provider_id=number.partition(".")[0],  # begins with the X-Message-Id that the sender was given
        key=key if _KEY.fullmatch(key) else "",
        id=name,
        said=said,
        at=at,
        status=status,
        code=_code(event, status) if said in _FAILURES else "",
        why=why,
        opted_out=status in OPT_OUTS or why == Why.OPTED_OUT,
        is_dead=status == "bounce" and why == Why.RECIPIENT,
    )


def _why(event: dict[str, Any], said: Said) -> Why:
    """A bounce of the type `blocked` passes; any other is for good."""
    if said == Said.UNDELIVERED:
        return Why.PASSING if event.get("type") == "blocked" else Why.RECIPIENT
    if said == Said.FAILED:
        return DROPS.get(str(event.get("reason", "")).strip().lower(), Why.MESSAGE)
    return Why.NOTHING


def _code(event: dict[str, Any], status: str) -> str:
    """The mail server's code where it gave one (5.1.1), else what happened. Its words may quote the address."""
    told = str(event.get("status", ""))
    if _CODE.fullmatch(told):
        return told
    known = str(event.get("reason", "")).strip().lower()
    return known.replace(" ", "_") if status == "dropped" and known in DROPS else status
