"""The ways in which posts are signed, as pure functions of a post, the name of its header and one secret.

Each answers whether the secret holds. Nothing is parsed before it is compared, and nothing raises for what came in.
"""

import base64
import binascii
import hmac
import ipaddress
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from schemas.errors import ConfigurationError
from schemas.times import Millis

FRESH = 5 * 60_000
"""Milliseconds by which a signed time may differ from ours: after that a post is a replay."""


@dataclass(frozen=True)
class Post:
    """A push as it came. Names of headers are in lower case; `body` are the raw bytes, never decoded and written anew;
    `query` are the fields of the address, `source` is the sender's IP address as the last trusted proxy saw it."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    received_at: Millis = 0

    def header(self, name: str) -> str:
        """The header without padding; "" if it is not there."""
        return self.headers.get(name, "").strip()


Scheme = Callable[[Post, str, str], bool]
"""(post, header, secret) -> whether it holds."""


def base64_of_body(post: Post, header: str, secret: str) -> bool:
    """base64(HMAC-SHA256(secret, body))."""
    return _same(_base64(secret, post.body), post.header(header))


def base64_of_time_and_body(time_header: str) -> Scheme:
    """base64(HMAC-SHA256(secret, "<time>.<body>")), the time in a header of its own."""

    def holds(post: Post, header: str, secret: str) -> bool:
        time = post.header(time_header)
        made = _base64(secret, _bytes(time) + b"." + post.body)
        return _same(made, post.header(header)) and bool(time)

    return holds


def prefixed_hex_of_body(post: Post, header: str, secret: str) -> bool:
    """ "hmac-sha256-hex=" and the hex of HMAC-SHA256(NFKD(secret), body)."""
    made = _hex(unicodedata.normalize("NFKD", secret), post.body)
    return _same(f"hmac-sha256-hex={made}", post.header(header))


def hash_of_body_and_key(post: Post, header: str, secret: str) -> bool:
    """Hex of SHA256("<body>/<key>"): a plain hash."""
    return _same(sha256(post.body + b"/" + secret.encode()).hexdigest(), post.header(header))


_TIMED = re.compile(r"t=([0-9]{1,12}),\s*v1=([0-9a-f]{64})")


def time_and_hex(post: Post, header: str, secret: str) -> bool:
    """ "t=<unix seconds>,v1=<hex of HMAC-SHA256(secret, "<t>.<body>")>", and the time is no older than FRESH."""
    said = _TIMED.fullmatch(post.header(header))
    if said is None:
        return False
    time, signature = said.groups()
    fresh = abs(int(time) * 1000 - post.received_at) <= FRESH
    return _same(_hex(secret, f"{time}.".encode() + post.body), signature) and fresh


def token_in_header(post: Post, header: str, secret: str) -> bool:
    """The secret itself, in a header."""
    return _same(secret, post.header(header))


def token_in_address(post: Post, field_: str, secret: str) -> bool:
    """The secret itself, as a field of the address."""
    return _same(secret, post.query.get(field_, ""))


BEARER_LASTS = 60 * 60_000
"""Milliseconds for which a bearer token of ours holds."""


def bearer(secret: str, now: Millis) -> str:
    """The token that a courier is given for its client's id and secret ("<id>:<secret>"). It says until when it holds,
    so that it need not be kept."""
    until = str((now + BEARER_LASTS) // 1000)
    return f"{until}.{_hex(secret, b'bearer.' + until.encode())}"


_BEARER = re.compile(r"Bearer (([0-9]{1,12})\.[0-9a-f]{64})")


def bearer_of_ours(post: Post, header: str, secret: str) -> bool:
    """OAuth 2.0: a token that `bearer` made, and that still holds."""
    said = _BEARER.fullmatch(post.header(header))
    if said is None:
        return False
    token, until = said.groups()
    left = int(until) * 1000 - post.received_at
    made = f"{until}.{_hex(secret, b'bearer.' + until.encode())}"
    return _same(made, token) and 0 < left <= BEARER_LASTS


def password(post: Post, header: str, secret: str) -> bool:
    """HTTP Basic; the secret is "<user>:<password>"."""
    return _same(f"Basic {base64.b64encode(secret.encode()).decode()}", post.header(header))


def within_networks(networks: tuple[str, ...]) -> Scheme:
    """Sent from one of the networks: proves little, so the parcel is read again."""
    ranges = tuple(ipaddress.ip_network(network) for network in networks)

    def holds(post: Post, _header: str, _secret: str) -> bool:
        try:
            source = ipaddress.ip_address(post.source)
        except ValueError:
            return False
        plain = getattr(source, "ipv4_mapped", None) or source
        return any(plain in network for network in ranges)

    return holds


def rsa_of_body(post: Post, header: str, secret: str) -> bool:
    """base64 of SHA256withRSA (PKCS #1 v1.5) over the body; the secret is the courier's public key or certificate, PEM.
    Raises ConfigurationError for what is neither."""
    given = post.header(header)
    try:
        signature = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        return False
    if base64.b64encode(signature).decode() != given:
        return False
    try:
        _public_key(secret).verify(signature, post.body, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=16)
def _public_key(pem: str) -> rsa.RSAPublicKey:
    text = pem.strip().encode()
    try:
        certified = text.startswith(b"-----BEGIN CERTIFICATE")
        key = load_pem_x509_certificate(text).public_key() if certified else load_pem_public_key(text)
    except ValueError:
        key = None
    if not isinstance(key, rsa.RSAPublicKey):
        raise ConfigurationError("not an RSA public key or certificate in PEM", "Set the one that the courier gave.")
    return key


def _base64(secret: str, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()


def _hex(secret: str, signed: bytes) -> str:
    return hmac.digest(secret.encode(), signed, "sha256").hex()


def _same(made: str, given: str) -> bool:
    """Equal as texts, compared in constant time."""
    return hmac.compare_digest(made.encode(), _bytes(given))


def _bytes(given: str) -> bytes:
    return given.encode("utf-8", "replace")
