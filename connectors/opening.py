"""Opening a delivery from settings that pickle: what a worker does once, in `setup()`."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from connectors.breakers import Breakers
from connectors.connector import Connector
from connectors.delivery import Delivery
from connectors.flow import Account, Flow
from connectors.sandbox.address import ACCOUNT, API_KEY, CALLBACK, TOKEN, SandboxAddress
from connectors.store.keyring import Keyring
from connectors.store.ledger import Ledger
from connectors.store.opening import SANDBOX, Store, open_store
from connectors.transport import Transport
from schemas.messages import Channel

_NAMES = {Channel.SMS: "twilio", Channel.EMAIL: "sendgrid"}

_SECRET = sha256(b"nothing in the sandbox is secret").digest()
"""The sandbox's keys are the same everywhere, so that two runs give the same keys and provider ids."""


@dataclass(frozen=True)
class Opened:
    """A delivery with what it holds open."""

    delivery: Delivery
    store: Store
    transport: Transport

    def close(self) -> None:
        """Let go of connections and files."""
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
    secret: bytes = field(default=_SECRET, repr=False)

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
        owner = f"{os.uname().nodename}/{os.getpid()}/{threading.get_ident()}"[:64]
        return Opened(Delivery(Ledger(store, Keyring({"sandbox": self.secret}), owner), connectors), store, transport)
