"""Link: a number under which a parcel goes on, as the courier said it, back into the log as an event of its shop."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from tenacity import retry_if_exception_type

from connectors.live import LiveSettings
from connectors.log.publisher import Entry
from pipelines.rules.links import linked
from pipelines.transforms.attempt import STORE_BACK
from schemas.errors import LogDown
from schemas.parcels import ParcelUpdate
from schemas.streams import ORDERS
from schemas.wire import unpack

LOG_BACK = STORE_BACK.copy(retry=retry_if_exception_type(LogDown))
"""A log that does not take an event is waited for as the store is."""

_REMEMBERED = 10_000


@dataclass
class Link(beam.PTransform):
    """Expects a PCollection of (order key, packed ParcelUpdate). Publishes `shipment.linked` for each number that
    succeeds another, at its first sight; the event's name derives from both numbers, so that it is one however often
    it is published. Outputs nothing."""

    settings: LiveSettings

    def expand(self, updates: Any) -> Any:
        return updates | beam.ParDo(_Link(self.settings))


class _Link(beam.DoFn):
    def __init__(self, settings: LiveSettings) -> None:
        self._settings = settings

    def setup(self) -> None:
        self._published: set[bytes] = set()

    def start_bundle(self) -> None:
        self._new: dict[bytes, None] = {}

    def process(self, keyed: tuple[str, bytes]) -> Iterable[bytes]:
        update = unpack(keyed[1]).body
        assert isinstance(update, ParcelUpdate)
        event = linked(update)
        if event is not None and event not in self._published:
            self._new[event] = None
        return ()

    def finish_bundle(self) -> None:
        if not self._new:
            return
        LOG_BACK(self._settings().publisher.publish, [Entry(ORDERS, event) for event in self._new])
        if len(self._published) > _REMEMBERED:
            self._published.clear()
        self._published.update(self._new)
