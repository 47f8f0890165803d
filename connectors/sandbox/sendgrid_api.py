"""SendGrid's mail/send as the sandbox speaks it (v3)."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from connectors.sandbox.book import Accepted, Book, provider_id
from connectors.sandbox.exchange import Reply, Request
from connectors.sandbox.faults import Fault
from connectors.sandbox.outcomes import (
    DROPPED,
    MAIL_FATES,
    MAILBOX_TROUBLES,
    MAILBOXES,
    MailFate,
    Refusal,
)
from connectors.sandbox.sendgrid_words import object_of, refusal, unauthorised
from schemas.times import HOUR, SECOND, Millis

KEY_ARGUMENT = "awizo_key"
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_FIRST = "personalizations.0"
_ARGUMENTS = 10_000  # bytes
_FARTHEST = 72 * HOUR
_OWN_HEADERS = frozenset(
    "x-sg-id x-sg-eid received dkim-signature content-type content-transfer-encoding "
    "to from subject reply-to cc bcc".split()
)
_USUAL = MailFate("delivered")


class SendGridApi:
    """The send call."""

    channel = "email"

    def identify(self, request: Request) -> str:
        """The key among the personalization's custom arguments."""
        return str(_arguments(object_of(request)).get(KEY_ARGUMENT, ""))

    def read(self, request: Request, book: Book) -> Accepted | Reply:
        """The mail, or SendGrid's refusal; 200 and nothing taken in SendGrid's own sandbox mode."""
        refused = unauthorised(request)
        if refused is not None:
            return refused
        mail = object_of(request)
        found = next(_wrong(mail, request.at), None) or MAILBOXES.get(_to(mail).split("@")[0])
        if found is not None:
            return refusal(found)
        if _is_trial(mail):
            return Reply(200)
        if mail.get("batch_id") and book.batch(mail["batch_id"]) is None:
            return refusal(Refusal(400, "The batch id is not valid.", "batch_id"))
        key = self.identify(request) or provider_id(request.body.decode(errors="replace"), 0)
        return _accepted(mail, key, request.attempt or book.requests(key) or 1, request.at, book)

    def taken(self, message: Accepted) -> Reply:
        """202, no body, the id in a header."""
        return Reply(202, b"", {"X-Message-Id": message.provider_id})

    def limited(self, request: Request, seconds: float) -> Reply:
        """429 with SendGrid's own body, and when to come again if it says so."""
        reply = refusal(MAILBOXES["test-429"])
        if not seconds:
            return reply
        again = str(request.received // SECOND + round(seconds))
        limits = {"X-RateLimit-Limit": "600", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": again}
        return Reply(reply.status, reply.body, {**reply.headers, **limits})

    def broken(self, status: int) -> Reply:
        """A 5xx with SendGrid's body."""
        return refusal(Refusal(status, "internal server error"))

    def trouble_of(self, to: str) -> Fault | None:
        """By the local part."""
        return MAILBOX_TROUBLES.get(to.split("@")[0])


def _accepted(mail: dict[str, Any], key: str, attempt: int, at: Millis, book: Book) -> Accepted:
    first = mail["personalizations"][0]
    content = {part["type"]: part["value"] for part in mail["content"]}
    headers = {**mail.get("headers", {}), **first.get("headers", {})}
    fate = _fate(_to(mail), at, book)
    return Accepted(
        channel=SendGridApi.channel,
        provider_id=provider_id(key, attempt)[:22],
        to=_to(mail),
        sender=mail["from"]["email"],
        sender_name=mail["from"].get("name", ""),
        reply_to=mail.get("reply_to", {}).get("email", ""),
        subject=first.get("subject", mail.get("subject", "")),
        text=content.get("text/plain", ""),
        html=content.get("text/html", ""),
        key=key,
        at=at,
        attempt=attempt,
        headers=tuple(sorted(headers.items())),
        arguments=tuple(sorted(_arguments(mail).items())),
        status=fate.status,
        reaches=fate.reaches,
        send_at=_send_at(mail) if _send_at(mail) > at else 0,  # what is past goes at once
        batch=mail.get("batch_id", ""),
        is_deferred=fate.is_deferred,
        reason=fate.reason,
        afterwards=fate.afterwards,
    )


def _fate(to: str, at: Millis, book: Book) -> MailFate:
    """A blocked address is told of only later: the mail is taken, and dropped."""
    tool = book.blocking(to, at)
    if tool:
        return MailFate("dropped", DROPPED[tool], reaches=False)
    return MAIL_FATES.get(to.split("@")[0], _USUAL)


def _wrong(mail: dict[str, Any], at: Millis) -> Iterator[Refusal]:
    """What is wrong with the request itself, in SendGrid's order of looking."""
    people = mail.get("personalizations")
    if not isinstance(people, list) or not people or not people[0].get("to"):
        yield Refusal(400, "The personalizations field is required and must have at least one personalization.")
        return
    if not all(_ADDRESS.fullmatch(address) for address in _addresses(people[0])):
        yield Refusal(400, "Does not contain a valid address.", f"{_FIRST}.to.0.email")
    if max(Counter(address.lower() for address in _addresses(people[0])).values()) > 1:
        yield Refusal(400, "Each email address in the personalization block should be unique.", "personalizations")
    if not _ADDRESS.fullmatch(str((mail.get("from") or {}).get("email", ""))):
        yield Refusal(400, "The from email does not contain a valid address.", "from.email")
    if not (people[0].get("subject") or mail.get("subject")):
        yield Refusal(400, "The subject is required.", "subject")
    if not mail.get("content") or not all(part.get("value") for part in mail["content"]):
        yield Refusal(400, "The content value must be a string at least one character in length.", "content.0.value")
    yield from _too_much(mail, at)


def _too_much(mail: dict[str, Any], at: Millis) -> Iterator[Refusal]:
    arguments = _arguments(mail)
    if not all(isinstance(value, str) for value in arguments.values()):
        yield Refusal(400, "Bad Request")
    if sum(len(f"{name}{value}".encode()) for name, value in arguments.items()) > _ARGUMENTS:
        yield Refusal(400, "The custom_args are larger than 10000 bytes.", "custom_args")
    if len(mail.get("categories", [])) > 10:
        yield Refusal(400, "There may be at most 10 categories.", "categories")
    names = {**mail.get("headers", {}), **mail["personalizations"][0].get("headers", {})}
    if _OWN_HEADERS & {name.lower() for name in names}:
        yield Refusal(400, "This header is reserved.", "headers")
    if _send_at(mail) - at > _FARTHEST:
        yield Refusal(400, "The send_at may be at most 72 hours in the future.", "send_at")


def _addresses(person: dict[str, Any]) -> list[str]:
    return [str(one.get("email", "")) for field in ("to", "cc", "bcc") for one in person.get(field, [])]


def _to(mail: dict[str, Any]) -> str:
    return str(mail["personalizations"][0]["to"][0].get("email", ""))


def _send_at(mail: dict[str, Any]) -> Millis:
    return int(mail["personalizations"][0].get("send_at") or mail.get("send_at") or 0) * SECOND


def _is_trial(mail: dict[str, Any]) -> bool:
    return bool(mail.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"))


def _arguments(mail: dict[str, Any]) -> dict[str, Any]:
    people = mail.get("personalizations") or [{}]
    return {**mail.get("custom_args", {}), **people[0].get("custom_args", {})}
