"""Provider accounts from settings: what `AWIZO_SMS_ROUTES` and its like name, as accounts of a channel."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.connector import Connector
from connectors.flow import Account
from connectors.transport import Direct, Transport
from schemas import settings
from schemas.errors import ConfigurationError
from schemas.messages import Channel
from schemas.settings import Setting, of_account, read

Environment = Mapping[str, str]

ROUTES: dict[str, Setting] = {Channel.SMS: settings.SMS_ROUTES, Channel.EMAIL: settings.EMAIL_ROUTES}
PROVIDERS: dict[str, str] = {"twilio": Channel.SMS, "sendgrid": Channel.EMAIL}
"""A provider and the channel that it serves."""

_ROUTE = re.compile(r"([a-z]+)(_[a-z0-9]+)?(?::([A-Z]{2}(?:,[A-Z]{2})*))?")
_ACCOUNT = re.compile(r"AC[0-9a-f]{32}")
_API_KEY = re.compile(r"SG\.[0-9A-Za-z._-]+")
_URL = re.compile(r"https?://[^\s/?#]+")


@dataclass(frozen=True)
class Route:
    """One account as the settings name it: `twilio_2:PL,UA`."""

    name: str
    provider: str
    countries: frozenset[str] = frozenset()


def routes(channel: str, environment: Environment) -> tuple[Route, ...]:
    """The accounts of a channel, in order. Raises ConfigurationError that names the setting."""
    setting = ROUTES[channel]
    found = tuple(
        _route(word, setting, channel) for word in (environment.get(setting.name, setting.default) or "").split()
    )
    if len({route.name for route in found}) < len(found):
        raise ConfigurationError(f"{setting.name} names an account twice", setting.meaning)
    return found


def _route(word: str, setting: Setting, channel: str) -> Route:
    match = _ROUTE.fullmatch(word)
    if match is None or PROVIDERS.get(match[1]) != channel:
        names = ", ".join(name for name, its in PROVIDERS.items() if its == channel)
        raise ConfigurationError(
            f"{setting.name} has a word that names no provider of {channel} ({names})", setting.meaning
        )
    return Route(match[1] + (match[2] or ""), match[1], frozenset(filter(None, (match[3] or "").split(","))))


def identity(route: Route, environment: Environment) -> str:
    """Which account it is, whatever its keys: what a store is stamped with. Raises ConfigurationError."""
    setting = settings.TWILIO_ACCOUNT if route.provider == "twilio" else settings.SENDGRID_ACCOUNT
    return f"{route.provider}:{_read(setting, route, environment)}"


def realm(environment: Environment) -> str:
    """The realm of a store that sends by all these accounts."""
    found = {identity(route, environment) for channel in ROUTES for route in routes(channel, environment)}
    if not found:
        raise ConfigurationError("no provider account is named", settings.SMS_ROUTES.meaning)
    return " ".join(sorted(found))


def account(route: Route, environment: Environment, transport: Transport, stamp: str) -> Account:
    """A route with its connector, ready to send. Raises ConfigurationError that names the setting."""
    return Account(route.name, _OPENERS[route.provider](route, environment, transport, stamp), route.countries)


def _twilio(route: Route, environment: Environment, transport: Transport, stamp: str) -> Connector:
    from connectors.twilio_sms import TwilioSms

    return TwilioSms(
        _matching(_ACCOUNT, settings.TWILIO_ACCOUNT, route, environment),
        _read(settings.TWILIO_TOKEN, route, environment),
        Direct(_matching(_URL, settings.TWILIO_URL, route, environment)),
        transport,
        _callback(_read(settings.TWILIO_CALLBACK, route, environment), route),
        realm=stamp,
        name=route.name,
    )


def _sendgrid(route: Route, environment: Environment, transport: Transport, stamp: str) -> Connector:
    from connectors.sendgrid_email import SendGridEmail

    return SendGridEmail(
        _matching(_API_KEY, settings.SENDGRID_API_KEY, route, environment),
        Direct(_matching(_URL, settings.SENDGRID_URL, route, environment)),
        transport,
        realm=stamp,
        name=route.name,
    )


_OPENERS: dict[str, Callable[[Route, Environment, Transport, str], Connector]] = {
    "twilio": _twilio,
    "sendgrid": _sendgrid,
}


def _read(setting: Setting, route: Route, environment: Environment) -> str:
    return read(of_account(setting, route.name), environment)


def _matching(pattern: re.Pattern[str], setting: Setting, route: Route, environment: Environment) -> str:
    """The value, which is never quoted: it may be a secret in the wrong place."""
    value = _read(setting, route, environment)
    if pattern.fullmatch(value) is None:
        name = of_account(setting, route.name).name
        raise ConfigurationError(f"{name} does not look like one", setting.meaning)
    return value


def _callback(url: str, route: Route) -> str:
    """Twilio refuses hosts with an underscore, and says so only message by message."""
    if url and (not url.startswith("https://") or "_" in url.removeprefix("https://").partition("/")[0]):
        name = of_account(settings.TWILIO_CALLBACK, route.name).name
        raise ConfigurationError(
            f"{name} is not an https URL, or its host has an underscore", settings.TWILIO_CALLBACK.meaning
        )
    return url
