"""Whose secrets: a store's keys and hashes are worth nothing without the secrets that made them.

Under another secret every message that was sent looks new, and every address that asked to be left alone unknown.
"""

from sqlalchemy import select

from connectors.store.keyring import Keyring
from connectors.store.opening import Store
from connectors.store.schema import secrets
from connectors.store.writing import add_once
from schemas.errors import ConfigurationError
from schemas.settings import FORMER_PERSON_KEYS, PERSON_KEY, PERSON_KEY_ID


def hold_secrets(store: Store, keyring: Keyring) -> None:
    """Note which secrets are used here. Raises ConfigurationError if one is not what it was, or one is missing that was
    used before."""
    ours = keyring.fingerprints()
    with store.transaction() as connection:
        for name, fingerprint in ours.items():
            add_once(connection, secrets, {"id": name, "fingerprint": fingerprint})
        used = {found.id: found.fingerprint for found in connection.execute(select(secrets))}
        changed = sorted(name for name, fingerprint in ours.items() if used[name] != fingerprint)
        missing = sorted(used.keys() - ours.keys())
        if changed:
            raise ConfigurationError(
                f"the person key {changed[0]!r} is not the one that this store was made with",
                f"set {PERSON_KEY.name} as it was; for a new one give a new {PERSON_KEY_ID.name}, and keep the old one"
                f" in {FORMER_PERSON_KEYS.name}",
            )
        if missing:
            raise ConfigurationError(
                f"the person key {missing[0]!r}, with which this store was made, is not set",
                f"add it to {FORMER_PERSON_KEYS.name}: what was sent, and who wants no more, is known by it",
            )
