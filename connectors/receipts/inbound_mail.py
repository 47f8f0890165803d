"""Customers' mail as SendGrid's Inbound Parse posts it. Pure; the signature is checked first.

Fields: https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import getaddresses, parseaddr
from hashlib import sha256

from connectors.receipts.receipt import Incoming
from schemas.errors import BadInput
from schemas.times import Millis

Form = Mapping[str, str]
"""The fields of a post that are texts."""

_BY_MACHINE = re.compile(
    r"^(auto-submitted:\s*(?!no\b)|precedence:\s*(bulk|junk|list|auto_reply)|x-auto-?(reply|response|suppress)|list-id:)",
    re.IGNORECASE | re.MULTILINE,
)
_MESSAGE_ID = re.compile(r"^message-id:\s*(<[^>\s]{1,400}>)", re.IGNORECASE | re.MULTILINE)
_PASSED = re.compile(r":\s*pass\b", re.IGNORECASE)


@dataclass(frozen=True)
class MailReply:
    """A customer's mail. `to`: every address that it was sent to; `is_proved`: the sender's domain vouches for it;
    `is_by_machine`: nobody wrote it. Address and words are personal."""

    id: str
    sender: str = field(repr=False)
    to: tuple[str, ...]
    subject: str = field(repr=False)
    text: str = field(repr=False)
    at: Millis
    is_proved: bool
    is_by_machine: bool


def read_mail(form: Form, post: Incoming) -> MailReply:
    """The mail of a post. Raises BadInput if it is none."""
    sender = parseaddr(form.get("from", ""))[1]
    envelope = _envelope(form.get("envelope", "{}"))
    if not sender or "@" not in sender:
        raise BadInput("missing: this URL takes customers' mail only", "from")
    headers = form.get("headers", "")
    named = _MESSAGE_ID.search(headers)
    mailer = str(envelope.get("from", sender)).lower()
    return MailReply(
        id=sha256(named.group(1).encode() if named else post.body).hexdigest()[:32],
        sender=sender,
        to=tuple(dict.fromkeys([*_told(envelope), *(to for _, to in getaddresses([form.get("to", "")]))])),
        subject=form.get("subject", ""),
        text=unquoted(form.get("text", "")),
        at=post.at,
        is_proved=form.get("SPF", "").strip().lower() == "pass" or bool(_PASSED.search(form.get("dkim", ""))),
        is_by_machine=bool(_BY_MACHINE.search(headers)) or not mailer or mailer.startswith("mailer-daemon@"),
    )


def unquoted(text: str) -> str:
    """What was written, without the mail that it answers."""
    kept: list[str] = []
    for line in text.splitlines():
        if line.startswith(">") or _BEGINS_QUOTE.match(line):
            break
        kept.append(line)
    return "\n".join(kept).strip()


_BEGINS_QUOTE = re.compile(
    r"^\s*(-{2,}\s*(original message|wiadomość oryginalna|оригінальне повідомлення)|-- $|_{10,}|"
    r"(on|w dniu|dnia|am|від)\b.{5,200}(wrote|napisał|pisze|пише|написав)\S*:\s*$|\S.{0,200}(пише|napisał\S*):\s*$)",
    re.IGNORECASE,
)


def _envelope(text: str) -> dict[str, object]:
    try:
        read = json.loads(text)
    except ValueError:
        read = None
    return read if isinstance(read, dict) else {}


def _told(envelope: Mapping[str, object]) -> list[str]:
    to = envelope.get("to", [])
    return [one for one in to if isinstance(one, str)] if isinstance(to, list) else []
