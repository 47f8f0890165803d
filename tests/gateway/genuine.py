"""What is really sent: a genuine request for every way in which a door lets itself be convinced."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from connectors.receipts.signatures import SENDGRID_SIGNATURE, SENDGRID_TIMESTAMP, sendgrid_signature, twilio_signature
from connectors.sandbox.address import CALLBACK, SHARED_KEY, TOKEN
from connectors.sandbox.telling import _PRIVATE as SENDGRID_KEY
from couriers.seal_schemes import bearer
from tests.gateway.asking import NOW, URL, Asked

SECRET = "a secret for tests only"  # of one word in the settings: see SETTINGS
WORD = SECRET.replace(" ", "-")
RSA = rsa.generate_private_key(65537, 2048)
PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
CLIENT = f"awizo:{WORD}"
SECONDS = str(NOW // 1000)

SETTINGS = {
    "AWIZO_COURIER_WEBHOOKS": "inpost:hmac inpost:hmac_time inpost:rsa inpost:basic inpost:api_key nova_poshta "
    "ups:credential ups:oauth fedex aftership seventeentrack easypost shippo:hmac shippo:token dhl:address",
    "AWIZO_INPOST_SECRETS": f"{WORD} user:{WORD} {PEM}",
    "AWIZO_UPS_SECRETS": f"{WORD} {CLIENT}",
    **{
        f"AWIZO_{courier}_SECRETS": f"{WORD} the-former-one"
        for courier in ("NOVA_POSHTA", "FEDEX", "AFTERSHIP", "SEVENTEENTRACK", "EASYPOST", "SHIPPO", "DHL")
    },
}

BODY = json.dumps(
    {"trackingNumber": "620000000001234567", "eventCode": "LMD.1001", "place": "Łódź", "n": 1.50}, ensure_ascii=False
).encode()


@dataclass(frozen=True)
class Genuine:
    """A genuine request. `seals`: the headers (or fields of the query) that prove it; `signs_body`: the proof covers
    the body; `signs_url`: it covers the address."""

    name: str
    asked: Asked
    seals: tuple[str, ...]
    signs_body: bool = True
    signs_url: bool = False
    is_form: bool = False


def digest(signed: bytes, secret: str = WORD) -> bytes:
    return hmac.digest(secret.encode(), signed, "sha256")


def in_base64(signed: bytes, secret: str = WORD) -> str:
    return base64.b64encode(digest(signed, secret)).decode()


def _courier(name: str, headers: dict[str, str], *seals: str, signs_body: bool = True, **more: str) -> Genuine:
    courier, _, _way = name.partition("-")
    headers = {"Content-Type": "application/json"} | headers
    asked = Asked(more.get("path", f"/couriers/{courier}"), BODY, headers, more.get("query", ""))
    return Genuine(name, asked, seals or tuple(headers)[1:], signs_body)


def _basic(words: str) -> str:
    return f"Basic {base64.b64encode(words.encode()).decode()}"


def couriers() -> list[Genuine]:
    """Each way of each courier."""
    by_key = base64.b64encode(RSA.sign(BODY, padding.PKCS1v15(), SHA256())).decode()
    timed = {"X-InPost-Timestamp": SECONDS, "X-InPost-Signature": in_base64(f"{SECONDS}.".encode() + BODY)}
    shippo = f"t={SECONDS},v1={digest(f'{SECONDS}.'.encode() + BODY).hex()}"
    return [
        _courier("inpost-hmac", {"X-InPost-Signature": in_base64(BODY)}),
        _courier("inpost-hmac_time", timed),
        _courier("inpost-rsa", {"X-InPost-Signature": by_key}),
        _courier("inpost-basic", {"Authorization": _basic(f"user:{WORD}")}, signs_body=False),
        _courier("inpost-api_key", {"X-Api-Key": WORD}, signs_body=False),
        _courier("nova_poshta-token", {"X-Custom-Token": WORD}, signs_body=False),
        _courier("ups-credential", {"Credential": WORD}, signs_body=False),
        _courier("ups-oauth", {"Authorization": f"Bearer {bearer(CLIENT, NOW)}"}, signs_body=False),
        _courier("fedex-hmac", {"fdx-signature": in_base64(BODY)}),
        _courier("aftership-hmac", {"aftership-hmac-sha256": in_base64(BODY)}),
        _courier("seventeentrack-hash", {"sign": hashlib.sha256(BODY + b"/" + WORD.encode()).hexdigest()}),
        _courier("easypost-hmac", {"X-Hmac-Signature": f"hmac-sha256-hex={digest(BODY).hex()}"}),
        _courier("shippo-hmac", {"Shippo-Auth-Signature": shippo}),
        _courier("shippo-token", {}, "token", signs_body=False, query=f"token={WORD}"),
        _courier("dhl-address", {}, "key", signs_body=False, path=f"/couriers/dhl/{WORD}"),
    ]


def twilio_post(path: str, url: str, form: dict[str, str], query: str = "", by_shared_key: bool = False) -> Asked:
    """A form as Twilio posts it, signed over this URL."""
    secret, algorithm = (SHARED_KEY[1], "HMAC_SHA256") if by_shared_key else (TOKEN, "HMAC_SHA1")
    signed = f"{url}?{query}" if query else url
    signature = twilio_signature(signed, {name: [value] for name, value in form.items()}, secret, algorithm)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    if by_shared_key:
        headers["X-Twilio-Webhooks-Signature-Settings"] = f"key={SHARED_KEY[0]},algorithm={algorithm}"
    return Asked(path, urlencode(form).encode(), headers, query)


def status(key: str = "0" * 32, status: str = "delivered", sid: str = "SM" + "1" * 32, **how: bool) -> Asked:
    """A status callback about the message of this key."""
    form = {"MessageSid": sid, "MessageStatus": status, "AccountSid": "AC" + "5a" * 16, "To": "+48500000123"}
    return twilio_post("/providers/twilio/status", CALLBACK, form, f"k={key}&a=1", **how)


def reply(text: str, phone: str = "+48500000123", to: str = "+48732000001", sid: int = 1, **more: str) -> Asked:
    """A customer's SMS."""
    form = {"MessageSid": f"SM{sid:032x}", "From": phone, "To": to, "Body": text, "NumMedia": "0"} | more
    path = "/providers/twilio/replies"
    return twilio_post(path, URL + path, form)


