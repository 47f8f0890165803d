"""Examining the gateway's settings: what is missing, what is wrong, what to enter where. Nothing is changed."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from urllib.parse import urlsplit

from connectors.accounts import realm
from connectors.examining import Finding, Level, examine_store
from connectors.gateway.provider_keys import Accounts, accounts
from connectors.gateway.shop_keys import hashes_in, secrets_in
from connectors.gateway.webhooks import webhooks
from connectors.opening import keyring_of
from couriers.seals import ADDRESS
from schemas import settings
from schemas.errors import ConfigurationError
from schemas.settings import (
    COURIER_WEBHOOKS,
    GATEWAY_PROXIES,
    GATEWAY_URL,
    SENDGRID_EVENT_KEYS,
    SENDGRID_PARSE_KEYS,
    SHOP_KEYS,
    SHOPIFY_SECRETS,
    TWILIO_CALLBACK,
    WOOCOMMERCE_SECRETS,
    of_account,
    read,
    read_number,
)

Environment = Mapping[str, str]


def examine_gateway(environment: Environment) -> Iterator[Finding]:
    """Every setting that a door needs, one finding each."""
    yield from _public_url(environment)
    yield _tried("person key", lambda: keyring_of(environment))
    yield _tried("proxies", lambda: f"{int(read_number(GATEWAY_PROXIES, environment))} in front")
    yield from examine_store(environment) if environment.get(settings.STORE.name) else [_missing_store()]
    yield from _couriers(environment)
    yield from _shops(environment)
    yield from _providers(environment)


def _public_url(environment: Environment) -> Iterator[Finding]:
    url = environment.get(GATEWAY_URL.name, "")
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("https", "http"):
        yield Finding(Level.WRONG, "public URL", f"{GATEWAY_URL.name} is not set, or no URL", GATEWAY_URL.meaning)
    elif parts.scheme == "http":
        remedy = "put a proxy with TLS in front; couriers and providers post to https alone"
        yield Finding(Level.NOTE, "public URL", f"{url} is not https", remedy)
    elif "_" in parts.hostname:
        yield Finding(Level.WRONG, "public URL", "its host has an underscore", "Twilio refuses such callbacks")
    elif parts.query or parts.fragment:
        yield Finding(Level.WRONG, "public URL", "it has a query or a fragment", "name the scheme, host and path alone")
    else:
        yield Finding(Level.WELL, "public URL", url)


def _missing_store() -> Finding:
    return Finding(Level.WRONG, "store", f"{settings.STORE.name} is not set", settings.STORE.meaning)


def _couriers(environment: Environment) -> Iterator[Finding]:
    words = read(COURIER_WEBHOOKS, environment).split()
    if not words:
        yield Finding(Level.NOTE, "couriers", "no courier's posts are taken", COURIER_WEBHOOKS.meaning)
    yield from (_tried(f"courier {word}", partial(_webhook, word, environment)) for word in words)


def _webhook(word: str, environment: Environment) -> str:
    """How this one proves itself, and where it posts."""
    (webhook,) = webhooks({**environment, COURIER_WEBHOOKS.name: word}).values()
    (way,) = webhook.ways
    key = "/<secret>" if way.name == ADDRESS.name else ""
    return f"proved by {way.name}: POST {_at(environment)}/couriers/{webhook.courier}{key}"


def _shops(environment: Environment) -> Iterator[Finding]:
    """Which shops may post what, and where."""
    for what, setting in {"events": SHOP_KEYS, "shopify": SHOPIFY_SECRETS, "woocommerce": WOOCOMMERCE_SECRETS}.items():
        try:
            found = hashes_in(environment) if setting is SHOP_KEYS else secrets_in(setting, environment)
        except ConfigurationError as error:
            yield Finding(Level.WRONG, f"shops' {what}", error.reason, error.remedy)
            continue
        for shop in found:
            yield Finding(Level.WELL, f"shop {shop}", f"POST {_at(environment)}/shops/{shop}/{what}")
        if not found:
            yield Finding(Level.NOTE, f"shops' {what}", f"{setting.name} is empty: none are taken", setting.meaning)


def _providers(environment: Environment) -> Iterator[Finding]:
    try:
        found = accounts(environment, _at(environment), realm(environment))
    except ConfigurationError as error:
        yield Finding(Level.WRONG, "providers", error.reason, error.remedy)
        return
    yield from _twilio(found, environment)
    yield from _sendgrid(found, environment)


def _twilio(found: Accounts, environment: Environment) -> Iterator[Finding]:
    for name, account in found.twilio.items():
        ours, setting = f"{_at(environment)}/providers/{name}/status", of_account(TWILIO_CALLBACK, name)
        asked = read(setting, environment)
        if not asked:
            remedy = f"set {setting.name} to {ours}"
            yield Finding(Level.NOTE, name, "no status callbacks are asked for", remedy)
        elif account.callback != ours:
            yield Finding(Level.NOTE, name, f"callbacks go to {account.callback}", f"let that lead to {ours}")
        else:
            yield Finding(Level.WELL, name, f"callbacks come to {ours}")
        yield Finding(Level.WELL, name, f"set for incoming messages at Twilio: {account.replies}#rc=5&rp=all")


def _sendgrid(found: Accounts, environment: Environment) -> Iterator[Finding]:
    for name, account in found.sendgrid.items():
        for what, keys, setting in (
            ("events", account.event_keys, SENDGRID_EVENT_KEYS),
            ("mail", account.parse_keys, SENDGRID_PARSE_KEYS),
        ):
            url, needed = f"{_at(environment)}/providers/{name}/{what}", of_account(setting, name)
            if keys:
                yield Finding(Level.WELL, name, f"{what} come to {url}")
            else:
                yield Finding(Level.NOTE, name, f"{what} are refused: {needed.name} is empty", needed.meaning)


def _tried(about: str, look: Callable[[], object]) -> Finding:
    """Nothing that was looked at is shown but what says so itself: it may be a secret."""
    try:
        seen = look()
    except ConfigurationError as error:
        return Finding(Level.WRONG, about, error.reason, error.remedy)
    return Finding(Level.WELL, about, seen if isinstance(seen, str) else "set")


def _at(environment: Environment) -> str:
    return environment.get(GATEWAY_URL.name, "").rstrip("/")
