"""ReadTopics: the log in Pub/Sub, by the runner's own source."""

from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.io.gcp.pubsub import PubsubMessage, ReadFromPubSub

from pipelines.options import Job
from schemas.streams import LOG
from schemas.structured import structured
from schemas.times import Millis, to_millis


@dataclass
class ReadTopics(beam.PTransform):
    """Expects a pipeline. Outputs lines of all streams of the log: (`awizo-orders:4711`, when it was published, the
    event), at the time of their publishing. The runner acknowledges what it has made durable, and drops doubles."""

    job: Job

    def expand(self, pipeline: Any) -> Any:
        return tuple(self._read(pipeline, stream) for stream in LOG) | beam.Flatten()

    def _read(self, pipeline: Any, stream: Any) -> Any:
        source = ReadFromPubSub(subscription=self.job.subscription(stream), with_attributes=True)
        read = pipeline | f"Read {stream.name}" >> source
        return read | f"Lines of {stream.name}" >> beam.Map(line, stream.topic).with_output_types(
            tuple[str, int, bytes]
        )


def line(message: PubsubMessage, topic: str) -> tuple[str, Millis, bytes]:
    """A message as a line of the log."""
    body = structured(message.attributes or {}, message.data or b"")
    return f"{topic}:{message.message_id}", to_millis(message.publish_time), body
