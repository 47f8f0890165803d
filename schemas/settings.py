"""Settings: every environment variable that Awizo reads, with its meaning. Secrets come from here alone, never from
options of a pipeline."""

import hmac
import re
from collections.abc import Mapping
from typing import NamedTuple

from schemas.errors import ConfigurationError

_PEM = re.compile(r"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----", re.DOTALL)


class Setting(NamedTuple):
    """An environment variable. `default` None: it must be set where it is needed."""

    name: str
    meaning: str
    default: str | None = None
    secret: bool = False


PERSON_KEY = Setting(
    "AWIZO_PERSON_KEY",
    "At least 16 characters, none of them blank. Ids of guests, short links and stored hashes derive from it: the same "
    "key gives the same decisions, so a replay of a live log needs the live keys, former ones too. Never change it in "
    "place.",
    default="only for the sandbox: nobody real is known by this key",
    secret=True,
)

PERSON_KEY_ID = Setting(
    "AWIZO_PERSON_KEY_ID",
    "A short name of the person key, at most 16 characters; stored with all that derives from it. A new key gets a new "
    "name, and the old pair goes to AWIZO_FORMER_PERSON_KEYS.",
    default="1",
)
FORMER_PERSON_KEYS = Setting(
    "AWIZO_FORMER_PERSON_KEYS",
    "Earlier person keys as id=key, separated by spaces, the oldest first: guests keep the ids that it gave them. What "
    "they made is still found: nothing is sent twice and every STOP holds.",
    default="",
    secret=True,
)
STORE = Setting(
    "AWIZO_STORE",
    "URL of the store: sqlite:////path/awizo.db, or postgresql+psycopg://user:password@host/name. A store is stamped "
    "with the provider accounts that send from it.",
    secret=True,
)
LOG = Setting(
    "AWIZO_LOG",
    "Where events are published: `store`, the log in the store, or `pubsub`: topics, which `awizo run` relays into the "
    "log in the store; results are published to topics then too.",
    default="store",
)
PUBSUB_PROJECT = Setting(
    "AWIZO_PUBSUB_PROJECT",
    "The Google Cloud project of the topics; any name where PUBSUB_EMULATOR_HOST (Google's own variable) names an "
    "emulator.",
)
PUBSUB_PREFIX = Setting(
    "AWIZO_PUBSUB_PREFIX",
    "How the names of topics and subscriptions begin: `awizo` gives awizo-orders and so on.",
    default="awizo",
)
SANDBOX = Setting(
    "AWIZO_SANDBOX",
    "URL of a running `awizo sandbox`, such as http://127.0.0.1:8025: `awizo run` then sends there and reaches nobody "
    "real. Empty: the accounts below.",
    default="",
)
SMS_ROUTES = Setting(
    "AWIZO_SMS_ROUTES",
    "SMS accounts in order, separated by spaces; `twilio`, or `twilio:PL,UA` for some countries only. A second account "
    "is `twilio_2`, whose settings are AWIZO_TWILIO_2_ACCOUNT and so on. Empty: no SMS.",
    default="twilio",
)
EMAIL_ROUTES = Setting(
    "AWIZO_EMAIL_ROUTES",
    "E-mail accounts in order, as in AWIZO_SMS_ROUTES: `sendgrid`, `sendgrid_2`. Empty: no e-mail.",
    default="sendgrid",
)
SMS_PER_SECOND = Setting(
    "AWIZO_SMS_PER_SECOND",
    "How many SMS all workers together may hand to the accounts of AWIZO_SMS_ROUTES in a second; 0: no limit of ours.",
    default="0",
)
EMAIL_PER_SECOND = Setting(
    "AWIZO_EMAIL_PER_SECOND",
    "How many e-mails all workers together may hand over in a second; 0: no limit of ours.",
    default="0",
)
CONNECTIONS = Setting(
    "AWIZO_CONNECTIONS",
    "How many requests to one provider a worker may have under way at once.",
    default="32",
)
TWILIO_ACCOUNT = Setting("AWIZO_TWILIO_ACCOUNT", "The account's SID: AC and 32 hexadecimal digits.")
TWILIO_TOKEN = Setting("AWIZO_TWILIO_TOKEN", "The account's auth token.", secret=True)
TWILIO_URL = Setting("AWIZO_TWILIO_URL", "Where Twilio's API is.", default="https://api.twilio.com")
TWILIO_CALLBACK = Setting(
    "AWIZO_TWILIO_CALLBACK",
    "Our public URL for Twilio's status callbacks; its host has no underscore. They are repeated up to five times, "
    "unless a fragment says otherwise (#rc=2&rp=5xx). Empty: none are asked for, a message in doubt is then settled by "
    "look-ups alone.",
    default="",
)
TWILIO_FORMER_TOKENS = Setting(
    "AWIZO_TWILIO_FORMER_TOKENS",
    "Earlier auth tokens, separated by spaces, while one is being changed: posts that they sign are still taken.",
    default="",
    secret=True,
)
TWILIO_SHARED_KEYS = Setting(
    "AWIZO_TWILIO_SHARED_KEYS",
    "Keys of your own that sign Twilio's posts (Webhook Rules), as id=secret, separated by spaces.",
    default="",
    secret=True,
)
SENDGRID_EVENT_KEYS = Setting(
    "AWIZO_SENDGRID_EVENT_KEYS",
    "Verification keys of the signed event webhook (Mail Settings), separated by spaces. Empty: events are refused.",
    default="",
)
SENDGRID_PARSE_KEYS = Setting(
    "AWIZO_SENDGRID_PARSE_KEYS",
    "Public keys of the security policy of Inbound Parse, separated by spaces. Empty: customers' mail is refused.",
    default="",
)
SENDGRID_ACCOUNT = Setting(
    "AWIZO_SENDGRID_ACCOUNT",
    "A name for the SendGrid account that stays when its keys change; the store is stamped with it.",
    default="main",
)
SENDGRID_API_KEY = Setting(
    "AWIZO_SENDGRID_API_KEY", "An API key of the account, with the scope mail.send: SG. and more.", secret=True
)
SENDGRID_URL = Setting(
    "AWIZO_SENDGRID_URL",
    "Where SendGrid's API is; https://api.eu.sendgrid.com for accounts in the EU.",
    default="https://api.sendgrid.com",
)
BRAKE_TIMES = Setting(
    "AWIZO_BRAKE_TIMES",
    "A shop that sends more than so many times what is usual in this hour of the week is stopped, and its messages are "
    "parked; 0: never.",
    default="5",
)
BRAKE_LEAST = Setting(
    "AWIZO_BRAKE_LEAST",
    "Messages in an hour below which no shop is stopped, however unusual they are.",
    default="500",
)

