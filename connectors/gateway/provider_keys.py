"""Providers' accounts as their doors know them: whose signature holds, and which URL it signs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.accounts import ROUTES, routes
from connectors.receipts.twilio_posts import TwilioSecrets
from connectors.sandbox.address import CALLBACK, EVENT_KEY, SHARED_KEY, TOKEN
from connectors.store.opening import SANDBOX
from schemas import settings
from schemas.errors import ConfigurationError
from schemas.settings import Setting, of_account, read, read_secrets

Environment = Mapping[str, str]


@dataclass(frozen=True)
class TwilioAccount:
    """A Twilio account. `callback`: the URL that its status callbacks were asked to, without query; `replies`: the one
    that is set for answers at Twilio."""

    name: str
    secrets: TwilioSecrets = field(repr=False)
    callback: str
    replies: str


@dataclass(frozen=True)
class SendGridAccount:
    """A SendGrid account: the public keys by which its events, and customers' mail, are signed."""

    name: str
    event_keys: tuple[str, ...]
    parse_keys: tuple[str, ...]


@dataclass(frozen=True)
class Accounts:
    """Name -> account, of each provider."""

    twilio: Mapping[str, TwilioAccount]
    sendgrid: Mapping[str, SendGridAccount]


def accounts(environment: Environment, url: str, realm: str) -> Accounts:
    """The accounts that the settings name; in a sandbox, the sandbox's. Raises ConfigurationError."""
    if realm == SANDBOX:
        secrets = TwilioSecrets((TOKEN,), dict((SHARED_KEY,)))
        twilio = TwilioAccount("twilio", secrets, CALLBACK, _replies(url, "twilio"))
        return Accounts({"twilio": twilio}, {"sendgrid": SendGridAccount("sendgrid", (EVENT_KEY,), (EVENT_KEY,))})
    found = [route for channel in ROUTES for route in routes(channel, environment)]
    return Accounts(
        {route.name: _twilio(route.name, environment, url) for route in found if route.provider == "twilio"},
        {route.name: _sendgrid(route.name, environment) for route in found if route.provider == "sendgrid"},
    )


def _twilio(name: str, environment: Environment, url: str) -> TwilioAccount:
    token = read(of_account(settings.TWILIO_TOKEN, name), environment)
    former = read_secrets(of_account(settings.TWILIO_FORMER_TOKENS, name), environment)
    callback = read(of_account(settings.TWILIO_CALLBACK, name), environment).partition("#")[0].partition("?")[0]
    secrets = TwilioSecrets((token, *former), _shared(of_account(settings.TWILIO_SHARED_KEYS, name), environment))
    return TwilioAccount(name, secrets, callback or f"{url}/providers/{name}/status", _replies(url, name))


def _replies(url: str, name: str) -> str:
    return f"{url}/providers/{name}/replies"


def _shared(setting: Setting, environment: Environment) -> dict[str, str]:
    pairs = [word.partition("=") for word in read(setting, environment).split()]
    if not all(name and secret for name, _, secret in pairs):
        raise ConfigurationError(f"{setting.name} has a word that is not id=secret", setting.meaning)
    return {name: secret for name, _, secret in pairs}


def _sendgrid(name: str, environment: Environment) -> SendGridAccount:
    events, parse = (
        tuple(read(of_account(setting, name), environment).split())
        for setting in (settings.SENDGRID_EVENT_KEYS, settings.SENDGRID_PARSE_KEYS)
    )
    return SendGridAccount(name, events, parse)
