"""Which couriers' posts are taken, and what proves them: read from the settings once, checked whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from couriers.registry import COURIERS
from couriers.seal_schemes import Post
from couriers.seals import Seal, check, seal_of
from schemas.errors import BadSignature, ConfigurationError
from schemas.settings import COURIER_SECRETS, COURIER_WEBHOOKS, read, read_secrets

_BY_KEY = "rsa"
_PEM = "-----BEGIN"


@dataclass(frozen=True)
class Webhook:
    """A courier whose posts are taken. `ways`: the seals of which any one must hold."""

    courier: str
    ways: tuple[Seal, ...]
    secrets: tuple[str, ...] = field(repr=False)

    def prove(self, post: Post) -> str:
        """The name of the seal that holds. Raises BadSignature."""
        for way in self.ways:
            try:
                check(self.courier, post, _fitting(way, self.secrets), name=way.name, header=way.header)
            except BadSignature as error:
                last = error
            else:
                return way.name
        raise last


def _fitting(way: Seal, secrets: Sequence[str]) -> tuple[str, ...]:
    """A public key checks signatures and nothing else: everybody knows it, so it must never pass for a secret."""
    return tuple(secret for secret in secrets if secret.startswith(_PEM) == (way.name == _BY_KEY))


def webhooks(environment: Mapping[str, str]) -> dict[str, Webhook]:
    """courier -> its webhook. Raises ConfigurationError that names the setting which is missing or wrong."""
    found: dict[str, list[Seal]] = {}
    for word in read(COURIER_WEBHOOKS, environment).split():
        courier, _, way = word.partition(":")
        name, _, header = way.partition(":")
        if courier not in COURIERS:
            raise ConfigurationError(f"{COURIER_WEBHOOKS.name} names no courier that is known: {courier[:40]!r}")
        found.setdefault(courier, []).append(seal_of(courier, name, header))
    return {courier: _webhook(courier, ways, environment) for courier, ways in found.items()}


def _webhook(courier: str, ways: Sequence[Seal], environment: Mapping[str, str]) -> Webhook:
    setting = COURIER_SECRETS.get(courier)
    secrets = read_secrets(setting, environment) if setting else ()
    if not secrets and any(way.needs_secret for way in ways):
        name = setting.name if setting else f"a secret of {courier}"
        raise ConfigurationError(f"{name} is not set", setting.meaning if setting else COURIER_WEBHOOKS.meaning)
    if lacking := next((way.name for way in ways if way.needs_secret and not _fitting(way, secrets)), ""):
        assert setting is not None
        raise ConfigurationError(f"{setting.name} has none that fits the seal {lacking}", setting.meaning)
    return Webhook(courier, tuple(ways), secrets)
