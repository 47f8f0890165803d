"""A live run on one machine: states from the log, then the graph on Prism until somebody stops it."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

from connectors.counting import Sampling
from connectors.examining_log import require
from connectors.live import Live as Opened
from connectors.live import LiveSettings
from connectors.log.relay import Intake, Relay
from connectors.store.cells import Generation
from pipelines.live import Begin, Live
from pipelines.prism import running
from pipelines.rebuild import rebuild
from schemas.errors import AwizoError, ConfigurationError, StoreDown
from schemas.times import Millis, from_millis

RUNNING = "generation_in_use"
"""The mark that names the generation of states that a live run began with."""

_LOOK_SECONDS = 0.5
_SAMPLE_LOOKS = 10
_ENDED = frozenset({"DONE", "FAILED", "CANCELLED", "STOPPED"})


class JobEnded(AwizoError):
    """The runner gave the job up. What it held is rebuilt from the log at the next start."""


@dataclass(frozen=True)
class Run:
    """A run to be: what it opens, whom it tells what it does, and what ends it. `since`: at the first start, from
    which moment on what is decided may be said (message time); None: from now on."""

    settings: LiveSettings
    tell: Callable[[str], None]
    stopped: threading.Event
    since: Millis | None = None

    def __call__(self) -> None:
        """Run until stopped. Raises ConfigurationError before anything starts, JobEnded if the runner gives up."""
        live = self.settings()
        if not live.surroundings.bundles():
            raise ConfigurationError("the store holds no shop's bundle", "put them there: awizo shops apply DIR")
        if live.pubsub is not None:
            require(live.pubsub)
        begin = begin_of(self.settings, self._mark(live), self.tell)
        live.progress.reach(begin.generation.number, RUNNING)
        with running(Live(self.settings, begin)) as result, relay_of(live):  # Prism is forked before calls are open
            self.tell(f"running: the log from position {begin.position} on")
            live.guard.position = begin.position
            self._wait(result, Sampling(live.store, live.clock, live.meter), live)

    def _mark(self, live: Opened) -> Millis:
        """Up to when all that was decided is in the ledger."""
        mark = live.progress.mark()
        if mark is not None:
            return mark
        since = live.clock.now() if self.since is None else self.since
        if live.log.position_at(since):
            self.tell(f"first start: what was decided before {from_millis(since).isoformat()} is history, and not sent")
        live.progress.reach(since)
        return since

    def _wait(self, result: Any, sampling: Sampling, live: Opened) -> None:
        """Look at the job, and now and then at how the store stands."""
        looks = 0
        while not self.stopped.wait(_LOOK_SECONDS):
            if result.state in _ENDED:
                raise JobEnded(f"the runner ended the job: {result.state}")
            if looks % _SAMPLE_LOOKS == 0:
                with suppress(StoreDown):
                    sampling.sample(live.guard.position)
            looks += 1


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
