"""Breakers: what cannot work because of its configuration is not asked; its messages wait, nothing is lost.

A breaker opens at a configuration error, for a whole channel, an account, one sender or one country. It closes by
itself, when a try after its pause succeeds, or by an operator. With a store, all workers share it.
"""

import logging
import threading
from collections.abc import Callable, Iterable

from connectors.machine import machine_time
from connectors.metering import Meter, NoMeter
from connectors.store.shared import Flag, Shared
from schemas.errors import ConfigurationError, StoreDown
from schemas.metrics import BREAKER_OPEN, BREAKER_OPENED
from schemas.times import MINUTE, SECOND, Millis

PREFIX = "breaker/"
PAUSE: Millis = 5 * MINUTE
FRESH: Millis = 5 * SECOND
"""How old a worker's picture of the shared flags may be."""

_log = logging.getLogger(__name__)


class Breakers:
    """Which breakers are open, shared by the threads of a process and, through `shared`, by all workers.

    `pause`: how long an open breaker lets nothing through before it lets one try through; 0: until it is closed.
    """

    def __init__(
        self,
        shared: Shared | None = None,
        clock: Callable[[], Millis] = machine_time,
        pause: Millis = PAUSE,
        meter: Meter | None = None,
    ) -> None:
        self._shared, self._clock, self._pause = shared, clock, pause
        self._meter = meter or NoMeter()
        self._lock = threading.Lock()
        self._open: dict[str, Flag] = {}
        self._seen_at: Millis | None = None

    def open(self, name: str, error: ConfigurationError) -> None:
        """Let nothing through any more; say so once."""
        now = self._clock()
        until = now + self._pause if self._pause else 0
        with self._lock:
            before = self._open.get(name)
            flag = Flag(PREFIX + name, error.reason, error.remedy, before.since if before else now, until)
            self._open[name] = flag
        self._publish(flag)
        if before is None:
            _log.error("breaker %s is open: %s; its messages wait", name, error)
            self._meter.count(BREAKER_OPENED, name)
            self._meter.show(BREAKER_OPEN, name, value=1)

    def reason(self, name: str) -> str:
        """Why nothing may go through; "" if it may. After the pause, "" once: the caller is the try."""
        self._refresh()
        with self._lock:
            flag = self._open.get(name)
            if flag is None:
                return ""
            now = self._clock()
            if not flag.until or now < flag.until:
                return flag.reason
            again = Flag(flag.name, flag.reason, flag.remedy, flag.since, now + self._pause)
            self._open[name] = again
        self._publish(again)
        return ""

    def standing(self, name: str) -> str:
        """The same, but it takes no try: "" if one is due."""
        self._refresh()
        flag = self._open.get(name)
        return "" if flag is None or (flag.until and self._clock() >= flag.until) else flag.reason

    def close(self, name: str) -> None:
        """Let everything through again."""
        with self._lock:
            flag = self._open.pop(name, None)
        if flag is None:
            return
        self._tell(lambda shared: shared.lower_flag(flag.name))
        _log.warning("breaker %s is closed again", name)
        self._meter.show(BREAKER_OPEN, name, value=0)

    def _publish(self, flag: Flag) -> None:
        self._tell(lambda shared: shared.raise_flag(flag))

    def _tell(self, what: Callable[[Shared], object]) -> None:
        """Tell the other workers. If the store does not answer, this worker alone knows and the others will find out: a
        post that has its answer must not fail for it."""
        if self._shared is None:
            return
        try:
            what(self._shared)
        except StoreDown:
            _log.warning("the store did not take a change of a breaker")

    def _refresh(self) -> None:
        if self._shared is None:
            return
        now = self._clock()
        with self._lock:
            if self._seen_at is not None and now - self._seen_at < FRESH:
                return
            self._seen_at = now
        try:
            self._take_over(self._shared.flags(PREFIX))
        except StoreDown:
            _log.warning("the store did not tell which breakers are open; what was known holds")

    def _take_over(self, found: Iterable[Flag]) -> None:
        with self._lock:
            before = self._open
            self._open = {flag.name.removeprefix(PREFIX): flag for flag in found}
            closed = before.keys() - self._open.keys()
        for name in closed:
            self._meter.show(BREAKER_OPEN, name, value=0)
        for name in self._open:
            self._meter.show(BREAKER_OPEN, name, value=1)
