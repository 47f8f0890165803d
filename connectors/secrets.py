"""Secrets of a worker in Google Cloud: each secret setting is a secret of the same name in Secret Manager, read where
it is used and nowhere else."""

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

from connectors.accounts import ROUTES, routes
from schemas.errors import ConfigurationError
from schemas.settings import SETTINGS, of_account

PATIENCE_SECONDS = 10.0


class Vault(Protocol):
    """What keeps secrets."""

    def read(self, name: str) -> str | None:
        """The newest version of a secret; None if there is no such secret. Raises ConfigurationError."""


@dataclass(frozen=True)
class SecretManager:
    """Google's Secret Manager. `project`: projects/PROJECT."""

    project: str

    def read(self, name: str) -> str | None:
        """The newest version of a secret; None if there is none. Raises ConfigurationError."""
        from google.api_core.exceptions import GoogleAPICallError, NotFound
        from google.cloud.secretmanager import SecretManagerServiceClient

        path = f"{self.project}/secrets/{name}/versions/latest"
        try:
            answer = SecretManagerServiceClient().access_secret_version(name=path, timeout=PATIENCE_SECONDS)
        except NotFound:
            return None
        except GoogleAPICallError as error:
            remedy = "Let the worker's service account have roles/secretmanager.secretAccessor on it"
            raise ConfigurationError(f"the secret {path} cannot be read: {type(error).__name__}", remedy) from None
        return str(answer.payload.data.decode())


@dataclass(frozen=True)
class WorkerSettings:
    """Fills a worker's environment. It holds no secret, so it may travel with a job. `plain`: names and values of
    settings that are none."""

    vault: Vault
    plain: tuple[tuple[str, str], ...] = ()

    def fill(self, environment: MutableMapping[str, str]) -> None:
        """Add what is not set there yet. Raises ConfigurationError if a secret is not to be read."""
        for name, value in self.plain:
            environment.setdefault(name, value)
        for name in secret_names(environment):
            value_or_none = None if name in environment else self.vault.read(name)
            if value_or_none is not None:
                environment[name] = value_or_none


def secret_names(environment: Mapping[str, str]) -> Iterator[str]:
    """The secret settings, each account's own among them."""
    accounts = [route.name for channel in ROUTES for route in routes(channel, environment)]
    for setting in SETTINGS:
        if setting.secret:
            names = {of_account(setting, account).name for account in accounts} | {setting.name}
            yield from sorted(names)


def project_path(text: Any) -> str:
    """`projects/PROJECT` of a project's name or path."""
    return str(text) if str(text).startswith("projects/") else f"projects/{text}"
