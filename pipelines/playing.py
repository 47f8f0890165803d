"""Playing: a recorded log, live, at its own dates and at a chosen pace, in a sandbox.

Message time is the run's clock, kept in the store, so that pipeline, sandbox and player live at one moment. It stands
while the pipeline is not there or falls behind, so that a slow machine plays the same story, only longer.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from connectors.clock import Clock, StoreClock
from connectors.log.publisher import Entry, Publisher, entry_of
from connectors.log.store_log import StoreLog
from connectors.store.opening import Store
from connectors.store.progress import Progress
from pipelines.lines import lines
from schemas.envelope import read_structured
from schemas.errors import AwizoError, BadInput
from schemas.streams import ORDERS
from schemas.times import DAY, MINUTE, SECOND, Millis

LEAD: Millis = MINUTE
"""The clock begins that long before the first order; what comes before is in the log by then."""

AFTER: Millis = 4 * DAY
"""It goes on that long after the last one: reminders and questions are still to come."""

BEHIND = 3
"""So many seconds of machine time the pipeline may be behind before the clock stands."""

_TICK_SECONDS = 0.05


class Cue(NamedTuple):
    """An entry of the log, and when it is to be published (message time)."""

    at: Millis
    entry: Entry


class PipelineDied(AwizoError):
    """The pipeline's process ended by itself."""


def cues_of(paths: Sequence[str]) -> list[Cue]:
    """Everything that files hold, in the order of recording. What cannot be read comes with the line before it: the
    log of a live run has broken lines too."""
    cues: list[Cue] = []
    for path in paths:
        at = 0
        for _, _, line in lines(path):
            try:
                entry, at = entry_of(line), read_structured(line).recorded_at
            except BadInput:
                entry = Entry(ORDERS, line)
            cues.append(Cue(at, entry))
    first = min((cue.at for cue in cues if cue.at > 0), default=0)
    return sorted((cue if cue.at > 0 else cue._replace(at=first) for cue in cues), key=lambda cue: cue.at)


@dataclass
class Player:
    """Plays cues into a store's log, or by a publisher that brings them there. `rate`: how many milliseconds of the
    story go by in one."""

    clock: StoreClock
    store: Store
    rate: float
    publisher: Publisher | None = None
    _at: int = field(default=0, init=False)
    _moment: Millis = field(default=0, init=False)

    def __post_init__(self) -> None:
        # into the store: recorded at the story's own time, not a tick later
        self._log = self.publisher or StoreLog(self.store, lambda: self._moment)
        self._progress = Progress(self.store)

    def begin(self, cues: Sequence[Cue]) -> None:
        """Set the clock a little before the first order; it stands."""
        self._cues = cues
        first = next((cue.at for cue in cues if cue.entry.stream == ORDERS), cues[0].at)
        self.clock.set(Clock(first - LEAD, self.clock.machine(), 0))

    def play(self, stopped: threading.Event, is_alive: Callable[[], bool], until: Millis | None = None) -> bool:
        """Play until the story is over (True), somebody stops it, or the pipeline is gone (False). The clock stands
        afterwards."""
        end = self._cues[-1].at + AFTER if until is None else until
        try:
            while not stopped.is_set() and is_alive():
                now = self.clock.now()
                self._publish(min(now, end))
                if now >= end and not self._is_behind(end):
                    return True
                self._pace(now, end)
                stopped.wait(_TICK_SECONDS)
        finally:
            self._run_at(0)
        return False

    def skip(self, until: Millis) -> None:
        """Let the story go on to a moment with no pipeline there; the clock stands afterwards."""
        self._publish(until)
        self.clock.set(Clock(until, self.clock.machine(), 0))

    def _publish(self, now: Millis) -> None:
        begin = self._at
        while self._at < len(self._cues) and self._cues[self._at].at <= now:
            self._at += 1
        for moment, cues in groupby(self._cues[begin : self._at], key=lambda cue: cue.at):
            self._moment = moment
            self._log.publish([cue.entry for cue in cues])

    def _pace(self, now: Millis, end: Millis) -> None:
        """Stand while the pipeline is behind, and at the end."""
        wanted = 0.0 if now >= end or self._is_behind(now) else self.rate
        if wanted != self.clock.rate():
            self._run_at(wanted)

    def _is_behind(self, now: Millis) -> bool:
        mark = self._progress.mark()
        return mark is None or now - mark > BEHIND * SECOND * self.rate

    def _run_at(self, rate: float) -> None:
        at = self.clock.at()
        self.clock.set(Clock(at.now, at.machine, rate))


def process_of(environment: Mapping[str, str], *arguments: str) -> "subprocess.Popen[bytes]":
    """`awizo` with these arguments in a process of its own."""
    code = "from pipelines.cli import main; main()"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, env=dict(environment))  # noqa: S603 - this very Python