def sendgrid_post(path: str, body: bytes, media: str = "application/json", seconds: str = SECONDS) -> Asked:
    """A post as SendGrid signs it."""
    signature = sendgrid_signature(seconds, body, SENDGRID_KEY)
    return Asked(path, body, {"Content-Type": media, SENDGRID_TIMESTAMP: seconds, SENDGRID_SIGNATURE: signature})


def mail_events(*events: dict[str, object]) -> Asked:
    """SendGrid's events."""
    return sendgrid_post("/providers/sendgrid/events", json.dumps(list(events)).encode() + b"\r\n")


def mail(text: str, sender: str = "jan@poczta.example", to: str = "paczki@sowa.example", **more: str) -> Asked:
    """A customer's mail as Inbound Parse posts it."""
    fields = {
        "headers": f"Message-ID: <{hashlib.sha256(text.encode()).hexdigest()[:12]}@poczta.example>\nSubject: hello",
        "from": f"Jan <{sender}>",
        "to": to,
        "envelope": json.dumps({"to": [to], "from": sender}),
        "subject": "Re: W drodze",
        "text": text,
        "SPF": "pass",
        "dkim": "{@poczta.example : pass}",
    } | more
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    body = ("".join(parts) + "--edge--\r\n").encode()
    return sendgrid_post("/providers/sendgrid/mail", body, "multipart/form-data; boundary=edge")


DELIVERED: dict[str, object] = {
    "event": "delivered",
    "email": "jan@poczta.example",
    "timestamp": NOW // 1000,
    "sg_event_id": "e1",
    "sg_message_id": "abc.recvd-1",
    "awizo_key": "0" * 32,
}


def providers() -> list[Genuine]:
    """Each post of each provider."""
    by_twilio, by_sendgrid = ("X-Twilio-Signature",), (SENDGRID_TIMESTAMP, SENDGRID_SIGNATURE)
    return [
        Genuine("twilio-status", status(), by_twilio, signs_url=True, is_form=True),
        Genuine("twilio-status-shared", status(by_shared_key=True), by_twilio, signs_url=True, is_form=True),
        Genuine("twilio-reply", reply("Gdzie jest moja paczka?"), by_twilio, signs_url=True, is_form=True),
        Genuine("sendgrid-events", mail_events(DELIVERED), by_sendgrid),
        Genuine("sendgrid-mail", mail("Gdzie jest moja paczka?"), by_sendgrid),
    ]


ALL: tuple[Genuine, ...] = (*couriers(), *providers())
Make = Callable[[], list[Genuine]]
