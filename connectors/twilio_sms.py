"""SMS by Twilio: the official SDK on our own transport.

Adding a code is one line of REFUSALS. Sources: Twilio's error dictionary and the Messages resource (2010-04-01).
"""

import base64
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from connectors.connector import Sent
from connectors.refusals import Means, Scope, error_of
from connectors.transport import Ambiguous, Answer, Line, NotSent, Transport, asked_wait
from schemas.errors import Permanent, Transient, Unknown
from schemas.messages import Channel, Message
from schemas.settings import TWILIO_ACCOUNT, TWILIO_TOKEN, of_account
from schemas.times import Millis

PROVIDER = "twilio"
LONGEST = 1600
"""Characters that Twilio takes; more is refused before it is sent."""

_M = Means

REPEATED = "rc=5&rp=all"
"""Asks Twilio to repeat a callback up to five times, after whatever went wrong; by itself it does so once, and only if
nobody could be reached. It is a fragment: Twilio signs the URL without it."""

REFUSALS: dict[int, Means] = {
    20429: _M.LATER,  # the one refusal that Twilio documents as safe to retry
    21611: _M.LATER,  # the sender's queue is full; not created
    14107: _M.LATER,
    21610: _M.OPTED_OUT,
    21211: _M.RECIPIENT,
    21217: _M.RECIPIENT,
    21401: _M.RECIPIENT,
    21604: _M.RECIPIENT,
    21612: _M.RECIPIENT,  # also said of a From that cannot reach this To
    21614: _M.RECIPIENT,  # a landline; in Poland said at once, uncharged
    21635: _M.RECIPIENT,
    21602: _M.MESSAGE,
    21605: _M.MESSAGE,
    21617: _M.MESSAGE,
    21618: _M.MESSAGE,
    21619: _M.MESSAGE,
    21620: _M.MESSAGE,
    21623: _M.MESSAGE,
    21624: _M.MESSAGE,
    21654: _M.MESSAGE,
    21655: _M.MESSAGE,
    21656: _M.MESSAGE,
    21657: _M.MESSAGE,
    21658: _M.MESSAGE,
    20003: _M.CONFIGURATION,
    20005: _M.CONFIGURATION,
    20006: _M.CONFIGURATION,
    20008: _M.CONFIGURATION,
    20404: _M.CONFIGURATION,
    21212: _M.CONFIGURATION,
    21408: _M.CONFIGURATION,  # a country that the account may not send to
    21603: _M.CONFIGURATION,
    21606: _M.CONFIGURATION,
    21608: _M.CONFIGURATION,  # a trial account
    21609: _M.CONFIGURATION,
    21659: _M.CONFIGURATION,
    21660: _M.CONFIGURATION,
    21661: _M.CONFIGURATION,
    **dict.fromkeys(range(21701, 21706), _M.CONFIGURATION),
    21709: _M.CONFIGURATION,
    21711: _M.CONFIGURATION,
}
"""Twilio's code -> what it means. A code that is not here: see `meaning`."""

SCOPES: dict[int, Scope] = {
    21408: Scope.COUNTRY,
    **dict.fromkeys((21212, 21603, 21606, 21609, 21659, 21660, 21661, 21709, 21711), Scope.SENDER),
    **dict.fromkeys(range(21701, 21706), Scope.SENDER),
}
"""Configuration errors that do not concern the whole account: one shop's wrong sender does not stop the others."""

REMEDIES: dict[Scope, str] = {
    Scope.ACCOUNT: "check {account} and {token}, and that the account is active and funded (awizo doctor)",
    Scope.SENDER: "register this sender with Twilio, or correct `sms` in the shop's bundle (awizo doctor)",
    Scope.COUNTRY: "allow the country in the account's geographic permissions, or take it out of the shop's `sms`",
}

_NO_ENVIRONMENT = {"": ""}
"""What the SDK may read instead of the process's environment; an empty one would mean that."""

