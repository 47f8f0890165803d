"""A reception in memory, and a client that speaks to the whole application in this process."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from connectors.clock import StoreClock
from connectors.gateway.app import guarded
from connectors.gateway.intake import Intake
from connectors.gateway.reception import Reception
from connectors.log.publisher import MemoryPublisher, Publisher
from connectors.metering import Counts
from connectors.store.keyring import Keyring
from connectors.store.ledger import Ledger
from connectors.store.opening import SANDBOX, Store, open_store
from connectors.surroundings import Surroundings
from schemas.settings import PERSON_KEY, keys_of, read

URL = "https://hooks.awizo.example"
NOW = 1_790_000_000_000

Receive = Callable[..., Reception]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store in a file."""
    opened = open_store(f"sqlite:///{tmp_path}/awizo.db", SANDBOX)
    yield opened
    opened.close()


@pytest.fixture
def receive(store: Store) -> Receive:
    """Makes receptions on the store: `environment` by keywords, as settings are named."""

    def make(publisher: Publisher | None = None, now: int = NOW, url: str = URL, **environment: str) -> Reception:
        ledger = Ledger(store, Keyring({"1": b"sixteen bytes of secret"}), "gateway")
        return Reception(
            store,
            ledger,
            Intake(publisher or MemoryPublisher()),
            Surroundings(store),
            StoreClock(store, lambda: now),
            keys_of(read(PERSON_KEY, {})),
            url,
            environment,
            Counts(),
        )

    return make


def client_of(reception: Reception, clock: Callable[[], float] = lambda: 0.0) -> TestClient:
    """Speaks to the application, threshold and all."""
    return TestClient(guarded(reception, clock), base_url=URL, raise_server_exceptions=False)


def published(reception: Reception) -> list[Any]:
    """What the log was given."""
    publisher = reception.intake.publisher
    assert isinstance(publisher, MemoryPublisher)
    return publisher.entries


def counts(reception: Reception) -> Counts:
    """What was counted."""
    assert isinstance(reception.meter, Counts)
    return reception.meter
