"""Secrets of the store: keys of messages, hashes of addresses, and the sealing of words for each person.

A secret has an id and is never changed in place: a new one is put in front, and look-ups try all.
"""

import hmac
import os
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pipelines.rules.ledger import Identity, key_of
from schemas.errors import ConfigurationError

_NONCE = 12


class Keyring:
    """`secrets`: id -> at least 16 bytes; the first is used for what is new."""

    def __init__(self, secrets: Mapping[str, bytes]) -> None:
        if not secrets or any(len(secret) < 16 for secret in secrets.values()):
            raise ConfigurationError("the store needs a secret of at least 16 bytes", "set one, and keep it for ever")
        self._secrets = dict(secrets)
        self.current = next(iter(self._secrets))
        self._person = lru_cache(maxsize=1024)(self._derive)

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._secrets)})"

    def fingerprints(self) -> dict[str, str]:
        """Id -> what tells the secret from another, and nothing of it."""
        return {
            name: hmac.new(secret, b"fingerprint", sha256).hexdigest()[:32] for name, secret in self._secrets.items()
        }

    def keys(self, identity: Identity) -> tuple[str, ...]:
        """The identity's key under every secret, today's first."""
        return tuple(key_of(identity, secret) for secret in self._secrets.values())

    def addresses(self, shop: str, channel: str, address: str) -> tuple[str, ...]:
        """The keyed hash of an address under every secret, today's first."""
        text = "\0".join(("address", shop, channel, address.strip().lower())).encode()
        return tuple(hmac.new(secret, text, sha256).hexdigest()[:40] for secret in self._secrets.values())

    def seal(self, words: bytes, person: str, key: str) -> bytes:
        """Words that only this person's key opens, bound to the message's key."""
        nonce = os.urandom(_NONCE)
        return (
            self.current.encode()
            + b"\0"
            + nonce
            + self._person(self.current, person).encrypt(nonce, words, key.encode())
        )

    def unseal(self, sealed: bytes, person: str, key: str) -> bytes:
        """The words again. Raises ConfigurationError if the secret is gone or not the one that sealed."""
        name, _, rest = sealed.partition(b"\0")
        if name.decode() not in self._secrets:
            raise ConfigurationError("a stored message was sealed with a secret that is not here", "add the old secret")
        try:
            return self._person(name.decode(), person).decrypt(rest[:_NONCE], rest[_NONCE:], key.encode())
        except InvalidTag:
            raise ConfigurationError("a stored message cannot be opened", "the secret was changed in place") from None

    def _derive(self, name: str, person: str) -> AESGCM:
        return AESGCM(hmac.new(self._secrets[name], b"seal\0" + person.encode(), sha256).digest())
