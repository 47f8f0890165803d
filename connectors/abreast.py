"""Abreast: whether what is said now knows what the log knew a moment ago.

After a stop the log holds a backlog, and a message whose time has come may be made pointless by what is not read yet.
So nothing goes by what was decided, or fell due, that long ago, until the run's mark has come as far as the log was.
"""

import threading
from dataclasses import dataclass, field

from connectors.clock import StoreClock
from connectors.store.progress import Progress
from schemas.times import SECOND, Millis

BEHIND: Millis = 10 * SECOND
"""Machine time by which a run may be behind its clock and still know enough."""


@dataclass
class Abreast:
    """Watches a run's mark. Safe to share between threads."""

    progress: Progress
    clock: StoreClock
    _waits_for: Millis = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_stale(self, decided: Millis) -> bool:
        """Whether what was decided then may be pointless by what is not read yet."""
        return self.clock.now() - decided > self._tolerance()

    def may_take_up(self) -> bool:
        """Whether what falls due may go: the run is not behind, or has come by now to where the clock was when it was
        found behind. Raises StoreDown."""
        now, mark = self.clock.now(), self.progress.mark() or 0
        with self._lock:
            if mark >= now - self._tolerance() or mark >= self._waits_for > 0:
                self._waits_for = 0
                return True
            self._waits_for = self._waits_for or now
            return False

    def _tolerance(self) -> Millis:
        return round(BEHIND * max(self.clock.rate(), 1.0))
