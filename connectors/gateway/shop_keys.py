"""Shops' keys and secrets from the settings: shop=value, separated by spaces; several of one shop hold at once."""

import hmac
import re
from collections.abc import Mapping
from hashlib import sha256

from schemas.errors import ConfigurationError
from schemas.settings import SHOP_KEYS, Setting, read

Secrets = Mapping[str, tuple[str, ...]]
"""shop -> its secrets, any of which may hold."""

_SHOP = re.compile(r"[a-z0-9-]{2,32}")
_HASH = re.compile(r"[0-9a-f]{64}")
LEAST = 16
"""Characters of the shortest secret that is taken."""


def secrets_in(setting: Setting, environment: Mapping[str, str]) -> Secrets:
    """The shops' secrets of a setting. Raises ConfigurationError for what is not shop=secret, or too short."""
    found: dict[str, tuple[str, ...]] = {}
    for number, pair in enumerate(read(setting, environment).split(), start=1):
        shop, _, secret = pair.partition("=")
        if not is_shop(shop) or len(secret) < LEAST:
            raise ConfigurationError(f"{setting.name}: entry {number} is not shop=secret", setting.meaning)
        found[shop] = (*found.get(shop, ()), secret)
    return found


def is_shop(name: str) -> bool:
    """Whether it can be a shop's id."""
    return _SHOP.fullmatch(name) is not None


def hashes_in(environment: Mapping[str, str]) -> Secrets:
    """The hashes of shops' keys. Raises ConfigurationError for what is no hash: a key itself does not belong there."""
    found = secrets_in(SHOP_KEYS, environment)
    for shop, hashes in found.items():
        if not all(_HASH.fullmatch(one) for one in hashes):
            raise ConfigurationError(f"{SHOP_KEYS.name}: what stands at {shop} is no hash", SHOP_KEYS.meaning)
    return found


def hash_of(key: str) -> str:
    """The hash of a key. A key is 32 random bytes: there is nothing to guess, so one round of SHA-256 hides it."""
    return sha256(key.encode()).hexdigest()


def shop_of(hashes: Secrets, authorization: str) -> str | None:
    """Whose key a request carries (`Bearer <key>`); None for nobody's. Every hash is compared, in constant time."""
    scheme, _, key = authorization.partition(" ")
    made = hash_of(key.strip()).encode()
    found = None
    for shop, its in hashes.items():
        for one in its:
            if hmac.compare_digest(made, one.encode()) and scheme.lower() == "bearer":
                found = shop
    return found
