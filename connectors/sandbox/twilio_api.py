"""Twilio's Messages as the sandbox speaks it: the create call (2010-04-01)."""

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

import phonenumbers

from connectors.sandbox.book import Accepted, Book, provider_id
from connectors.sandbox.course import Pace
from connectors.sandbox.exchange import Reply, Request, as_json
from connectors.sandbox.faults import Fault
from connectors.sandbox.outcomes import LATER, NEVER_HEARD_OF, PHONE_TROUBLES, REFUSALS
from connectors.sandbox.twilio_words import callback_of, form_of, is_authentic, refusal, resource
from schemas.times import DAY, SECOND, Millis, to_millis

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}|\+[1-9]\d{6,14}|MG[0-9a-f]{32}")
_LONGEST = 1600
_SOONEST, _LATEST = 300 * SECOND, 35 * DAY  # of SendAt, from when the request comes


class TwilioApi:
    """The create call."""

    channel = "sms"

    def identify(self, request: Request) -> str:
        """The `k` of the status callback's URL."""
        return callback_of(form_of(request)).get("k", "")

    def read(self, request: Request, book: Book) -> Accepted | Reply:
        """The message, or Twilio's refusal."""
        form = form_of(request)
        code = _wrong(request, form) or _refuses(form, book, request.at)
        if code is not None:
            return refusal(code)
        callback = callback_of(form)
        key = callback.get("k", "") or provider_id(request.body.decode(errors="replace"), 0)
        attempt = request.attempt or _number(callback.get("a", "")) or 1
        status, error = LATER.get(form["To"][-5:], ("delivered", None))
        is_lost = form["To"][-5:] in NEVER_HEARD_OF
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
            status="sent" if is_lost else status,
            error_code=error,
            reaches=error is None and not is_lost,
            send_at=_send_at(form) or 0,
        )

    def taken(self, message: Accepted) -> Reply:
        """201 with the message as it begins: queued, accepted by a service, or scheduled."""
        shown = resource(message, message.at - 1, Pace())
        is_by_service = message.sender.startswith("MG") and shown["status"] == "queued"
        return as_json(201, {**shown, "status": "accepted"} if is_by_service else shown)

    def limited(self, request: Request, seconds: float) -> Reply:  # noqa: ARG002
        """429 with Twilio's own code: the one documented safe retry."""
        asks = {"Retry-After": str(round(seconds))} if seconds else {}
        return refusal(20429, {"Twilio-Concurrent-Requests": "101", **asks})

    def broken(self, status: int) -> Reply:
        """A 5xx with Twilio's body."""
        code = 20500 if status == 500 else 20503
        more = f"https://www.twilio.com/docs/errors/{code}"
        return as_json(status, {"code": code, "message": "Internal Server Error", "more_info": more, "status": status})

    def trouble_of(self, to: str) -> Fault | None:
        """By the last five digits."""
        return PHONE_TROUBLES.get(to[-5:])


def _wrong(request: Request, form: Mapping[str, str]) -> int | None:
    """The code of what is wrong with the request itself."""
    to, sender = form.get("To", ""), form.get("From", "") or form.get("MessagingServiceSid", "")
    checks = (
        (20003, is_authentic(request)),
        (21604, bool(to)),
        (21603, bool(sender)),
        (21212, bool(_SENDER.fullmatch(sender))),
        (21602, bool(form.get("Body", ""))),
        (21617, len(form.get("Body", "")) <= _LONGEST),
        (21609, _is_callback(form.get("StatusCallback", ""))),
        (21624, _is_validity(form.get("ValidityPeriod", "1"))),
        (35111, not form.get("ScheduleType") or "SendAt" in form),
        (35114, _is_soon_enough(form, request.at)),
        (21211, bool(_E164.fullmatch(to)) and _is_possible(to)),
    )
    return next((code for code, holds in checks if not holds), None)


def _refuses(form: Mapping[str, str], book: Book, at: Millis) -> int | None:
    """The code with which this number refuses."""
    to, sender = form["To"], form.get("From", "") or form.get("MessagingServiceSid", "")
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


def _is_callback(url: str) -> bool:
    """Twilio calls no host with an underscore in its name."""
    parts = urlsplit(url)
    return not url or (parts.scheme in ("http", "https") and bool(parts.netloc) and "_" not in parts.netloc)


def _is_validity(seconds: str) -> bool:
    return 1 <= _number(seconds) <= 36_000


def _is_soon_enough(form: Mapping[str, str], at: Millis) -> bool:
    """A time that cannot be read is outside the window too."""
    if not _is_scheduled(form):
        return True
    wanted = _send_at(form)
    return wanted is not None and _SOONEST <= wanted - at <= _LATEST


def _is_scheduled(form: Mapping[str, str]) -> bool:
    """Without a messaging service a message is not scheduled, whatever it says: it goes at once."""
    return bool(form.get("SendAt")) and bool(form.get("MessagingServiceSid")) and form.get("ScheduleType") == "fixed"


def _send_at(form: Mapping[str, str]) -> Millis | None:
    if not _is_scheduled(form):
        return None
    try:
        return to_millis(datetime.fromisoformat(form["SendAt"]))
    except ValueError:
        return None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
