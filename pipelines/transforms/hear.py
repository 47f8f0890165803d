"""Hear: what customers wish, and that they are to be forgotten, as their own pages know it."""

from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from connectors.live import Live, LiveSettings
from connectors.store.hearing import hear
from pipelines.rules.wishes import fact_in
from pipelines.transforms.keep import AtTheEnd
from pipelines.transforms.waiting import STORE_BACK
from schemas.wire import unpack


@dataclass
class Hear(beam.PTransform):
    """Expects a PCollection of (recipient key, packed arrival), as Plan takes them from the log. Keeps what they say of
    a customer where the customer's own page reads it. Outputs nothing, but its watermark says what is kept."""

    settings: LiveSettings

    def expand(self, people: Any) -> Any:
        return people | beam.ParDo(_Hear(self.settings))


class _Hear(AtTheEnd):
    def take(self, live: Live, come: list[tuple[str, bytes]]) -> None:
        facts = [fact for _, packed in come if (fact := fact_in(unpack(packed).body)) is not None]
        if facts:
            STORE_BACK(hear, live.store, facts)
