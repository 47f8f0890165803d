"""ReadLog: the store's log as it grows, entry by entry."""

from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.coders import Coder, VarIntCoder
from apache_beam.io.unbounded_source import CheckpointMark, ReadFromUnboundedSource, UnboundedReader, UnboundedSource
from apache_beam.utils.timestamp import Timestamp

from connectors.live import LiveSettings
from connectors.log.store_log import Logged
from schemas.errors import StoreDown
from schemas.metrics import EVENTS
from schemas.times import SECOND, Millis

AT_ONCE = 500
"""Entries asked for at once."""

PASSED_OVER = 20
"""So many times it is asked for more at once where all is passed over: "nothing now" after each would cost a poll, and
what stands behind a flood would be late by all of them."""

SLACK: Millis = SECOND // 4
"""Machine time by which the watermark stays behind: an entry that is being written has its time already, and a log
that is played is written some ticks after its own time."""

POLL_SECONDS = 0.2


@dataclass
class ReadLog(beam.PTransform):
    """Expects a pipeline. Outputs lines of the log behind position `after`: (`log:4711`, when it was recorded, the
    event), at the time of their recording. The watermark follows the run's clock once all is read."""

    settings: LiveSettings
    after: int = 0

    def expand(self, pipeline: Any) -> Any:
        source = _LogSource(self.settings, self.after)
        read = ReadFromUnboundedSource(source, poll_interval=POLL_SECONDS, max_records_per_bundle=AT_ONCE)
        return pipeline | read | beam.Map(_same).with_output_types(tuple[str, int, bytes])


def _same(line: tuple[str, int, bytes]) -> tuple[str, int, bytes]:
    return line


class _Mark(CheckpointMark):
    """How far the log was read. The log keeps what was read, so there is nothing to acknowledge."""

    def __init__(self, position: int) -> None:
        self.position = position


class _MarkCoder(Coder):
    _inner = VarIntCoder()

    def encode(self, value: _Mark) -> bytes:
        return bytes(self._inner.encode(value.position))

    def decode(self, encoded: bytes) -> _Mark:
        return _Mark(self._inner.decode(encoded))

    def is_deterministic(self) -> bool:
        return True


@dataclass(frozen=True)
class _LogSource(UnboundedSource):
    settings: LiveSettings
    after: int

    def split(self, desired_num_splits: int, options: Any = None) -> list[UnboundedSource]:  # noqa: ARG002
        return [self]

    def create_reader(self, options: Any, checkpoint_mark: _Mark | None) -> UnboundedReader:  # noqa: ARG002
        return LogReader(self.settings, self.after if checkpoint_mark is None else checkpoint_mark.position)

    def get_checkpoint_mark_coder(self) -> Coder:
        return _MarkCoder()


class LogReader(UnboundedReader):
    """Reads behind a position. A store that does not answer is asked again, and a halt is waited for; the watermark
    stands meanwhile. Events of a source in quarantine are passed over."""

    def __init__(self, settings: LiveSettings, position: int) -> None:
        self._live = settings()
        self._position = position
        self._waiting: list[Logged] = []

    def start(self) -> bool:
        """Go to the first entry."""
        return self.advance()

    def advance(self) -> bool:
        """Go to the next entry; False if there is none now."""
        if self._live.guard.is_halted():
            return False
        for _ in range(PASSED_OVER):
            if not self._waiting:
                self._ask()
            if not self._waiting:
                return False
            if self._goes_on():
                return True
        return False

    def _goes_on(self) -> bool:
        """Go to the next of those that were read; False if all are passed over."""
        guard = self._live.guard
        while self._waiting:
            self._current = self._waiting.pop()
            self._position = guard.position = self._current.position
            self._live.late.read(self._current.recorded_at, self._position)
            self._live.meter.count(EVENTS, self._current.stream)
            if not guard.sets_aside(self._current.event):
                return True
        return False

    def get_current(self) -> tuple[str, int, bytes]:
        """The entry as a line."""
        return f"log:{self._current.position}", self._current.recorded_at, self._current.event

    def get_current_timestamp(self) -> Timestamp:
        """When it was recorded; of one that is late, when it is read."""
        return _timestamp(self._live.late.reached)

    def get_watermark(self) -> Timestamp:
        """No entry is expected that was recorded before."""
        return _timestamp(self._live.late.reached)

    def get_checkpoint_mark(self) -> _Mark:
        """Where to go on."""
        return _Mark(self._position)

    def _ask(self) -> None:
        """Read on. All that comes is recorded after the moment of an answer that was empty."""
        clock = self._live.clock
        before = clock.now() - round(SLACK * clock.rate())
        try:
            found = self._live.log.read(self._position, AT_ONCE)
            if found:
                self._live.guard.look()
                self._live.late.come(found[0].recorded_at)
        except StoreDown:
            return
        if not found:
            self._live.late.read(before)
        self._waiting = found[::-1]


def _timestamp(moment: Millis) -> Timestamp:
    return Timestamp(micros=moment * 1000)
