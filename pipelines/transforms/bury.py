"""Bury: what failed anywhere, counted and kept whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics

from schemas.messages import DeadLetter
from schemas.wire import unpack_record


@dataclass
class Bury(beam.PTransform):
    """Expects a PCollection of packed DeadLetters. Outputs the same for Record, and counts them by stage."""

    def expand(self, letters: Any) -> Any:
        return letters | beam.ParDo(_Count())


class _Count(beam.DoFn):
    def process(self, packed: bytes) -> Iterable[bytes]:
        letter = unpack_record(packed)
        if isinstance(letter, DeadLetter):
            Metrics.counter("dead_letters", letter.stage).inc()
        yield packed
