"""Late: an entry that gets into the log later than the time at which it was recorded would let us wait for.

Whoever appends takes the time first and commits then; a store or a machine that stands still in between can make that
longer than any slack. Nothing is wrong with such an entry, but the mark may be beyond it already, and a start would
take for done what is not. So the mark goes back before it: what is decided again is in the ledger, and dropped there.
"""

import threading
from dataclasses import dataclass, field

from connectors.log.store_log import StoreLog
from connectors.store.progress import Progress
from schemas.times import Millis

READ = "read"
"""The mark that says up to which position the log was read."""


@dataclass
class Late:
    """How far a job's reading of the log has come, and its mark. Safe to share between threads."""

    progress: Progress
    reached: Millis = 0  # no entry is expected that was recorded before
    position: int = 0  # of the last entry that was read
    _until: Millis = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, log: StoreLog) -> None:
        """Before a job begins: what got in behind all that the one before has read is done in no case. Raises
        StoreDown."""
        position = self.progress.mark(READ)
        behind = [] if position is None else log.read(position, 1)
        if behind:
            self.progress.fall_back(behind[0].recorded_at - 1)

    def begin(self, position: int) -> None:
        """A job begins behind a position: it has read nothing yet."""
        with self._lock:
            self.reached = self._until = 0
            self.position = position

    def come(self, recorded_at: Millis) -> None:
        """Entries are there, the first of them recorded then. If it is late, what is read now holds the mark until it
        is done. Raises StoreDown."""
        with self._lock:
            if recorded_at < self.reached:
                self._until = self.reached = self.reached + 1
                self.progress.fall_back(recorded_at - 1)

    def read(self, recorded_at: Millis, position: int = 0) -> None:
        """All is read that was recorded by then, and up to this position, if one is named."""
        with self._lock:
            self.reached = max(self.reached, recorded_at)
            self.position = max(self.position, position)

    def reach(self, mark: Millis) -> None:
        """Set the mark, unless what was late may not be done by then. Raises StoreDown."""
        with self._lock:
            if mark >= self._until:
                self.progress.reach(self.position, READ)
                self.progress.reach(mark)