GATEWAY_URL = Setting(
    "AWIZO_GATEWAY_URL",
    "The gateway's public URL, such as https://hooks.example.com: what couriers and providers are given, and what "
    "their signatures are checked against.",
)
GATEWAY_PROXIES = Setting(
    "AWIZO_GATEWAY_PROXIES",
    "How many proxies of yours stand in front of the gateway; each must add the address that it sees to "
    "X-Forwarded-For. 0: whoever connects is the sender.",
    default="0",
)

GATEWAY_RATE = Setting(
    "AWIZO_GATEWAY_RATE",
    "How much more often than usual one address may come to a door: 2 is twice as often, 0 without limit, for gateways "
    "whose proxy limits already.",
    default="1",
)
COURIER_WEBHOOKS = Setting(
    "AWIZO_COURIER_WEBHOOKS",
    "Couriers whose posts the gateway takes, separated by spaces, each with how it proves itself: `easypost`, "
    "`inpost:hmac_time`, `nova_poshta:token:x-our-token` (the header that was agreed), `dhl:address` (a secret at the "
    "end of the address that it was given). A courier named twice may prove itself either way. Empty: none.",
    default="",
)
COURIER_SECRETS: dict[str, Setting] = {
    courier: Setting(
        f"AWIZO_{courier.upper()}_SECRETS",
        f"What the posts of {courier} are proved with: {what}. Several, separated by spaces, while one is being "
        "changed.",
        default="",
        secret=True,
    )
    for courier, what in {
        "inpost": "the HMAC secret, the public key (PEM), user:password, or the API key, as agreed with InPost",
        "nova_poshta": "the secretToken of the subscription",
        "dhl": "the secret at the end of the address",
        "ups": "the webhook's credential, or client id:secret for OAuth",
        "fedex": "the security token of the webhook",
        "aftership": "the webhook's secret",
        "seventeentrack": "the API key",
        "easypost": "the webhook's secret",
        "shippo": "the HMAC secret, or the token in the address",
        "shipengine": "the secret at the end of the address",
        "awizo": "the secret at the end of the address, for couriers that you read yourself",
    }.items()
}
"""Courier -> the setting of its secrets."""
SHOP_KEYS = Setting(
    "AWIZO_SHOP_KEYS",
    "Keys by which shops publish their events over HTTP, hashed: shop=hash, separated by spaces, as `awizo shops key` "
    "makes them. Several of one shop hold at once, so that a key can be renewed: add the new one, give it to the shop, "
    "take the old one away.",
    default="",
    secret=True,
)
SHOPIFY_SECRETS = Setting(
    "AWIZO_SHOPIFY_SECRETS",
    "What Shopify signs its webhooks with (the app's client secret), as shop=secret, separated by spaces. Several of "
    "one shop hold at once. An app of its own for each shop: a signature does not say whose webhook it is.",
    default="",
    secret=True,
)
WOOCOMMERCE_SECRETS = Setting(
    "AWIZO_WOOCOMMERCE_SECRETS",
    "What WooCommerce signs its webhooks with (the webhook's secret), as shop=secret, separated by spaces.",
    default="",
    secret=True,
)

