"""TellLog: what the pipeline finds out of parcels and the log must know, back into the log as events of their shops."""

from connectors.live import Live
from connectors.log.publisher import Entry
from pipelines.transforms.keep import AtTheEnd
from pipelines.transforms.waiting import LOG_BACK
from schemas.parcels import ParcelUpdate
from schemas.wire import unpack

_REMEMBERED = 10_000


class TellLog(AtTheEnd):
    """From (order key, packed ParcelUpdate) to nothing: publishes what `says` says of each, once in a worker's life. A
    worker that is another, or began anew, may publish an event again: the same event twice is one."""

    def says(self, update: ParcelUpdate, live: Live) -> Entry | None:
        """An event of the log, or nothing."""
        raise NotImplementedError

    def setup(self) -> None:
        self._published: set[Entry] = set()

    def take(self, live: Live, come: list[tuple[str, bytes]]) -> None:
        said = (self.says(_update(packed), live) for _, packed in come)
        new = tuple(dict.fromkeys(entry for entry in said if entry is not None and entry not in self._published))
        if not new:
            return
        LOG_BACK(live.publisher.publish, new)
        if len(self._published) > _REMEMBERED:
            self._published.clear()
        self._published.update(new)


def _update(packed: bytes) -> ParcelUpdate:
    update = unpack(packed).body
    assert isinstance(update, ParcelUpdate)
    return update
