"""Sources: files of JSON lines as a collection."""

from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from pipelines.lines import lines


@dataclass
class ReadLines(beam.PTransform):
    """Expects a pipeline. Outputs a PCollection of (place, 0, line): `events.jsonl:12` and the line's bytes, which say
    themselves when they were recorded; blank lines left out. `paths` as `files` gives them."""

    paths: tuple[str, ...]

    def expand(self, pipeline: Any) -> Any:
        return pipeline | beam.Create(self.paths, reshuffle=False) | beam.FlatMap(lines)
