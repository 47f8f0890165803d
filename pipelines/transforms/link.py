"""Link: a number under which a parcel goes on, as the courier said it, back into the log as an event of its shop."""

from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from connectors.live import Live, LiveSettings
from connectors.log.publisher import Entry
from pipelines.rules.links import linked
from pipelines.transforms.tell_log import TellLog
from schemas.parcels import ParcelUpdate
from schemas.streams import ORDERS


@dataclass
class Link(beam.PTransform):
    """Expects a PCollection of (order key, packed ParcelUpdate). Publishes `shipment.linked` for each number that
    succeeds another, at its first sight; the event's name derives from both numbers, so that it is one however often
    it is published. Outputs nothing."""

    settings: LiveSettings

    def expand(self, updates: Any) -> Any:
        return updates | beam.ParDo(_Link(self.settings))


class _Link(TellLog):
    def says(self, update: ParcelUpdate, _live: Live) -> Entry | None:
        event = linked(update)
        return Entry(ORDERS, event) if event else None
