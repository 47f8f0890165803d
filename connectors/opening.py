"""Opening a delivery from settings that pickle: what a worker does once, in `setup()`."""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from connectors.accounts import ROUTES, account, realm, routes
from connectors.arrivals import Arrivals
from connectors.braking import Brake
from connectors.breakers import Breakers
from connectors.connector import Connector
from connectors.delivery import Delivery
from connectors.flow import Account, Flow
from connectors.metering import Meter, NoMeter
from connectors.pacing import Pace
from connectors.retries import Patience
from connectors.sandbox.address import ACCOUNT, API_KEY, CALLBACK, TOKEN, SandboxAddress
from connectors.store.keyring import Keyring
from connectors.store.ledger import Ledger
from connectors.store.opening import SANDBOX, Store, open_store
from connectors.store.secrets import hold_secrets
from connectors.store.shared import Shared
from connectors.transport import Transport
from pipelines.rules.brake import Measure
from schemas.errors import ConfigurationError
from schemas.messages import Channel
from schemas.settings import (
    BRAKE_LEAST,
    BRAKE_TIMES,
    CONNECTIONS,
    EMAIL_PER_SECOND,
    FORMER_PERSON_KEYS,
    PERSON_KEY,
    PERSON_KEY_ID,
    SMS_PER_SECOND,
    STORE,
    keys_of,
    read,
    read_number,
)

_PER_SECOND = {Channel.SMS: SMS_PER_SECOND, Channel.EMAIL: EMAIL_PER_SECOND}
_LONGEST_ID = 16  # the store's column
_SHORTEST_KEY = 16
_NAMES = {Channel.SMS: "twilio", Channel.EMAIL: "sendgrid"}

SANDBOX_SECRET = sha256(b"nothing in the sandbox is secret").digest()
"""The sandbox's keys are the same everywhere, so that two runs give the same keys and provider ids."""


@dataclass(frozen=True)
class Opened:
    """A delivery with what it holds open."""

    delivery: Delivery
    store: Store
    transport: Transport
    brake: Brake | None = None
    arrivals: Arrivals | None = None

    def close(self) -> None:
        """Let go of connections and files, and write down what was counted."""
        if self.brake is not None:
            self.brake.flush()
        if self.arrivals is not None:
            self.arrivals.flush()
        self.transport.close()
        self.store.close()


_lock = threading.Lock()
_held: dict[Callable[[], Opened], tuple[Opened, int]] = {}


def hold(settings: Callable[[], Opened]) -> Opened:
    """What these settings open, opened once in this process however often it is held: one transport, one writer."""
    with _lock:
        opened, holders = _held.get(settings, (None, 0))
        opened = opened or settings()
        _held[settings] = (opened, holders + 1)
        return opened


def release(settings: Callable[[], Opened]) -> None:
    """Let go; the last one closes it."""
    with _lock:
        opened, holders = _held.pop(settings)
        if holders > 1:
            _held[settings] = (opened, holders - 1)
        else:
            opened.close()


@dataclass(frozen=True)
class SandboxDelivery:
    """Opens a delivery that can reach nobody but the sandbox, whatever the environment says. `connections`: how many
    posts may be under way at once. `secret`: what the ledger's keys derive from; with another, the same messages get
    other keys."""

    store_url: str
    address: SandboxAddress
    connections: int = 8
    channels: tuple[str, ...] = (Channel.SMS, Channel.EMAIL)
    secret: bytes = field(default=SANDBOX_SECRET, repr=False)

    def __call__(self) -> Opened:
        """Open store and transport. Raises ConfigurationError if the store is not a sandbox's."""
        from connectors.sendgrid_email import SendGridEmail
        from connectors.twilio_sms import TwilioSms

        store = open_store(self.store_url, SANDBOX)
        transport = Transport(self.connections)
        line = self.address.line
        all_connectors: dict[str, Connector] = {
            Channel.SMS: TwilioSms(ACCOUNT, TOKEN, line(Channel.SMS), transport, CALLBACK, realm=SANDBOX),
            Channel.EMAIL: SendGridEmail(API_KEY, line(Channel.EMAIL), transport, realm=SANDBOX),
        }
        breakers = Breakers(pause=0)  # by message time nobody waits five minutes of the machine's
        connectors: dict[str, Connector] = {
            channel: Flow(channel, SANDBOX, (Account(name, all_connectors[channel]),), breakers)
            for channel, name in _NAMES.items()
            if channel in self.channels
        }
        ledger = Ledger(store, Keyring({"sandbox": self.secret}), owner())
        return Opened(Delivery(ledger, connectors), store, transport)


