"""Due: what is due comes back to be taken up, whatever became of the worker that had it.

Rows of the ledger are the queue: what waits for its time, what waits to be looked up, what was claimed by somebody who
did not come back, and what was taken and not heard of again. Live, one such source polls the store and feeds
`Delivery.take_up` and `Unheard.ask`, on any runner. It is no claim: two sources that poll one store do no harm.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from connectors.store.claims import At
from connectors.store.ledger import Ledger
from connectors.store.rows import Row
from schemas.errors import StoreDown
from schemas.times import SECOND, Millis

EVERY: Millis = SECOND
"""How long a source waits between two polls that found nothing."""

ASKED_ABOUT = 10
"""Messages that a poll asks about at most: a day without callbacks is not asked about at once."""

REST: Millis = 30 * SECOND
"""How long a row that was handed out is not handed out again while it stays as it was."""

_Standing = tuple[str, int, int]


@dataclass
class Due:
    """Polls a ledger. `clock` gives the moment on both clocks; at most `most` rows a poll."""

    ledger: Ledger
    clock: Callable[[], At]
    most: int = 500
    _given: dict[str, tuple[_Standing, Millis]] = field(default_factory=dict)

    def poll(self, waiting: bool = True) -> list[Row]:
        """What is due now: what is in flight with nobody behind it, at most half, for a backlog of what waits must not
        keep doubts from being looked up; then, if `waiting`, what waits for its time, and what nobody was told more
        of. Raises StoreDown."""
        at = self.clock()
        self._given = {leader: given for leader, given in self._given.items() if given[1] > at.machine}
        limit = self.most + len(self._given)
        flying = self._new(self.ledger.flying(at.machine, limit=limit))[: max(self.most // 2, 1)]
        due = self.ledger.due(at.now, limit=limit) if waiting else []
        unheard = self.ledger.unheard(at.machine, ASKED_ABOUT) if waiting else []
        new = [*flying, *self._new(due), *self._new(unheard)][: self.most]
        self._given |= {row.leader: (_standing(row), at.machine + REST) for row in new}
        return new

    def _new(self, rows: list[Row]) -> list[Row]:
        """Those that do not rest."""
        return [row for row in rows if self._given.get(row.leader, (None,))[0] != _standing(row)]

    def watch(self, sleep: Callable[[float], None], goes_on: Callable[[], bool]) -> Iterator[Row]:
        """Every row as it falls due, for as long as `goes_on` says. A store that is down is asked again."""
        while goes_on():
            try:
                rows = self.poll()
            except StoreDown:
                rows = []
            yield from rows
            if len(rows) < self.most:
                sleep(EVERY / SECOND)


def _standing(row: Row) -> _Standing:
    """What has changed if anybody did something about it."""
    return row.state, row.epoch, (row.due_at or 0) + row.look_after
