"""TellLog: what the pipeline finds out of parcels and the log must know, back into the log as events of their shops."""

from collections.abc import Iterable

import apache_beam as beam

from connectors.live import Live, LiveSettings
from connectors.log.publisher import Entry
from pipelines.transforms.waiting import LOG_BACK
from schemas.parcels import ParcelUpdate
from schemas.wire import unpack

_REMEMBERED = 10_000


class TellLog(beam.DoFn):
    """From (order key, packed ParcelUpdate) to nothing: publishes what `says` says of each, once in a worker's life. A
    worker that is another, or began anew, may publish an event again: the same event twice is one."""

    def __init__(self, settings: LiveSettings) -> None:
        self._settings = settings

    def says(self, update: ParcelUpdate, live: Live) -> Entry | None:
        """An event of the log, or nothing."""
        raise NotImplementedError

    def setup(self) -> None:
        self._published: set[Entry] = set()

    def start_bundle(self) -> None:
        self._new: dict[Entry, None] = {}

    def process(self, keyed: tuple[str, bytes]) -> Iterable[bytes]:
        update = unpack(keyed[1]).body
        assert isinstance(update, ParcelUpdate)
        entry = self.says(update, self._settings())
        if entry is not None and entry not in self._published:
            self._new[entry] = None
        return ()

    def finish_bundle(self) -> None:
        if not self._new:
            return
        LOG_BACK(self._settings().publisher.publish, tuple(self._new))
        if len(self._published) > _REMEMBERED:
            self._published.clear()
        self._published.update(self._new)
