"""A live run on one machine: states from the log, then the graph on Prism until somebody stops it."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from connectors.counting import Sampling
from connectors.examining import STANDS
from connectors.examining_log import require
from connectors.live import Live as Opened
from connectors.live import LiveSettings
from connectors.log.relay import Intake, Relay
from connectors.store.cells import Generation
from pipelines.live import Begin, Live
from pipelines.prism import Job, expect_the_end, running
from pipelines.rebuild import rebuild
from schemas.errors import AwizoError, ConfigurationError, StoreDown
from schemas.times import Millis, from_millis

RUNNING = "generation_in_use"
"""The mark that names the generation of states that a live run began with."""

_LOOK_SECONDS = 0.5
_SAMPLE_LOOKS = 10
_ASK_AGAIN_SECONDS = 5.0

_TRIES = 5
_WITHIN_SECONDS = 600.0


class JobEnded(AwizoError):
    """The runner gave the job up. What it held is rebuilt from the log at the next start."""


@dataclass
class Restarts:
    """How often a run may begin anew: a runner that gives up now and then is survived, one that cannot run is not."""

    clock: Callable[[], float] = time.monotonic
    _times: list[float] = field(default_factory=list)

    def may(self) -> bool:
        """Whether one more is all right; counts it."""
        now = self.clock()
        self._times = [*(each for each in self._times if each > now - _WITHIN_SECONDS), now]
        return len(self._times) <= _TRIES


@dataclass
class Watch:
    """Says once what is wrong with a run, and once that it goes on."""

    tell: Callable[[str], None]
    _wrong: str = ""

    def see(self, wrong: str) -> None:
        """What is wrong now; "": nothing."""
        if wrong and not self._wrong:
            self.tell(f"{wrong}. It goes on by itself when that is mended; `awizo doctor` says more")
        elif self._wrong and not wrong:
            self.tell("it goes on")
        self._wrong = wrong


def wrong_with(moved: Millis, machine: Millis) -> str:
    """What is wrong where the mark was moved last then (machine time); "": nothing."""
    if machine - moved <= STANDS:
        return ""
    return f"nothing is settled in the store for good since {from_millis(moved).isoformat(timespec='seconds')}"


@dataclass(frozen=True)
class Run:
    """A run to be: what it opens, whom it tells what it does, and what ends it. `since`: at the first start, from
    which moment on what is decided may be said (message time); None: from now on."""

    settings: LiveSettings
    tell: Callable[[str], None]
    stopped: threading.Event
    since: Millis | None = None

    def __call__(self) -> None:
        """Run until stopped. Raises ConfigurationError before anything starts, JobEnded if the runner gives up again
        and again."""
        live = ready(self.settings)
        restarts, watch = Restarts(), Watch(self.tell)
        while not self.stopped.is_set():
            try:
                self._go_on(live, watch)
            except JobEnded as ended:
                if not restarts.may():
                    raise
                self.tell(f"{ended}; it begins anew where the ledger is")
            except StoreDown as down:  # between two jobs: a disk that is full, a database that is away
                watch.see(str(down))
                self.stopped.wait(_ASK_AGAIN_SECONDS)

    def _go_on(self, live: Opened, watch: Watch) -> None:
        """One job, from the mark on."""
        begin = begin_of(self.settings, self._mark(live), self.tell)
        live.progress.reach(begin.generation.number, RUNNING)
        live.late.begin(begin.position)
        with running(Live(self.settings, begin)) as job, relay_of(live):
            self.tell(f"running: the log from position {begin.position} on")
            live.guard.position = begin.position
            self._wait(job, Sampling(live.store, live.clock, live.meter), live, watch)

    def _mark(self, live: Opened) -> Millis:
        """Up to when all that was decided is in the ledger."""
        live.late.look(live.log)
        mark = live.progress.mark()
        if mark is not None:
            return mark
        since = live.clock.now() if self.since is None else self.since
        if live.log.position_at(since):
            self.tell(f"first start: what was decided before {from_millis(since).isoformat()} is history, and not sent")
        live.progress.reach(since)
        return since

    def _wait(self, job: Job, sampling: Sampling, live: Opened, watch: Watch) -> None:
        """Look at the job, and now and then at how the store stands."""
        looks, began = 0, live.clock.machine()
        while not self.stopped.wait(_LOOK_SECONDS):
            if ended := job.ended():
                raise JobEnded(f"the runner ended the job: {ended}")
            if looks % _SAMPLE_LOOKS == 0:
                watch.see(_wrong_now(sampling, live, began))
            looks += 1
        expect_the_end()


def ready(settings: LiveSettings) -> Opened:
    """What a run works with, opened. Raises ConfigurationError that names what a run cannot do without."""
    live = settings()
    if not live.surroundings.bundles():
        raise ConfigurationError("the store holds no shop's bundle", "put them there: awizo shops apply DIR")
    if live.pubsub is not None:
        require(live.pubsub)
    return live


def _wrong_now(sampling: Sampling, live: Opened, began: Millis) -> str:
    """Look at how the store stands: what is wrong, if anything is, with a job that began then (machine time)."""
    try:
        sampling.sample(live.guard.position)
        return wrong_with(max(live.progress.updated() or 0, began), live.clock.machine())
    except StoreDown as down:
        return str(down)


def relay_of(live: Opened) -> AbstractContextManager[None]:
    """Brings what comes by Pub/Sub into the log, where that is how it comes."""
    if live.pubsub is None:
        return nullcontext()
    return Relay(live.pubsub, Intake(live.store, live.clock.now), live.meter).running()


def begin_of(settings: LiveSettings, mark: Millis, tell: Callable[[str], None]) -> Begin:
    """Where a run goes on whose decisions up to the mark are in the ledger; rebuilds the states of that moment. Of a
    cache that is beyond the mark, an earlier state is rebuilt from the whole log."""
    live = settings()
    live.cells.forget_after(mark)

    def told(done: int, of: int) -> None:
        tell(f"rebuilding: {done:,} of {of:,} entries of the log")

    generation: Generation = rebuild(settings, mark, told)
    return Begin(live.log.position_at(mark), generation)
