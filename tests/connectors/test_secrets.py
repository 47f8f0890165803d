"""Secrets of a worker: read by name, never over what is set, and a missing right says which."""

import pickle
from typing import Any
from unittest import mock

import pytest

from connectors.cloud import CloudSettings
from connectors.secrets import SecretManager, WorkerSettings, secret_names
from schemas.errors import ConfigurationError
from schemas.settings import PERSON_KEY, SETTINGS, SMS_ROUTES, STORE, TWILIO_TOKEN


class Kept:
    """A vault in memory that knows what was asked of it."""

    def __init__(self, **secrets: str) -> None:
        self.secrets, self.asked = secrets, []  # type: ignore[var-annotated]

    def read(self, name: str) -> str | None:
        self.asked.append(name)
        return self.secrets.get(name)


def test_secrets_and_plain_settings_come_into_an_environment() -> None:
    vault = Kept(**{STORE.name: "sqlite://", TWILIO_TOKEN.name: "token"})
    environment: dict[str, str] = {}
    WorkerSettings(vault, ((SMS_ROUTES.name, "twilio"),)).fill(environment)
    assert environment == {SMS_ROUTES.name: "twilio", STORE.name: "sqlite://", TWILIO_TOKEN.name: "token"}


def test_what_an_environment_says_is_neither_asked_for_nor_changed() -> None:
    vault = Kept(**{PERSON_KEY.name: "another"})
    environment = {PERSON_KEY.name: "its own", SMS_ROUTES.name: ""}
    WorkerSettings(vault, ((SMS_ROUTES.name, "twilio"),)).fill(environment)
    assert environment[PERSON_KEY.name] == "its own"
    assert environment[SMS_ROUTES.name] == ""
    assert PERSON_KEY.name not in vault.asked


def test_every_secret_is_asked_for_and_nothing_else() -> None:
    assert set(secret_names({})) == {setting.name for setting in SETTINGS if setting.secret}


def test_every_account_has_its_own_secrets() -> None:
    assert "AWIZO_TWILIO_2_TOKEN" in set(secret_names({SMS_ROUTES.name: "twilio twilio_2:PL"}))


def test_a_secret_is_read_as_its_newest_version() -> None:
    pytest.importorskip("google.cloud.secretmanager", reason="the extra `gcp` is not installed")
    with mock.patch("google.cloud.secretmanager.SecretManagerServiceClient") as client:
        answer = client.return_value.access_secret_version
        answer.return_value.payload.data = b"said"
        assert SecretManager("projects/tracking-test").read(STORE.name) == "said"
    assert answer.call_args.kwargs["name"] == f"projects/tracking-test/secrets/{STORE.name}/versions/latest"
    assert answer.call_args.kwargs["timeout"] > 0


def test_a_secret_that_is_not_there_is_none_and_one_that_is_refused_says_which() -> None:
    pytest.importorskip("google.cloud.secretmanager", reason="the extra `gcp` is not installed")
    exceptions = pytest.importorskip("google.api_core.exceptions")
    with mock.patch("google.cloud.secretmanager.SecretManagerServiceClient") as client:
        client.return_value.access_secret_version.side_effect = exceptions.NotFound("none")
        assert SecretManager("projects/tracking-test").read(STORE.name) is None
        client.return_value.access_secret_version.side_effect = exceptions.PermissionDenied("no")
        with pytest.raises(ConfigurationError, match=f"{STORE.name}.*secretAccessor"):
            SecretManager("projects/tracking-test").read(STORE.name)


def test_settings_of_a_worker_travel_without_secrets_and_are_one_wherever_they_arrive() -> None:
    settings = CloudSettings(worker=WorkerSettings(SecretManager("projects/tracking-test")))
    again: Any = pickle.loads(pickle.dumps(settings))
    assert again == settings
    assert hash(again) == hash(settings)


def test_settings_without_a_place_of_secrets_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="where a worker's secrets are"):
        CloudSettings()()
