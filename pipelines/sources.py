"""Sources: files of JSON lines, and archives of topics, as a collection of lines of the log."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from pipelines import archives
from pipelines.lines import Line, is_archive, lines, opened
from pipelines.progress import did


@dataclass
class ReadLines(beam.PTransform):
    """Expects a pipeline. Outputs a PCollection of (place, recorded, line): `events.jsonl:12`, 0 and the line's bytes,
    which say themselves when they were recorded, blank lines left out; of an archive's messages, each of which may
    stand there more than once, one, recorded when it was published. `paths` as `files` gives them."""

    paths: tuple[str, ...]

    def expand(self, pipeline: Any) -> Any:
        plain = [path for path in self.paths if not is_archive(path)]
        read = pipeline | beam.Create(plain, reshuffle=False) | beam.FlatMap(lines)
        kept = [path for path in self.paths if is_archive(path)]
        if not kept:
            return read
        once = pipeline | "Archives" >> beam.Create(kept, reshuffle=False) | "Messages" >> beam.FlatMap(messages)
        once = once | "By message id" >> beam.GroupByKey() | "First" >> beam.Map(archives.first)
        return (read, once) | "Both" >> beam.Flatten()


def messages(path: str) -> Iterator[tuple[bytes, Line]]:
    """(name, (place, recorded, line)) of an archive's messages."""
    with opened(path) as file:
        for message in archives.archived(path, file):
            did("lines")
            yield message.name, message.line
