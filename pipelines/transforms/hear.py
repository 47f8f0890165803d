"""Hear: what customers wish, and that they are to be forgotten, as their own pages know it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from connectors.live import LiveSettings
from connectors.store.hearing import hear
from pipelines.rules.wishes import fact_in
from pipelines.transforms.attempt import STORE_BACK
from schemas.customers import CustomerFact
from schemas.wire import unpack


@dataclass
class Hear(beam.PTransform):
    """Expects a PCollection of (recipient key, packed arrival), as Plan takes them from the log. Keeps what they say of
    a customer where the customer's own page reads it. Outputs nothing, but its watermark says what is kept."""

    settings: LiveSettings

    def expand(self, people: Any) -> Any:
        return people | beam.ParDo(_Hear(self.settings))


class _Hear(beam.DoFn):
    def __init__(self, settings: LiveSettings) -> None:
        self._settings = settings

    def start_bundle(self) -> None:
        self._facts: list[CustomerFact] = []

    def process(self, keyed: tuple[str, bytes]) -> Iterable[bytes]:
        fact = fact_in(unpack(keyed[1]).body)
        if fact is not None:
            self._facts.append(fact)
        return ()

    def finish_bundle(self) -> None:
        if self._facts:
            STORE_BACK(hear, self._settings().store, self._facts)
