"""Recall: the keys that an earlier run left waiting, so that their wakes are set again."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Timestamp

from connectors.live import LiveSettings
from connectors.store.cells import Generation
from pipelines.transforms.act import WAKE
from pipelines.transforms.waiting import STORE_BACK
from schemas.times import Millis


class Recalled(NamedTuple):
    """What `Recall` gives: (key, WAKE) for each actor."""

    track: Any
    gather: Any
    plan: Any


@dataclass
class Recall(beam.PTransform):
    """Expects a pipeline. Outputs (key, WAKE) of every key of the cache of states that waits, for each actor, at the
    time of the cache's cut-off."""

    settings: LiveSettings
    generation: Generation

    def expand(self, pipeline: Any) -> Any:
        began = pipeline | "Begin" >> beam.Create([None], reshuffle=False)
        return Recalled(
            *(
                began | f"Waiting {name}" >> beam.ParDo(_Waiting(self.settings, self.generation, name))
                for name in Recalled._fields
            )
        )


class _Waiting(beam.DoFn):
    def __init__(self, settings: LiveSettings, generation: Generation, actor: str) -> None:
        self._settings, self._generation, self._actor = settings, generation, actor

    def process(self, _: None) -> Iterable[tuple[str, bytes]]:
        at = Timestamp(micros=self._generation.cut_off * 1000)
        for key, _at in STORE_BACK(waking_of, self._settings, self._generation.number, self._actor):
            yield TimestampedValue((key, WAKE), at)


def waking_of(
    settings: LiveSettings, generation: int, actor: str, until: Millis | None = None
) -> list[tuple[str, Millis]]:
    """See `Cells.waking`; read whole, so that it can be asked again. Raises StoreDown."""
    return list(settings().cells.waking(generation, actor, until))


@dataclass(frozen=True)
class FromCells:
    """Gives the packed cell that an earlier run left of a key. A store that is away is waited for: a step that raised
    would end the job."""

    settings: LiveSettings
    generation: int

    def __call__(self, actor: str, key: str) -> bytes | None:
        """The cell; None if there was none. Raises StoreDown after ten minutes."""
        return STORE_BACK(self.settings().cells.recall, self.generation, actor, key)
