"""Opening what a live run works with, from settings that pickle: on each worker, once a process."""

import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

from connectors.abreast import Abreast
from connectors.arrivals import Arrivals
from connectors.clock import StoreClock
from connectors.due import EVERY, Due
from connectors.guarding import Guard
from connectors.late import Late
from connectors.log.publisher import Publisher
from connectors.log.pubsub import Place, PubSub, place_of
from connectors.log.store_log import StoreLog
from connectors.opening import Opened, ProviderDelivery, SandboxDelivery, hold
from connectors.prometheus import process_meter
from connectors.sandbox.address import SandboxAddress, address_at
from connectors.store.cells import Cells
from connectors.store.evidence import Receiving
from connectors.store.links import Links
from connectors.store.opening import Store
from connectors.store.progress import Progress
from connectors.store.records import Records
from connectors.store.shared import Shared
from connectors.surroundings import Surroundings
from connectors.together import LedgerTogether
from connectors.transport import Transport
from connectors.unheard import Unheard
from pipelines.rules.budget import Charge, charge
from schemas.errors import ConfigurationError, StoreDown
from schemas.messages import Message
from schemas.settings import LOG, SANDBOX, STORE, Keys, person_keys, read
from schemas.times import Millis

PER_CONNECTION = 2
"""Recipients that one process works on at once, for each connection to a provider: while the message of one is posted,
another's is claimed or settled. With one each, a twelfth of the provider's limit stays unused."""


@dataclass(frozen=True)
class LiveSettings:
    """What a worker opens. In the sandbox: the store's URL and where the sandbox is. Else, with real people, all comes
    from the worker's environment, and these settings hold no secret. `pubsub`: where events are published, if not
    straight into the store's log."""

    store_url: str = ""
    sandbox: SandboxAddress | None = None
    pubsub: Place | None = None

    def __call__(self) -> "Live":
        """What is open in this process. Raises ConfigurationError that names the setting which is missing or wrong."""
        return live(self)

    @property
    def delivery(self) -> Callable[[], Opened]:
        """Opens the ledger and the connectors."""
        return ProviderDelivery() if self.sandbox is None else SandboxDelivery(self.store_url, self.sandbox)


class Live:
    """All that a live run has open in a process. It stays open until the process ends."""

    def __init__(self, settings: LiveSettings) -> None:
        opened = hold(settings.delivery)
        side_by_side = PER_CONNECTION * opened.transport.connections
        counting = replace(opened.delivery.ledger, budget=self._charge)
        ledger = LedgerTogether.over(counting, side_by_side)
        self.opened = replace(opened, delivery=replace(opened.delivery, ledger=ledger))
        self._place = settings.pubsub
        self.store = self.opened.store
        self.clock = StoreClock(self.store)
        self.surroundings = Surroundings(self.store)
        self.cells, self.progress, self.records = Cells(self.store), Progress(self.store), Records(self.store)
        self.links = Links(self.store)
        self.shared = Shared(self.store)
        self.guard = Guard(self.shared)
        self.meter = process_meter()
        self.keys: Keys = person_keys(os.environ)
        self.abreast = Abreast(self.progress, self.clock)
        self.late = Late(self.progress)
        self.due = Due(self.opened.delivery.ledger, self.clock.at)
        self._asking, self._ask_again = threading.Lock(), 0
        self.pool = ThreadPoolExecutor(side_by_side, thread_name_prefix="deliver")

    @cached_property
    def pubsub(self) -> PubSub | None:
        """The topics, where they are the log."""
        return None if self._place is None else PubSub(self._place)

    @cached_property
    def log(self) -> StoreLog:
        """The log in the store."""
        return StoreLog(self.store, self.clock.now)

    @cached_property
    def unheard(self) -> Unheard:
        """Who asks what became of messages."""
        delivery, receiving = self.opened.delivery, Receiving(self.opened.delivery.ledger, Arrivals(self.shared))
        return Unheard(receiving, delivery.connectors, self.publisher, self.meter)

    def due_now(self) -> list[tuple[str, str, str]]:
        """Leader, channel and state of what is due, asked of the ledger once a second, or at once while there is more;
        nothing while the store does not answer, and nothing that waited while the run is behind the log."""
        machine = self.clock.machine()
        with self._asking:
            if machine < self._ask_again:
                return []
            self._ask_again = machine + EVERY
        try:
            rows = self.due.poll(self.abreast.may_take_up())
        except StoreDown:
            return []
        if len(rows) == self.due.most:  # there is more
            self._ask_again = machine
        return [(row.leader, row.channel, str(row.state)) for row in rows]

    def _charge(self, message: Message, now: Millis) -> Charge | None:
        """Asked within a claim's transaction: so it goes by what was seen last."""
        return charge(message, self.surroundings.known(message.shop, now), now)

    @property
    def publisher(self) -> Publisher:
        """Where what the pipeline itself finds out goes back into the log."""
        return self.log if self.pubsub is None else self.pubsub


def log_of(environment: Mapping[str, str]) -> Place | None:
    """Where the topics are that the environment names as the log; None: the log is the store's. Raises
    ConfigurationError."""
    where = read(LOG, environment)
    if where not in ("store", "pubsub"):
        raise ConfigurationError(f"{LOG.name} is neither store nor pubsub", LOG.meaning)
    return place_of(environment) if where == "pubsub" else None


def publisher_of(environment: Mapping[str, str], store: Store, clock: StoreClock) -> Publisher:
    """Where events are published that come in by a door: topics, or this store's log. Raises ConfigurationError."""
    place = log_of(environment)
    return StoreLog(store, clock.now) if place is None else PubSub(place)


def settings_of(environment: Mapping[str, str]) -> LiveSettings:
    """The settings that the environment asks for. Raises ConfigurationError."""
    url = read(SANDBOX, environment)
    if not url:
        return LiveSettings(pubsub=log_of(environment))
    transport = Transport(connections=1)
    try:
        return LiveSettings(read(STORE, environment), address_at(url, transport), log_of(environment))
    finally:
        transport.close()


_lock = threading.Lock()
_open: dict[LiveSettings, Live] = {}


def live(settings: LiveSettings) -> Live:
    """What these settings open, once in this process."""
    with _lock:
        if settings not in _open:
            _open[settings] = Live(settings)
        return _open[settings]
