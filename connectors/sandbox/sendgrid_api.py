"""SendGrid's mail/send and Email Logs as the sandbox speaks them (v3)."""

import json
import re
from collections.abc import Iterator
from typing import Any

from connectors.sandbox.address import API_KEY
from connectors.sandbox.book import Accepted, Book, provider_id
from connectors.sandbox.exchange import Reply, Request, as_json
from connectors.sandbox.faults import Fault
from connectors.sandbox.outcomes import MAILBOX_TROUBLES, MAILBOXES, Refusal
from schemas.times import from_millis

KEY_ARGUMENT = "awizo_key"
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_FIRST = "personalizations.0"
_TOO_LARGE = b"<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n</html>\r\n"
_CONDITION = re.compile(r"(to_email|sg_message_id|subject)\s*=\s*[\"']([^\"']*)[\"']")


def refusal(refused: Refusal) -> Reply:
    """SendGrid's words; its 413 is a web server's page, not JSON."""
    if refused.status == 413:
        return Reply(413, _TOO_LARGE, {"Content-Type": "text/html"})
    return as_json(refused.status, {"errors": [{"message": refused.message, "field": refused.field, "help": None}]})


class SendGridApi:
    """The send call."""

    channel = "email"

    def identify(self, request: Request) -> str:
        """The key among the personalization's custom arguments."""
        return str(_arguments(_mail(request)).get(KEY_ARGUMENT, ""))

    def read(self, request: Request, book: Book) -> Accepted | Reply:
        """The mail, or SendGrid's refusal."""
        if not _is_authentic(request):
            return refusal(MAILBOXES["test-401"])
        mail = _mail(request)
        found = next(_wrong(mail), None) or MAILBOXES.get(_to(mail).split("@")[0])
        if found is not None:
            return refusal(found)
        key = self.identify(request) or provider_id(request.body.decode(errors="replace"), 0)
        return self._accepted(mail, key, request.attempt or book.requests(key) or 1, request.at)

    def _accepted(self, mail: dict[str, Any], key: str, attempt: int, at: int) -> Accepted:
        first = mail["personalizations"][0]
        content = {part["type"]: part["value"] for part in mail["content"]}
        headers = {**mail.get("headers", {}), **first.get("headers", {})}
        return Accepted(
            channel=self.channel,
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
        )

    def taken(self, message: Accepted) -> Reply:
        """202, no body, the id in a header."""
        return Reply(202, b"", {"X-Message-Id": message.provider_id})

    def limited(self) -> Reply:
        """429 with SendGrid's own body."""
        return refusal(MAILBOXES["test-429"])

    def broken(self, status: int) -> Reply:
        """A 5xx with SendGrid's body."""
        return refusal(Refusal(status, "internal server error"))

    def trouble_of(self, to: str) -> Fault | None:
        """By the local part."""
        return MAILBOX_TROUBLES.get(to.split("@")[0])


def searched(request: Request, book: Book) -> Reply:
    """Email Logs: messages that match `field = 'value'` conditions."""
    if not _is_authentic(request):
        return refusal(MAILBOXES["test-401"])
    asked = json.loads(request.body or b"{}")
    wanted = dict(_CONDITION.findall(asked.get("query", "")))
    found = [_summary(message) for message in book.taken() if message.channel == "email"]
    matching = [mail for mail in found if all(mail[name] == value for name, value in wanted.items())]
    return as_json(200, {"messages": matching[: int(asked.get("limit", 10))]})


def looked_up(request: Request, book: Book) -> Reply:
    """Email Logs: one message with its custom arguments; 404 if there is none."""
    if not _is_authentic(request):
        return refusal(MAILBOXES["test-401"])
    wanted = request.path.rsplit("/", 1)[-1]
    for message in book.taken():
        if message.channel == "email" and _log_id(message) == wanted:
            return as_json(200, _detail(message))
    return refusal(Refusal(404, "not found"))


def _summary(message: Accepted) -> dict[str, Any]:
    return {
        "from_email": message.sender,
        "to_email": message.to,
        "subject": message.subject,
        "sg_message_id": _log_id(message),
        "sg_message_id_created_at": from_millis(message.at).isoformat().replace("+00:00", "Z"),
        "status": message.status,
    }


def _detail(message: Accepted) -> dict[str, Any]:
    return {
        **_summary(message),
        "api_key_id": "sandbox",
        "client_ip": "127.0.0.1",
        "custom_args": dict(message.arguments),
        "events": [],
    }


def _log_id(message: Accepted) -> str:
    return f"{message.provider_id}.recvd-sandbox-1"


def _wrong(mail: dict[str, Any]) -> Iterator[Refusal]:
    """What is wrong with the request itself, in SendGrid's order of looking."""
    people = mail.get("personalizations")
    if not isinstance(people, list) or not people or not people[0].get("to"):
        yield Refusal(400, "The personalizations field is required and must have at least one personalization.")
        return
    if not _ADDRESS.fullmatch(_to(mail)):
        yield Refusal(400, "Does not contain a valid address.", f"{_FIRST}.to.0.email")
    if not _ADDRESS.fullmatch(str((mail.get("from") or {}).get("email", ""))):
        yield Refusal(400, "The from email does not contain a valid address.", "from.email")
    if not (people[0].get("subject") or mail.get("subject")):
        yield Refusal(400, "The subject is required.", "subject")
    if not mail.get("content") or not all(part.get("value") for part in mail["content"]):
        yield Refusal(400, "The content value must be a string at least one character in length.", "content.0.value")
    if not all(isinstance(value, str) for value in _arguments(mail).values()):
        yield Refusal(400, "Bad Request")


def _mail(request: Request) -> dict[str, Any]:
    try:
        mail = json.loads(request.body)
    except ValueError:
        return {}
    return mail if isinstance(mail, dict) else {}


def _to(mail: dict[str, Any]) -> str:
    return str(mail["personalizations"][0]["to"][0].get("email", ""))


def _arguments(mail: dict[str, Any]) -> dict[str, Any]:
    people = mail.get("personalizations") or [{}]
    return {**mail.get("custom_args", {}), **people[0].get("custom_args", {})}


def _is_authentic(request: Request) -> bool:
    return request.headers.get("authorization", "") == f"Bearer {API_KEY}"