SETTINGS = (
    PERSON_KEY,
    PERSON_KEY_ID,
    FORMER_PERSON_KEYS,
    STORE,
    LOG,
    PUBSUB_PROJECT,
    PUBSUB_PREFIX,
    SANDBOX,
    SMS_ROUTES,
    EMAIL_ROUTES,
    SMS_PER_SECOND,
    EMAIL_PER_SECOND,
    CONNECTIONS,
    TWILIO_ACCOUNT,
    TWILIO_TOKEN,
    TWILIO_URL,
    TWILIO_CALLBACK,
    SENDGRID_ACCOUNT,
    SENDGRID_API_KEY,
    SENDGRID_URL,
    TWILIO_FORMER_TOKENS,
    TWILIO_SHARED_KEYS,
    SENDGRID_EVENT_KEYS,
    SENDGRID_PARSE_KEYS,
    BRAKE_TIMES,
    BRAKE_LEAST,
    GATEWAY_URL,
    GATEWAY_PROXIES,
    GATEWAY_RATE,
    COURIER_WEBHOOKS,
    *COURIER_SECRETS.values(),
    SHOP_KEYS,
    SHOPIFY_SECRETS,
    WOOCOMMERCE_SECRETS,
)
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


def read_secrets(setting: Setting, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The setting's secrets, any of which may hold. Keys in PEM have spaces of their own, and stay whole."""
    value = read(setting, environment).replace("\\n", "\n")
    keys = _PEM.findall(value)
    return (*keys, *_PEM.sub(" ", value).split())


def read_number(setting: Setting, environment: Mapping[str, str]) -> float:
    """The setting's value as a number that is not negative. Raises ConfigurationError."""
    try:
        value = float(read(setting, environment))
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ConfigurationError(f"{setting.name} is not a number of 0 or more", setting.meaning)
    return value


def of_account(setting: Setting, account: str) -> Setting:
    """The same setting of another account of its provider: AWIZO_TWILIO_TOKEN of `twilio_2` is AWIZO_TWILIO_2_TOKEN."""
    provider, _, number = account.partition("_")
    prefix = f"AWIZO_{provider.upper()}_"
    if not number or not setting.name.startswith(prefix):
        return setting
    return setting._replace(name=f"{prefix}{number.upper()}_{setting.name.removeprefix(prefix)}")


def document() -> str:
    """`SETTINGS.md`: a table of all settings."""
    lines = [
        "# Settings",
        "",
        "Generated by `awizo schemas`. Every environment variable that Awizo reads. Secrets come from here alone.",
        "",
        "| variable | default | what it means |",
        "|---|---|---|",
    ]
    for setting in SETTINGS:
        default = "must be set where it is needed" if setting.default is None else f"`{setting.default}`"
        secret = " **Secret.**" if setting.secret else ""
        lines.append(
            f"| `{setting.name}` | {default if setting.default != '' else 'empty'} | {setting.meaning}{secret} |"
        )
    return "\n".join(lines) + "\n"


def person_keys(environment: Mapping[str, str]) -> Keys:
    """The keys of today's person key, but for the people's: that is of the oldest, since a guest whose id changed would
    be a stranger, told once more and his STOP forgotten. Raises ConfigurationError."""
    keys = keys_of(read(PERSON_KEY, environment))
    former = read(FORMER_PERSON_KEYS, environment).split()
    return keys._replace(people=keys_of(former[0].partition("=")[2]).people) if former else keys


def keys_of(secret: str) -> Keys:
    """The keys that derive from a secret. Raises ConfigurationError if it is too short."""
    if len(secret) < 16:
        raise ConfigurationError(f"{PERSON_KEY.name} is too short", PERSON_KEY.meaning)
    return Keys(*(hmac.digest(secret.encode(), purpose.encode(), "sha256") for purpose in Keys._fields))
