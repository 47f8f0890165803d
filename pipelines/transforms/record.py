"""Record: what a run leaves behind, written where people and tools read it."""

from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import apache_beam as beam

from pipelines.sinks import write_outputs
from schemas.wire import unbundle, unpack_record


@dataclass
class Record(beam.PTransform):
    """Expects a PCollection of packed records (one, or a bundle of them) of a bounded run. Writes them as sorted files
    into the folder `out`; they are held in memory together, as sorting needs them."""

    out: Path

    def expand(self, records: Any) -> Any:
        return records | "Together" >> beam.combiners.ToList() | beam.Map(_write, out=self.out)


def _write(records: list[bytes], out: Path) -> None:
    write_outputs(out, map(unpack_record, chain.from_iterable(map(unbundle, records))))
