"""Twilio's posts: status callbacks and customers' replies. Pure; the signature is checked first.

Statuses: https://www.twilio.com/docs/messaging/api/message-resource; codes: Twilio's error dictionary. Codes that are
not in WHY stop this one message, and nothing else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from connectors.receipts.receipt import Incoming, Receipt, Reply, Said, Why
from connectors.receipts.signatures import TWILIO_SETTINGS, TWILIO_SIGNATURE, signed_by_twilio
from schemas.errors import BadInput, BadSignature
from schemas.times import Millis

PROVIDER = "twilio"

STATUSES: dict[str, Said] = {
    "queued": Said.TAKEN,
    "accepted": Said.TAKEN,
    "scheduled": Said.TAKEN,
    "sending": Said.TAKEN,
    "sent": Said.TAKEN,  # for some carriers the last word
    "delivered": Said.DELIVERED,
    "read": Said.DELIVERED,
    "partially_delivered": Said.DELIVERED,
    "undelivered": Said.UNDELIVERED,
    "failed": Said.FAILED,
    "canceled": Said.FAILED,
}
"""A status that is not here proves only that Twilio has the message."""

WHY: dict[int, Why] = {
    **dict.fromkeys((21610, 63014, 63033), Why.OPTED_OUT),
    **dict.fromkeys((30005, 30006, 30011, 63003, 63024, 63032), Why.RECIPIENT),
    **dict.fromkeys((30003, 30008, 30017, 30020, 30021, 30036, 30453, 30500), Why.PASSING),  # 30036: too late
    **dict.fromkeys((63009, 63010, 63012, 63036), Why.PASSING),
    **dict.fromkeys((30001, 30022, 30023, 30027, 30450, 30454, 35125, 63017, 63018, 63038), Why.THROTTLED),
    **dict.fromkeys((30004, 30007, 30038, 30039, 30043, 63026, 63049), Why.FILTERED),
    **dict.fromkeys((30012, 30013, 30019, 63005, 63006, 63013, 63016, 63021, 63027, 63028, 63029, 63030), Why.MESSAGE),
    **dict.fromkeys((30002, 30018, 30024, 30032, 30033, 30034, 30035, 30037), Why.CONFIGURATION),
    **dict.fromkeys((30040, 30041, 30042, 63001, 63002, 63007, 63008, 63020, 63051), Why.CONFIGURATION),
    30410: Why.DOUBT,  # "not retried, to avoid duplicate delivery"
}
"""An error code of a callback -> why it did not arrive."""

_FAILURES = frozenset({Said.UNDELIVERED, Said.FAILED})
_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
_KEY = re.compile(r"[0-9a-f]{32}")
_OPTS = {
    "stop": "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT",
    "start": "START YES UNSTOP",
    "help": "HELP INFO",
}
_OPT_OF = {word: opt for opt, words in _OPTS.items() for word in words.split()}
"""Words that Twilio itself understands on numbers; those of other languages are the shop's to configure there."""


@dataclass(frozen=True)
class TwilioSecrets:
    """Whose signature holds. `tokens`: the account's token, and a former one while it is being changed; `shared`: id ->
    secret of the keys of our own that sign posts."""

    tokens: tuple[str, ...] = field(default=(), repr=False)
    shared: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_status(post: Incoming, secrets: TwilioSecrets) -> list[Receipt]:
    """The receipt of a status callback, whichever account it is of: a SID is Twilio's own, and one among all accounts.
    Raises BadSignature, and BadInput if it is no callback of a message."""
    form = _checked(post, secrets)
    sid, status = form.get("MessageSid", ""), form.get("MessageStatus", "")
    if not _SID.fullmatch(sid):
        raise BadInput("not the SID of a message", "MessageSid")
    if not status:
        raise BadInput("missing: this URL takes status callbacks only", "MessageStatus")
    return [receipt_of(sid, status, form.get("ErrorCode", ""), _key(post.url), post.at)]


def receipt_of(sid: str, status: str, code: str, key: str, at: Millis) -> Receipt:
    """What a status says. `code`: the error's number, "" if there is none; `key` what we attached, if it came back."""
    said = STATUSES.get(status, Said.TAKEN)
    code = code if said in _FAILURES else ""
    why = WHY.get(int(code), Why.MESSAGE) if code.isascii() and code.isdigit() else Why.NOTHING
    return Receipt(
        provider=PROVIDER,
        provider_id=sid,
        key=key,
        id=f"{sid}/{status}",
        said=said,
        at=at,
        status=status,
        code=code,
        why=why if said in _FAILURES else Why.NOTHING,
        opted_out=why == Why.OPTED_OUT,
    )


def read_reply(post: Incoming, secrets: TwilioSecrets) -> Reply:
    """A customer's SMS. Raises BadSignature, and BadInput if it is none."""
    form = _checked(post, secrets)
    missing = next((name for name in ("MessageSid", "From", "To") if not form.get(name)), "")
    if missing:
        raise BadInput("missing: this URL takes customers' messages only", missing)
    text = form.get("Body", "")
    opt = form.get("OptOutType", "").lower() or _OPT_OF.get(text.strip().upper(), "")
    return Reply(form["MessageSid"], form["From"], form["To"], text, opt if opt in _OPTS else "", post.at)


def _checked(post: Incoming, secrets: TwilioSecrets) -> dict[str, str]:
    """The form's fields, once the signature holds."""
    try:
        values = parse_qs(post.body.decode(), keep_blank_values=True, max_num_fields=500)
    except ValueError:
        raise BadInput("not a form of UTF-8 text", "body") from None
    settings = dict(part.strip().partition("=")[::2] for part in post.header(TWILIO_SETTINGS).split(","))
    algorithm = settings.get("algorithm", "HMAC_SHA1").upper()
    named = secrets.shared.get(settings.get("key", ""))
    trusted = secrets.tokens if "key" not in settings else (named,) if named else ()
    signature = post.header(TWILIO_SIGNATURE)
    url = post.url.partition("#")[0]
    if not any(signed_by_twilio(url, values, post.body, signature, one, algorithm) for one in trusted):
        raise BadSignature("Twilio's signature does not hold: check the token, and our public URL", TWILIO_SIGNATURE)
    return {name: found[0] for name, found in values.items()}


def _key(url: str) -> str:
    """Our opaque key, as it stands in the query of our own callback URL."""
    key = parse_qs(urlsplit(url).query).get("k", [""])[0]
    return key if _KEY.fullmatch(key) else ""
