"""Judge: live, what failed is looked at as a whole: does our own code fail, does a source flood the log?"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from connectors.live import LiveSettings
from pipelines.transforms.waiting import STORE_BACK
from schemas.messages import DeadLetter
from schemas.wire import unpack_record


@dataclass
class Judge(beam.PTransform):
    """Expects a PCollection of packed DeadLetters. Raises the halt flag or sets a source aside where there are too
    many. Outputs the same letters."""

    settings: LiveSettings

    def expand(self, letters: Any) -> Any:
        return letters | beam.ParDo(_Judge(self.settings))


class _Judge(beam.DoFn):
    def __init__(self, settings: LiveSettings) -> None:
        self._settings = settings

    def process(self, packed: bytes) -> Iterable[bytes]:
        letter = unpack_record(packed)
        assert isinstance(letter, DeadLetter)
        STORE_BACK(self._settings().guard.judge, (letter,))
        yield packed
