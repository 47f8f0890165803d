"""E-mail by SendGrid: the official package builds the mail, our transport carries it.

Its own transport is never used: a new TLS context for every mail, no timeout, and the payload in its logs.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from sendgrid.helpers.mail import (
    ClickTracking,
    Content,
    CustomArg,
    From,
    Header,
    Mail,
    OpenTracking,
    Personalization,
    ReplyTo,
    Subject,
    SubscriptionTracking,
    To,
    TrackingSettings,
)
from sendgrid.helpers.mail.exceptions import SendGridException

from connectors.connector import Sent
from connectors.refusals import Means, Scope, error_of
from connectors.transport import Ambiguous, Answer, Line, NotSent, Transport, asked_wait
from schemas.errors import ConfigurationError, Permanent, SendError, Transient, Unknown
from schemas.messages import Channel, Message
from schemas.settings import SENDGRID_API_KEY, of_account
from schemas.times import Millis

PROVIDER = "sendgrid"
KEY_ARGUMENT = "awizo_key"
LARGEST = 30 * 1024 * 1024

STATUSES: dict[int, Means] = {
    400: Means.MESSAGE,  # unless the field says that it is the address
    401: Means.CONFIGURATION,
    403: Means.CONFIGURATION,  # also a sender that is not verified
    404: Means.CONFIGURATION,
    405: Means.CONFIGURATION,
    413: Means.MESSAGE,
    429: Means.LATER,
}
"""HTTP status, with SendGrid's own body -> what it means. What is not here: nobody knows."""

_RECIPIENT_FIELD = "personalizations.0.to"
_SENDER_FIELD = "from"
_BODILESS = frozenset({413})  # answered by a web server in front, in HTML

REMEDIES: dict[Scope, str] = {
    Scope.ACCOUNT: "check {key}, its scope mail.send, and the account (awizo doctor)",
    Scope.SENDER: "verify the sender with SendGrid, or correct `email` in the shop's bundle (awizo doctor)",
}


@dataclass(frozen=True)
class SendGridEmail:
    """Sends mail with one API key."""

    api_key: str = field(repr=False)
    line: Line
    transport: Transport
    realm: str = ""
    channel: str = Channel.EMAIL
    name: str = PROVIDER  # sendgrid_2 for a second account

    def send(self, message: Message, key: str, attempt: int, message_time: Millis) -> Sent:
        """Send one mail to one recipient. See `Connector.send` for what it raises."""
        if "@" not in message.to:
            raise Permanent("bad_address", "recipient")
        body = body_of(message, key)
        if len(body) > LARGEST:
            raise Permanent("413", "message")
        base, told = self.line.reach(key, attempt, message_time)
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json", **told}
        match self.transport.request("POST", f"{base}/v3/mail/send", headers, body):
            case NotSent(reason):
                raise Transient(f"not_sent:{reason}")
            case Ambiguous(reason):
                raise Unknown(reason)
            case Answer() as answer:
                return self._sent(answer)

    def _sent(self, answer: Answer) -> Sent:
        """Exactly 202 with an id is success: a proxy's 200, or a sandbox mode's, is not."""
        number = answer.headers.get("x-message-id", "")
        if answer.status == 202 and number:
            return Sent(PROVIDER, number)
        problem = self._problem(answer)
        raise Transient(problem.reason, asked_wait(answer.headers)) if isinstance(problem, Transient) else problem

    def _problem(self, answer: Answer) -> SendError | ConfigurationError:
        """A sender that is not verified concerns that sender alone."""
        named = answer.status == 403 and _SENDER_FIELD in (_error_fields(answer.body) or ())
        scope = Scope.SENDER if named else Scope.ACCOUNT
        remedy = REMEDIES[scope].format(key=of_account(SENDGRID_API_KEY, self.name).name)
        return error_of(meaning(answer), f"sendgrid_{answer.status}", remedy, scope)


def body_of(message: Message, key: str) -> bytes:
    """The request's body. Raises Permanent if the official helpers refuse to build it."""
    try:
        return json.dumps(mail_of(message, key)).encode()
    except (SendGridException, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"cannot_be_built:{type(error).__name__}"
    raise Permanent(reason, "message")


def mail_of(message: Message, key: str) -> Any:
    """The request's body as plain data. Of ours it carries the opaque key, and nothing else."""
    mail = Mail()
    mail.from_email = From(message.sender, message.sender_name or None)
    mail.subject = Subject(message.subject)
    mail.add_personalization(_personalization(message, key))
    for kind, words in (("text/plain", message.text), ("text/html", message.html)):
        if words:
            mail.add_content(Content(kind, words))
    mail.tracking_settings = _untracked()
    if message.reply_to:
        mail.reply_to = ReplyTo(message.reply_to)
    return mail.get()


def _untracked() -> TrackingSettings:
    """Links stay on the shop's host, nobody is watched opening a mail, and no footer is added to our words."""
    settings = TrackingSettings()
    settings.click_tracking = ClickTracking(enable=False, enable_text=False)
    settings.open_tracking = OpenTracking(enable=False)
    settings.subscription_tracking = SubscriptionTracking(enable=False)
    return settings


def _personalization(message: Message, key: str) -> Personalization:
    person = Personalization()
    person.add_to(To(message.to))
    person.add_custom_arg(CustomArg(KEY_ARGUMENT, key))
    if message.unsubscribe:  # RFC 8058: one click, without a page
        person.add_header(Header("List-Unsubscribe", f"<{message.unsubscribe}>"))
        person.add_header(Header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return person


def meaning(answer: Answer) -> Means:
    """What a refusal means, safe where it is not known."""
    fields = _error_fields(answer.body)
    if fields is None and answer.status not in _BODILESS:
        return Means.DOUBT
    if answer.status == 400 and any(str(name).startswith(_RECIPIENT_FIELD) for name in fields or ()):
        return Means.RECIPIENT
    return STATUSES.get(answer.status, Means.DOUBT)


def _error_fields(body: bytes) -> list[Any] | None:
    """The fields that SendGrid complains of; None if this is not SendGrid speaking."""
    try:
        return [error.get("field") for error in json.loads(body)["errors"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
