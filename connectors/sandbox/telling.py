"""What providers tell of a message afterwards: Twilio's status callbacks, SendGrid's event posts, replies. As posts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode

from cryptography.hazmat.primitives.asymmetric import ec

from connectors.receipts.signatures import (
    SENDGRID_SIGNATURE,
    SENDGRID_TIMESTAMP,
    TWILIO_SETTINGS,
    TWILIO_SIGNATURE,
    sendgrid_signature,
    twilio_signature,
)
from connectors.sandbox.address import ACCOUNT, SHARED_KEY, TIME_HEADER, TOKEN
from connectors.sandbox.book import Accepted, Said
from connectors.sandbox.course import Pace, Step, course
from connectors.sandbox.faults import Trouble
from connectors.sandbox.sendgrid_words import events_of
from schemas.times import SECOND, Millis

_PRIVATE = ec.derive_private_key(int.from_bytes(sha256(b"awizo sandbox event webhook").digest()) >> 1, ec.SECP256R1())
_FORM = "application/x-www-form-urlencoded"
_INITIAL = frozenset({"queued", "accepted", "scheduled"})  # the answer to the create call says it; no callback does
_WITH_ERROR = frozenset({"failed", "undelivered"})


class Patience(NamedTuple):
    """How often a post is tried again at once when nobody listens, and whether an answer of 5xx counts as that."""

    again: int = 0
    after_5xx: bool = False


@dataclass(frozen=True, order=True)
class Post:
    """One post to whoever listens. `url` is what is signed; `at` its message time; `name` the provider's id for
    what it speaks of."""

    at: Millis
    name: str
    number: int
    provider: str = field(compare=False)
    url: str = field(compare=False)
    body: bytes = field(compare=False, repr=False)
    headers: Mapping[str, str] = field(compare=False, repr=False)
    patience: Patience = field(compare=False, default=Patience())


def status_posts(message: Accepted, pace: Pace, by_shared_key: bool = False) -> list[Post]:
    """Twilio's callbacks of a message, in order of time; none if the sender asked for none."""
    url, _, fragment = dict(message.arguments).get("StatusCallback", "").partition("#")  # the fragment is not sent
    steps = [step for step in course(message, pace) if step.status not in _INITIAL]
    posts = [
        _twilio_post(url, _status_form(message, step), step.at, message.provider_id, number, by_shared_key)
        for number, step in enumerate(steps if url else [])
    ]
    return [replace(post, patience=patience_of(fragment)) for post in posts]


def patience_of(fragment: str) -> Patience:
    """What a callback URL's fragment asks of Twilio: `rc` times again (at most 5; once by default), and `rp`, after
    what (a failed connection by default)."""
    asked = parse_qs(fragment)
    again = asked.get("rc", ["1"])[0]
    after = asked.get("rp", [""])[0].split(",")
    return Patience(min(int(again), 5) if again.isdigit() else 1, bool({"all", "5xx"} & set(after)))


def event_posts(message: Accepted, pace: Pace, url: str) -> list[Post]:
    """SendGrid's events of a mail, each as a post of one."""
    events = [event | dict(message.arguments) for event in events_of(message, pace)]
    return [
        _sendgrid_post([event], event["timestamp"] * SECOND, message.provider_id, number, url)
        for number, event in enumerate(events if url else [])
    ]


def reply_post(said: Said, url: str, opt_out: str = "", by_shared_key: bool = False) -> Post:
    """A customer's SMS to us. `opt_out`: STOP, START or HELP, which only Advanced Opt-Out tells."""
    form = {
        "ToCountry": "PL",
        "SmsMessageSid": said.provider_id,
        "NumMedia": "0",
        "SmsSid": said.provider_id,
        "SmsStatus": "received",
        "Body": said.text,
        "To": said.to,
        "NumSegments": "1",
        "MessageSid": said.provider_id,
        "AccountSid": ACCOUNT,
        "From": said.phone,
        "ApiVersion": "2010-04-01",
    }
    form |= {"OptOutType": opt_out} if opt_out else {}
    return _twilio_post(url, form, said.at, said.provider_id, 0, by_shared_key)


def told_badly(posts: list[Post], trouble: str) -> list[Post]:
    """The posts as a fault lets them come: none, each twice, or in the opposite order."""
    if trouble == Trouble.SILENT:
        return []
    if trouble == Trouble.DOUBLE:
        return [replace(post, number=2 * post.number + more) for post in posts for more in (0, 1)]
    if trouble == Trouble.SHUFFLE:
        times = [post.at for post in posts]
        return [replace(post, at=times[-1], number=-post.number) for post in posts]
    return posts


def merged(posts: list[Post]) -> Post:
    """Several event posts to one URL as one, as SendGrid gathers them."""
    events = [event for post in posts for event in json.loads(post.body)]
    last = posts[-1]
    return _sendgrid_post(events, last.at, last.name, last.number, last.url)


def _status_form(message: Accepted, step: Step) -> dict[str, str]:
    by_service = {"MessagingServiceSid": message.sender} if message.sender.startswith("MG") else {}
    error = {"ErrorCode": str(step.code)} if step.code and step.status in _WITH_ERROR else {}
    return {
        "SmsSid": message.provider_id,
        "SmsStatus": step.status,
        "MessageStatus": step.status,
        "To": message.to,
        "MessageSid": message.provider_id,
        "AccountSid": ACCOUNT,
        "From": message.sender,
        "ApiVersion": "2010-04-01",
        **by_service,
        **error,
    }


def _twilio_post(url: str, form: Mapping[str, str], at: Millis, name: str, number: int, by_shared_key: bool) -> Post:
    secret, algorithm = (SHARED_KEY[1], "HMAC_SHA256") if by_shared_key else (TOKEN, "HMAC_SHA1")
    signature = twilio_signature(url, {name: [value] for name, value in form.items()}, secret, algorithm)
    headers = {"Content-Type": _FORM, TWILIO_SIGNATURE: signature, TIME_HEADER: str(at)}
    if by_shared_key:
        headers[TWILIO_SETTINGS] = f"key={SHARED_KEY[0]},algorithm={algorithm}"
    return Post(at, name, number, "twilio", url, urlencode(form).encode(), headers)


def _sendgrid_post(events: list[dict[str, object]], at: Millis, name: str, number: int, url: str) -> Post:
    body = json.dumps(events, separators=(",", ":")).encode() + b"\r\n"  # the line's end is signed too
    timestamp = str(at // SECOND)
    headers = {
        "Content-Type": "application/json;charset=utf-8",
        SENDGRID_SIGNATURE: sendgrid_signature(timestamp, body, _PRIVATE),
        SENDGRID_TIMESTAMP: timestamp,
        TIME_HEADER: str(at),
    }
    return Post(at, name, number, "sendgrid", url, body, headers)
