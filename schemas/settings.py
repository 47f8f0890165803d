"""Settings: every environment variable that Awizo reads, with its meaning. Secrets come from here alone, never from
options of a pipeline."""

import hmac
from collections.abc import Mapping
from typing import NamedTuple

from schemas.errors import ConfigurationError


class Setting(NamedTuple):
    """An environment variable. `default` None: it must be set where it is needed."""

    name: str
    meaning: str
    default: str | None = None
    secret: bool = False


PERSON_KEY = Setting(
    "AWIZO_PERSON_KEY",
    "At least 16 characters. Ids of guests, short links and stored hashes derive from it: the same key gives the same "
    "decisions, so a replay of a live log needs the live key. Never change it in place.",
    default="only for the sandbox: nobody real is known by this key",
    secret=True,
)

SETTINGS = (PERSON_KEY,)
"""All there are."""


class Keys(NamedTuple):
    """What derives from the person key, each for one purpose."""

    people: bytes
    links: bytes
    ledger: bytes

    def __repr__(self) -> str:
        return "Keys(...)"


def read(setting: Setting, environment: Mapping[str, str]) -> str:
    """The setting's value. Raises ConfigurationError if it must be set and is not."""
    value = environment.get(setting.name) or setting.default
    if value is None:
        raise ConfigurationError(f"{setting.name} is not set", setting.meaning)
    return value


def keys_of(secret: str) -> Keys:
    """The keys that derive from a secret. Raises ConfigurationError if it is too short."""
    if len(secret) < 16:
        raise ConfigurationError(f"{PERSON_KEY.name} is too short", PERSON_KEY.meaning)
    return Keys(*(hmac.digest(secret.encode(), purpose.encode(), "sha256") for purpose in Keys._fields))
