"""The stage of the live bench: a store, a sandbox at no latency in this process, the pipeline in its own."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from connectors.clock import Clock, StoreClock
from connectors.log.publisher import Entry
from connectors.log.store_log import StoreLog
from connectors.sandbox.exchange import Reply, Request
from connectors.sandbox.server import Sandbox, Ways
from connectors.store.bundles import BundleShelf
from connectors.store.opening import SANDBOX, Store, open_store
from connectors.store.progress import Progress
from connectors.store.schema import ledger
from pipelines.playing import process_of
from schemas.settings import SANDBOX as SANDBOX_URL
from schemas.settings import STORE
from schemas.times import Millis, to_millis
from tests.bench.logs import BUNDLES

MORNING = to_millis(datetime(2026, 9, 16, 9, tzinfo=UTC))
"""A Wednesday's, so that nothing waits for the night or a Sunday to end."""

_KEY = re.compile(rb"[0-9a-f]{32}")


class Told(list[tuple[Millis, bytes]]):
    """Each request that reached the providers: when (machine time, which is the clock of the stage's sandbox), and its
    body."""

    def __call__(self, request: Request, _reply: Reply) -> None:
        self.append((request.received, request.body))

    def by_key(self) -> dict[str, Millis]:
        """The ledger's key -> when the first request with it came."""
        found: dict[str, Millis] = {}
        for at, body in self:
            for key in _KEY.findall(body):
                found.setdefault(key.decode(), at)
        return found


@dataclass
class Stage:
    """All that a live run needs; `start` begins the pipeline."""

    url: str
    store: Store
    clock: StoreClock
    sandbox: Sandbox
    told: Told
    log: StoreLog = field(init=False)
    process: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.log = StoreLog(self.store, self.clock.now)

    def start(self) -> None:
        """Begin the pipeline."""
        environment = {**os.environ, STORE.name: self.url, SANDBOX_URL.name: self.sandbox.address.url}
        self.process = process_of(environment, "run")

    def publish(self, entries: Sequence[Entry]) -> None:
        """Into the log."""
        self.log.publish(entries)

    def lag_s(self) -> float:
        """How far the mark is behind the run's clock, in seconds of the machine: all that was decided before it is in
        the ledger."""
        mark = Progress(self.store).mark()
        return float("inf") if mark is None else (self.clock.now() - mark) / 1000 / self.clock.rate()

    def wait_until_past(self, moment: Millis, seconds: float) -> None:
        """Wait until all that was recorded before a moment is handed over. Raises TimeoutError, or RuntimeError if the
        pipeline has died."""
        deadline = time.monotonic() + seconds
        while (Progress(self.store).mark() or 0) < moment:
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError("the pipeline is gone")
            if time.monotonic() > deadline:
                raise TimeoutError(f"not handed over within {seconds} s")
            time.sleep(0.05)

    def wait_until_live(self, seconds: float = 180) -> None:
        """Wait until the pipeline follows the clock."""
        self.wait_until_past(self.clock.now(), seconds)

    def sent(self) -> dict[tuple[str, str], Millis]:
        """(order, kind) -> when its first request reached a provider (machine time)."""
        at = self.told.by_key()
        query = select(ledger.c.leader, ledger.c.order_id, ledger.c.kind)
        with self.store.reading() as connection:
            rows = connection.execute(query).all()
        return {(row.order_id, row.kind): at[row.leader] for row in rows if row.leader in at}

    def end(self) -> None:
        """Stop the pipeline."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@contextmanager
def stage(folder: Path, now: Millis = MORNING, pace: float = 1.0) -> Iterator[Stage]:
    """A stage whose clock begins at `now` and goes `pace` times as fast as the machine's."""
    url = f"sqlite:///{folder}/live.db"
    store = open_store(url, SANDBOX)
    clock, told = StoreClock(store), Told()
    clock.set(Clock(now, clock.machine(), pace))
    for versions in BUNDLES.values():
        for bundle in versions.values():
            BundleShelf(store).put(bundle, now)
    sandbox = Sandbox.start(ways=Ways(watch=told))
    set_up = Stage(url, store, clock, sandbox, told)
    try:
        yield set_up
    finally:
        set_up.end()
        sandbox.close()
        store.close()