_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TwilioSms:
    """Sends SMS from one Twilio account. `callback`: our URL for status callbacks, "" asks for none; a fragment of it
    says how often they are repeated."""

    account: str
    token: str = field(repr=False)
    line: Line
    transport: Transport
    callback: str = ""
    realm: str = ""
    channel: str = Channel.SMS
    name: str = PROVIDER  # twilio_2 for a second account

    def send(self, message: Message, key: str, attempt: int, message_time: Millis) -> Sent:
        """Create one message. See `Connector.send` for what it raises."""
        if len(message.text) > LONGEST:
            raise Permanent("21617", "message")
        base, headers = self.line.reach(key, attempt, message_time)
        wire = _Wire(self.transport, base, headers)
        client = Client(self.account, self.token, http_client=wire, environment=_NO_ENVIRONMENT)
        try:
            sid = self._create(client, message, self._callback(key, attempt))
        except Transient as error:
            raise Transient(error.reason, wire.asked) from None
        except Unknown as error:
            if wire.has_posted:
                raise
            raise Permanent(error.reason, "message") from None
        if not _SID.fullmatch(sid or ""):
            raise Unknown("no_sid")
        return Sent(PROVIDER, str(sid))

    def _create(self, client: Any, message: Message, callback: str | None) -> str | None:
        """The new message's SID. The SDK's own errors end here, without their texts: they quote the number."""
        extra = {"status_callback": callback} if callback else {}
        try:
            made = client.messages.create(to=message.to, from_=message.sender, body=message.text, **extra)
        except (TwilioRestException, TwilioServiceException) as error:
            problem = self._problem(error.status, error.code if isinstance(error.code, int) else None)
        except (TwilioException, ValueError, KeyError, TypeError) as error:
            problem = Unknown(f"unreadable_answer:{type(error).__name__}")
        else:
            return str(made.sid) if made.sid else None
        raise problem from None

    def _problem(self, status: int, code: int | None) -> Exception:
        scope = SCOPES.get(code or 0, Scope.ACCOUNT)
        settings = {"account": TWILIO_ACCOUNT, "token": TWILIO_TOKEN}
        names = {name: of_account(setting, self.name).name for name, setting in settings.items()}
        return error_of(meaning(status, code), str(code or status), REMEDIES[scope].format(**names), scope)

    def _callback(self, key: str, attempt: int) -> str | None:
        if not self.callback:
            return None
        parts = urlsplit(self.callback)
        query = "&".join(filter(None, (parts.query, urlencode({"k": key, "a": attempt}))))
        return urlunsplit(parts._replace(query=query, fragment=parts.fragment or REPEATED))


def meaning(status: int, code: int | None) -> Means:
    """What a refusal means, safe where it is not known: only an answer that is Twilio's own proves anything.

    The SDK puts the HTTP status in place of a code that was not there.
    """
    if status >= 500 or code is None or code == status or code < 1000:
        return Means.DOUBT
    known = REFUSALS.get(code)
    if known is not None:
        return known
    if status in (401, 403):
        return Means.CONFIGURATION
    if status == 429:
        return Means.DOUBT
    return Means.MESSAGE


class _Wire(HttpClient):  # type: ignore[misc]
    """The SDK's socket: one request on our transport. It is made for one message, so threads cannot read each other's
    answers. `asked`: how long Twilio asked us to wait. `has_posted`: something may have left."""

    def __init__(self, transport: Transport, base: str, headers: Mapping[str, str]) -> None:
        super().__init__(_log, is_async=False)
        self._transport = transport
        self._base = base
        self._headers = headers
        self.asked: int | None = None
        self.has_posted = False

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the transport's own
        allow_redirects: bool = False,  # noqa: ARG002 - never
    ) -> Any:
        """Raises Transient if it surely was not sent, Unknown if nobody knows."""
        form = _form(data)
        self.has_posted = True
        sent = self._transport.request(method.upper(), self._url(uri, params), self._all(headers, auth), form)
        match sent:
            case NotSent(reason):
                raise Transient(f"not_sent:{reason}")
            case Ambiguous(reason):
                raise Unknown(reason)
            case Answer(status, names, body):
                self.asked = asked_wait(names)
                return Response(status, body.decode(errors="replace"), names)

    def _url(self, uri: str, params: Mapping[str, object] | None) -> str:
        parts = urlsplit(uri)
        query = urlencode(params) if params else parts.query
        return f"{self._base}{parts.path}?{query}" if query else f"{self._base}{parts.path}"

    def _all(self, headers: Mapping[str, str] | None, auth: tuple[str, str] | None) -> dict[str, str]:
        basic = base64.b64encode(":".join(auth).encode()).decode() if auth else ""
        authorised = {"Authorization": f"Basic {basic}"} if auth else {}
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return {**form, **(headers or {}), **authorised, **self._headers}


def _form(data: Mapping[str, object] | None) -> bytes | None:
    return urlencode(data, doseq=True).encode() if data else None
