"""PublishResults: live, what is decided and what became of it goes out to topics, for others to read."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from connectors.live import Live, LiveSettings
from pipelines.report.results import result_of
from pipelines.transforms.keep import AtTheEnd, records_in
from pipelines.transforms.waiting import LOG_BACK
from schemas.streams import Stream
from schemas.wire import Record

_JSON = {"content-type": "application/json"}


@dataclass
class PublishResults(beam.PTransform):
    """Expects a PCollection of packed records, one or a bundle of them. Publishes each that others may read as one JSON
    object to its result topic, at least once. Outputs nothing, but its watermark says what is published."""

    settings: LiveSettings

    def expand(self, records: Any) -> Any:
        return records | beam.ParDo(_Publish(self.settings))


class _Publish(AtTheEnd):
    def take(self, live: Live, come: list[bytes]) -> None:
        assert live.pubsub is not None
        for stream, rows in _by_stream(records_in(come)):
            LOG_BACK(live.pubsub.say, stream, rows, _JSON)


def _by_stream(records: Iterable[Record]) -> Iterator[tuple[Stream, list[bytes]]]:
    found: defaultdict[Stream, list[bytes]] = defaultdict(list)
    for record in records:
        result = result_of(record)
        if result is not None:
            found[result.stream].append(result.row)
    yield from found.items()
