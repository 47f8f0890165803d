"""TellAgain: live, what became of messages which the run before may have had no time to say."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Timestamp

from connectors.live import LiveSettings
from connectors.outcomes import outcomes_since
from connectors.store.cells import Generation
from pipelines.transforms.waiting import STORE_BACK
from schemas.messages import Outcome
from schemas.wire import pack_record


@dataclass
class TellAgain(beam.PTransform):
    """Expects a pipeline. Outputs packed Outcomes, at the time of the cache's cut-off, of messages that changed in the
    ledger behind it. What was decided behind it is decided and told again; but a message that waited longer is taken
    up from the ledger alone, and once it is settled nobody takes it up."""

    settings: LiveSettings
    generation: Generation

    def expand(self, pipeline: Any) -> Any:
        began = pipeline | "Begin" >> beam.Create([None], reshuffle=False)
        return began | "Changed" >> beam.ParDo(_Changed(self.settings, self.generation))


class _Changed(beam.DoFn):
    def __init__(self, settings: LiveSettings, generation: Generation) -> None:
        self._settings, self._generation = settings, generation

    def process(self, _: None) -> Iterable[bytes]:
        if self._generation.number:  # else the runner remembers by itself
            at = Timestamp(micros=self._generation.cut_off * 1000)
            for outcome in STORE_BACK(self._outcomes):
                yield TimestampedValue(pack_record(outcome), at)

    def _outcomes(self) -> list[Outcome]:
        live = self._settings()
        return list(outcomes_since(live.opened.delivery.ledger, live.records, self._generation.cut_off))
