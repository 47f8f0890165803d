"""Twilio's Messages as the sandbox speaks it: create, list, fetch, cancel and redact (2010-04-01)."""

import base64
import re
from dataclasses import replace
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import phonenumbers

from connectors.sandbox.address import ACCOUNT, TOKEN
from connectors.sandbox.book import Accepted, Book, provider_id
from connectors.sandbox.exchange import Reply, Request, as_json
from connectors.sandbox.faults import Fault
from connectors.sandbox.outcomes import LATER, PHONE_TROUBLES, REFUSALS
from schemas.times import from_millis

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SENDER = re.compile(r"[A-Za-z0-9 ]{1,11}|\+[1-9]\d{6,14}|MG[0-9a-f]{32}")
_MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
_LONGEST = 1600


def refusal(code: int) -> Reply:
    """Twilio's words for one of its codes."""
    status, message = REFUSALS[code]
    more = f"https://www.twilio.com/docs/errors/{code}"
    return as_json(status, {"code": code, "message": message, "more_info": more, "status": status})


class TwilioApi:
    """The create call."""

    channel = "sms"

    def identify(self, request: Request) -> str:
        """The `k` of the status callback's URL."""
        return _callback(_form(request)).get("k", "")

    def read(self, request: Request, book: Book) -> Accepted | Reply:
        """The message, or Twilio's refusal."""
        form = _form(request)
        code = _wrong(request, form) or _refuses(form, book, request.at)
        if code is not None:
            return refusal(code)
        callback = _callback(form)
        key = callback.get("k", "") or provider_id(request.body.decode(errors="replace"), 0)
        attempt = request.attempt or int(callback.get("a", "1"))
        usual = ("scheduled" if form.get("SendAt") else "delivered", None)
        status, error = LATER.get(form["To"][-5:], usual)
        return Accepted(
            channel=self.channel,
            provider_id="SM" + provider_id(key, attempt),
            to=form["To"],
            sender=form.get("From", "") or form.get("MessagingServiceSid", ""),
            text=form["Body"],
            key=key,
            at=request.at,
            attempt=attempt,
            arguments=(("StatusCallback", form.get("StatusCallback", "")),),
            status=status,
            error_code=error,
        )

    def taken(self, message: Accepted) -> Reply:
        """201 with the message, queued (or scheduled)."""
        status = "scheduled" if message.status == "scheduled" else "queued"
        return as_json(201, resource(replace(message, status=status, error_code=None)))

    def limited(self) -> Reply:
        """429 with Twilio's own code: the one documented safe retry."""
        return refusal(20429)

    def broken(self, status: int) -> Reply:
        """A 5xx with Twilio's body."""
        code = 20500 if status == 500 else 20503
        more = f"https://www.twilio.com/docs/errors/{code}"
        return as_json(status, {"code": code, "message": "Internal Server Error", "more_info": more, "status": status})

    def trouble_of(self, to: str) -> Fault | None:
        """By the last five digits."""
        return PHONE_TROUBLES.get(to[-5:])


def listed(request: Request, book: Book) -> Reply:
    """A page of messages, newest first, filtered by To and From."""
    if not _is_authentic(request):
        return refusal(20003)
    wanted = [message for message in book.taken() if message.channel == "sms" and _matches(message, request)]
    wanted.reverse()
    size = min(int(request.query.get("PageSize", "50")), 1000)
    page = int(request.query.get("Page", "0"))
    shown = wanted[page * size : (page + 1) * size]
    more = len(wanted) > (page + 1) * size
    return as_json(200, _page(request, shown, page, size, more))


def fetched(request: Request, book: Book) -> Reply:
    """One message by its SID; 404 if there is none."""
    if not _is_authentic(request):
        return refusal(20003)
    sid = request.path.rsplit("/", 1)[-1].removesuffix(".json")
    found = next((message for message in book.taken() if message.provider_id == sid), None)
    return as_json(200, resource(found)) if found else refusal(20404)


def changed(request: Request, book: Book) -> Reply:
    """Cancel what is scheduled (Status=canceled), or redact the words (Body=)."""
    shown = fetched(request, book)
    if shown.status != 200:
        return shown
    form = _form(request)
    found = next(message for message in book.taken() if f"/{message.provider_id}." in request.path)
    if form.get("Status") == "canceled" and found.status == "scheduled":
        found = book.change(found, replace(found, status="canceled"))
    if form.get("Body") == "":
        found = book.change(found, replace(found, text=""))
    return as_json(200, resource(found))


def resource(message: Accepted) -> dict[str, Any]:
    """The message as Twilio shows it."""
    created = format_datetime(from_millis(message.at))
    is_final = message.status not in ("queued", "scheduled")
    uri = f"{_MESSAGES}/{message.provider_id}.json"
    return {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "body": message.text,
        "date_created": created,
        "date_sent": created if is_final else None,
        "date_updated": created,
        "direction": "outbound-api",
        "error_code": message.error_code,
        "error_message": None,
        "from": message.sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": message.provider_id,
        "status": message.status,
        "subresource_uris": {"media": uri.replace(".json", "/Media.json")},
        "to": message.to,
        "uri": uri,
    }


def _page(request: Request, shown: list[Accepted], page: int, size: int, more: bool) -> dict[str, Any]:
    def uri(number: int) -> str:
        query = {name: value for name, value in request.query.items() if name not in ("Page", "PageToken")}
        return f"{_MESSAGES}.json?{urlencode({**query, 'PageSize': size, 'Page': number})}"

    return {
        "messages": [resource(message) for message in shown],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(len(shown) - 1, 0),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if more else None,
        "previous_page_uri": uri(page - 1) if page else None,
    }


def _wrong(request: Request, form: dict[str, str]) -> int | None:
    """The code of what is wrong with the request itself."""
    to, sender = form.get("To", ""), form.get("From", "") or form.get("MessagingServiceSid", "")
    checks = (
        (20003, _is_authentic(request)),
        (21604, bool(to)),
        (21603, bool(sender)),
        (21212, bool(_SENDER.fullmatch(sender))),
        (21602, bool(form.get("Body", ""))),
        (21617, len(form.get("Body", "")) <= _LONGEST),
        (21211, bool(_E164.fullmatch(to)) and _is_possible(to)),
    )
    return next((code for code, holds in checks if not holds), None)


def _refuses(form: dict[str, str], book: Book, at: int) -> int | None:
    """The code with which this number refuses."""
    to, sender = form["To"], form.get("From", "")
    ending = int(to[-5:])
    if ending in REFUSALS:
        return ending
    if book.has_stopped(to, sender, at):
        return 21610
    kind = phonenumbers.number_type(phonenumbers.parse(to))
    return 21614 if kind == phonenumbers.PhoneNumberType.FIXED_LINE else None


def _is_possible(to: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(to))
    except phonenumbers.NumberParseException:
        return False


def _is_authentic(request: Request) -> bool:
    expected = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    return request.headers.get("authorization", "") == f"Basic {expected}" and ACCOUNT in request.path


def _matches(message: Accepted, request: Request) -> bool:
    to, sender = request.query.get("To", message.to), request.query.get("From", message.sender)
    return (message.to, message.sender) == (to, sender)


def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))


def _callback(form: dict[str, str]) -> dict[str, str]:
    query = parse_qs(urlsplit(form.get("StatusCallback", "")).query)
    return {name: values[0] for name, values in query.items()}
