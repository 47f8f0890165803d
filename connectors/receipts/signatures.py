"""Signatures of the providers' posts: made (by the sandbox) and checked, over the bytes as they came.

Twilio signs the URL and the form with a shared secret; SendGrid the timestamp and the body with its private key.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit, urlunsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from schemas.errors import ConfigurationError

TWILIO_SIGNATURE = "x-twilio-signature"
TWILIO_SETTINGS = "x-twilio-webhooks-signature-settings"
"""`key=<id>,algorithm=<name>`: the post is signed with a key of our own, not with the account's token."""

SENDGRID_SIGNATURE = "x-twilio-email-event-webhook-signature"
SENDGRID_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"

_DIGESTS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_PORTS = {"https": 443, "http": 80}

Form = Mapping[str, Iterable[str]]
"""A form's fields with all their values."""


def twilio_signature(url: str, form: Form, secret: str, algorithm: str = "HMAC_SHA1") -> str:
    """What Twilio would sign a post to this URL with. Raises KeyError for an algorithm that is not known."""
    fields = "".join(f"{name}{value}" for name in sorted(form) for value in sorted(set(form[name])))
    return base64.b64encode(hmac.digest(secret.encode(), (url + fields).encode(), _DIGESTS[algorithm])).decode()


def signed_by_twilio(url: str, form: Form, body: bytes, signature: str, secret: str, algorithm: str) -> bool:
    """Is this the signature? Twilio signs the URL with or without its usual port. Where the URL carries the body's
    hash (`bodySHA256`, of posts that are no forms) the body must have it, and no form is part of what is signed."""
    if algorithm not in _DIGESTS:
        return False
    told = parse_qs(urlsplit(url).query).get("bodySHA256")
    if told is not None and not hmac.compare_digest(sha256(body).hexdigest().encode(), told[0].encode()):
        return False
    signed = {} if told is not None else form
    made = (twilio_signature(one, signed, secret, algorithm) for one in _with_and_without_port(url))
    return any(hmac.compare_digest(one.encode(), signature.encode()) for one in made)


def sendgrid_signature(timestamp: str, body: bytes, key: ec.EllipticCurvePrivateKey) -> str:
    """What SendGrid would sign this body with: the same each time."""
    made = key.sign(timestamp.encode() + body, ec.ECDSA(SHA256(), deterministic_signing=True))
    return base64.b64encode(made).decode()


def signed_by_sendgrid(timestamp: str, body: bytes, signature: str, public_keys: Iterable[str]) -> bool:
    """Has one of these keys (base64 of DER, as SendGrid shows it) signed timestamp and body?"""
    try:
        made = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    if base64.b64encode(made).decode() != signature:  # another spelling of the same bytes
        return False
    return any(_holds(_public_key(key), made, timestamp.encode() + body) for key in public_keys)


def _holds(key: ec.EllipticCurvePublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=16)
def _public_key(text: str) -> ec.EllipticCurvePublicKey:
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error):
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ConfigurationError(
            "the SendGrid verification key cannot be read", "copy it whole from Mail Settings, Event Webhook"
        )
    return key


def _with_and_without_port(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    bare = parts.netloc.removesuffix(f":{parts.port}") if parts.port else parts.netloc
    port = parts.port or _PORTS.get(parts.scheme, 443)
    return urlunsplit(parts._replace(netloc=bare)), urlunsplit(parts._replace(netloc=f"{bare}:{port}"))