@dataclass(frozen=True)
class ProviderDelivery:
    """Opens a delivery to real people, from the environment of the worker that opens it. It holds no secret, so it may
    travel with a job. Its numbers go to the process's meter. Raises ConfigurationError that names the setting which is
    missing or wrong."""

    def __call__(self) -> Opened:
        from connectors.prometheus import process_meter

        return open_providers(os.environ, process_meter())


def open_providers(environment: Mapping[str, str], meter: Meter | None = None) -> Opened:
    """A delivery by the accounts that the environment names, on its store. Raises ConfigurationError."""
    meter = meter or NoMeter()
    stamp = realm(environment)
    keyring = keyring_of(environment)
    rates = {str(channel): read_number(setting, environment) for channel, setting in _PER_SECOND.items()}
    measure = Measure(read_number(BRAKE_TIMES, environment), int(read_number(BRAKE_LEAST, environment)))
    transport = Transport(max(int(read_number(CONNECTIONS, environment)), 1))
    ways = {
        channel: tuple(account(route, environment, transport, stamp) for route in routes(channel, environment))
        for channel in ROUTES
    }
    store = open_store(read(STORE, environment), stamp)
    hold_secrets(store, keyring)
    shared = Shared(store)
    pace, brake = Pace(shared, rates, meter=meter), Brake(shared, measure, meter=meter)
    breakers, arrivals = Breakers(shared, meter=meter), Arrivals(shared)
    flows = {name: Flow(name, stamp, its, breakers, pace, meter, arrivals) for name, its in ways.items() if its}
    ledger = Ledger(store, keyring, owner(), brake=brake.holds)
    delivery = Delivery(ledger, flows, patience=Patience(tries=3, meter=meter), pace=pace, brake=brake)
    return Opened(delivery, store, transport, brake, arrivals)


def keyring_of(environment: Mapping[str, str]) -> Keyring:
    """The ledger's secrets: today's and former ones. Raises ConfigurationError."""
    key = environment.get(PERSON_KEY.name)
    if not key:
        raise ConfigurationError(f"{PERSON_KEY.name} is not set", PERSON_KEY.meaning)
    if key.split() != [key]:  # as a former key it stands between blanks: it could never be replaced
        raise ConfigurationError(f"{PERSON_KEY.name} has a blank or a line's end in it", PERSON_KEY.meaning)
    secrets = {read(PERSON_KEY_ID, environment): keys_of(key).ledger}
    for pair in read(FORMER_PERSON_KEYS, environment).split():
        name, _, secret = pair.partition("=")
        if not name or name in secrets or len(secret) < _SHORTEST_KEY:
            problem = "names no id, or one twice, or a key is too short"
            raise ConfigurationError(f"{FORMER_PERSON_KEYS.name} {problem}", FORMER_PERSON_KEYS.meaning)
        secrets[name] = keys_of(secret).ledger
    if any(len(name) > _LONGEST_ID for name in secrets):
        raise ConfigurationError(f"an id of a person key has more than {_LONGEST_ID} characters", PERSON_KEY_ID.meaning)
    return Keyring(secrets)


def owner() -> str:
    """A name that no other worker has."""
    return f"{os.uname().nodename}/{os.getpid()}/{threading.get_ident()}"[:64]
