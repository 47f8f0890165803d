"""A reception on a store of its own. `asking` speaks to it; `genuine` has what is really sent."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.clock import StoreClock
from connectors.gateway.intake import Intake
from connectors.gateway.reception import Reception
from connectors.log.publisher import MemoryPublisher, Publisher
from connectors.metering import Counts
from connectors.store.keyring import Keyring
from connectors.store.ledger import Ledger
from connectors.store.opening import SANDBOX, Store, open_store
from connectors.surroundings import Surroundings
from schemas.settings import PERSON_KEY, keys_of, read
from tests.gateway.asking import NOW, URL

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
