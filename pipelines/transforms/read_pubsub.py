"""ReadPubSub: the log's subscriptions, for a runner whose own checkpoints hold what was read (Flink).

On one machine with Prism, which forgets, `awizo run` relays instead (`infra/decisions/0009`).
"""

from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import msgspec
from apache_beam.coders import Coder
from apache_beam.io.unbounded_source import CheckpointMark, ReadFromUnboundedSource, UnboundedReader, UnboundedSource
from apache_beam.utils.timestamp import Timestamp

from connectors.live import LiveSettings
from connectors.log.pubsub import Place, Pulled
from connectors.log.subscribing import subscriber
from schemas.metrics import EVENTS
from schemas.streams import LOG, Stream
from schemas.times import Millis

POLL_SECONDS = 0.05
AT_ONCE = 500

_STREAMS = {stream.name: stream for stream in LOG}


@dataclass
class ReadPubSub(beam.PTransform):
    """Expects a pipeline. Outputs lines of the log (`orders:4711`, when it was published, the event), at the time of
    their publishing, each at least once. A line is acknowledged when the runner holds it for good. What floods the log
    is not set aside here: nothing else keeps it."""

    settings: LiveSettings

    def expand(self, pipeline: Any) -> Any:
        read = tuple(
            pipeline | f"Read {stream.name}" >> _read(_Subscription(self.settings, stream.name)) for stream in LOG
        )
        return read | beam.Flatten() | beam.Map(_same).with_output_types(tuple[str, int, bytes])


def _read(source: UnboundedSource) -> ReadFromUnboundedSource:
    return ReadFromUnboundedSource(source, poll_interval=POLL_SECONDS, max_records_per_bundle=AT_ONCE)


def _same(line: tuple[str, int, bytes]) -> tuple[str, int, bytes]:
    return line


class _State(msgspec.Struct, array_like=True, frozen=True):
    project: str
    prefix: str
    stream: str
    made: int
    ack_ids: tuple[str, ...]


class Mark(CheckpointMark):
    """What was read since the last mark, to be acknowledged a checkpoint after this one is final."""

    def __init__(self, state: _State) -> None:
        self.state = state

    def finalize_checkpoint(self) -> None:
        """The runner holds it."""
        state = self.state
        reading = subscriber(Place(state.project, state.prefix), _STREAMS[state.stream])
        free = reading.acknowledger.finalized(state.made, state.ack_ids)
        if free:
            reading.acknowledge(free)


class _MarkCoder(Coder):
    def encode(self, value: Mark) -> bytes:
        return msgspec.msgpack.encode(value.state)

    def decode(self, encoded: bytes) -> Mark:
        return Mark(msgspec.msgpack.decode(encoded, type=_State))

    def is_deterministic(self) -> bool:
        return True


@dataclass(frozen=True)
class _Subscription(UnboundedSource):
    settings: LiveSettings
    stream: str

    def split(self, desired_num_splits: int, options: Any = None) -> list[UnboundedSource]:  # noqa: ARG002
        return [self]

    def create_reader(self, options: Any, checkpoint_mark: Mark | None) -> UnboundedReader:  # noqa: ARG002
        return SubscriptionReader(self.settings, _STREAMS[self.stream])

    def get_checkpoint_mark_coder(self) -> Coder:
        return _MarkCoder()


class SubscriptionReader(UnboundedReader):
    """Takes what the process has pulled. A mark says nothing of where to go on: Pub/Sub knows what it still has."""

    def __init__(self, settings: LiveSettings, stream: Stream) -> None:
        assert settings.pubsub is not None
        self._live, self._place, self._stream = settings(), settings.pubsub, stream
        self._reading = subscriber(self._place, stream)
        self._ack_ids: list[str] = []

    def start(self) -> bool:
        """Go to the first line."""
        return self.advance()

    def advance(self) -> bool:
        """Go to the next line; False if there is none now, or the run is halted."""
        found = None if self._live.guard.is_halted() else self._reading.take()
        if found is None:
            return False
        self._current: Pulled = found
        self._ack_ids.append(found.ack_id)
        self._live.meter.count(EVENTS, self._stream.name)
        return True

    def get_current(self) -> tuple[str, Millis, bytes]:
        """The message as a line."""
        return f"{self._stream.name}:{self._current.id}", self._current.published_at, self._current.event

    def get_current_timestamp(self) -> Timestamp:
        """When it was published."""
        return Timestamp(micros=self._current.published_at * 1000)

    def get_watermark(self) -> Timestamp:
        """All that was published before has come, as far as one can know."""
        return Timestamp(micros=self._reading.watermark() * 1000)

    def get_checkpoint_mark(self) -> Mark:
        """What was read since the last one."""
        read, self._ack_ids = tuple(self._ack_ids), []
        made = self._reading.acknowledger.made()
        return Mark(_State(*self._place, self._stream.name, made, read))
