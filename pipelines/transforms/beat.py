"""Beat: that a courier's feed is alive, by what it tells of parcels, back into the log as an event of their shops."""

from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from connectors.live import Live, LiveSettings
from connectors.log.publisher import Entry
from pipelines.rules.heartbeats import heartbeat
from pipelines.transforms.tell_log import TellLog
from schemas.parcels import ParcelUpdate
from schemas.streams import COURIERS


@dataclass
class Beat(beam.PTransform):
    """Expects a PCollection of (order key, packed ParcelUpdate). Publishes `courier.heartbeat` for each hour of each
    courier and shop in which a scan fell, unless the log knows of a later one. Outputs nothing."""

    settings: LiveSettings

    def expand(self, updates: Any) -> Any:
        return updates | beam.ParDo(_Beat(self.settings))


class _Beat(TellLog):
    def says(self, update: ParcelUpdate, live: Live) -> Entry | None:
        event = heartbeat(update, live.surroundings, live.clock.now())
        return Entry(COURIERS, event) if event else None
