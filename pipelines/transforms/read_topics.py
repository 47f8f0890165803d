"""ReadTopics: the log in Pub/Sub, by the runner's own source."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.io.gcp.pubsub import PubsubMessage, ReadFromPubSub

from connectors.live import LiveSettings
from pipelines.options import Job
from schemas.errors import AwizoError
from schemas.metrics import EVENTS
from schemas.streams import LOG, Stream
from schemas.structured import structured
from schemas.times import Millis, to_millis


class Halted(AwizoError):
    """Our own code failed too often: nothing is read until an operator says so."""


@dataclass
class ReadTopics(beam.PTransform):
    """Expects a pipeline. Outputs lines of all streams of the log: (`awizo-orders:4711`, when it was published, the
    event), at the time of their publishing. The runner acknowledges what it has made durable, and drops doubles. While
    the run is halted, what was pulled fails and is tried again: nothing is acknowledged."""

    settings: LiveSettings
    job: Job

    def expand(self, pipeline: Any) -> Any:
        return tuple(self._read(pipeline, stream) for stream in LOG) | beam.Flatten()

    def _read(self, pipeline: Any, stream: Stream) -> Any:
        source = ReadFromPubSub(subscription=self.job.place.subscription(stream), with_attributes=True)
        read = pipeline | f"Read {stream.name}" >> source
        return read | f"Lines of {stream.name}" >> beam.ParDo(Lines(self.settings, stream))


class Lines(beam.DoFn):
    """A message as a line of the log."""

    def __init__(self, settings: LiveSettings, stream: Stream) -> None:
        self._settings, self._stream = settings, stream

    def process(self, message: PubsubMessage) -> Iterable[tuple[str, Millis, bytes]]:
        live = self._settings()
        if live.guard.is_halted():
            raise Halted("the run is halted: see `awizo doctor`")
        live.meter.count(EVENTS, self._stream.name)
        body = structured(message.attributes or {}, message.data or b"")
        yield f"{self._stream.topic}:{message.message_id}", to_millis(message.publish_time), body
