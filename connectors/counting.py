"""What records and the store say in numbers."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from connectors.clock import StoreClock
from connectors.guarding import HALT, QUARANTINE
from connectors.log.store_log import StoreLog
from connectors.metering import Meter
from connectors.store.opening import Store
from connectors.store.progress import Progress
from connectors.store.schema import ledger
from connectors.store.shared import Shared
from connectors.surroundings import Surroundings
from pipelines.rules.ledger import WAITING, State
from schemas import metrics
from schemas.messages import DeadLetter, Decision, Outcome
from schemas.parcels import ScanRecord
from schemas.times import DAY, SECOND, Millis
from schemas.wire import Record

UNMAPPED = "unmapped"


def count_records(records: Iterable[Record], meter: Meter) -> None:
    """Count what a stage has said: decisions, outcomes and what they cost, unknown codes, dead letters."""
    for record in records:
        match record:
            case Decision():
                for channel, reason in record.verdicts:
                    meter.count(metrics.DECISIONS, record.kind, channel, reason)
            case Outcome():
                meter.count(metrics.OUTCOMES, record.channel, record.state)
                if record.cost:
                    place = (record.shop, record.country, record.currency)
                    meter.count(metrics.SPEND, *place, by=float(record.cost))
            case ScanRecord() if UNMAPPED in record.flags:
                meter.count(metrics.UNKNOWN_CODES, record.courier)
            case DeadLetter():
                meter.count(metrics.DEAD_LETTERS, record.stage)


@dataclass(frozen=True)
class Sampling:
    """Looks at a store and shows how it stands. `read` gives the position up to which the log was read."""

    store: Store
    clock: StoreClock
    meter: Meter

    def sample(self, position: int) -> None:
        """Show everything once; `position`: how far the log was read. Raises StoreDown."""
        now, machine = self.clock.now(), self.clock.machine()
        self._ages(now, position)
        with self.store.reading() as connection:
            self._ledger(connection, machine)
            self._delivered(connection, machine)
        flags = Shared(self.store)
        self.meter.show(metrics.HALTED, value=float(bool(flags.flags(HALT))))
        self.meter.show(metrics.QUARANTINED, value=float(len(flags.flags(QUARANTINE))))
        for (courier, shop), heard in Surroundings(self.store).feeds(now).items():
            self.meter.show(metrics.FEED_SILENCE, courier, shop, value=(now - heard) / SECOND)

    def _ages(self, now: Millis, position: int) -> None:
        waiting = StoreLog(self.store, self.clock.now).read(position, 1)
        self.meter.show(metrics.WATERMARK_AGE, "read", value=(now - waiting[0].recorded_at) / SECOND if waiting else 0)
        mark = Progress(self.store).mark()
        self.meter.show(metrics.WATERMARK_AGE, "handed_over", value=0 if mark is None else (now - mark) / SECOND)

    def _ledger(self, connection: Connection, machine: Millis) -> None:
        query = select(ledger.c.state, func.count(), func.min(ledger.c.updated)).group_by(ledger.c.state)
        found = {state: (number, oldest) for state, number, oldest in connection.execute(query)}
        self.meter.show(metrics.HELD, value=sum(found[state][0] for state in WAITING if state in found))
        self.meter.show(metrics.PARKED, value=found.get(State.PARKED, (0, 0))[0])
        doubt = found.get(State.UNKNOWN)
        self.meter.show(metrics.DOUBT_AGE, value=(machine - doubt[1]) / SECOND if doubt else 0)

    def _delivered(self, connection: Connection, machine: Millis) -> None:
        """Of what came to an end in the last day. A message whose slots were merged counts once."""
        place = (ledger.c.channel, ledger.c.country, ledger.c.sender)
        ended = ledger.c.state.in_((State.DELIVERED, State.UNDELIVERED)) & (ledger.c.updated > machine - DAY)
        query = select(*place, ledger.c.state, func.count()).where(ended, ledger.c.key == ledger.c.leader)
        counts: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
        for *where, state, number in connection.execute(query.group_by(*place, ledger.c.state)):
            counts[tuple(where)][state] = number
        for labels, states in counts.items():
            share = states.get(State.DELIVERED, 0) / sum(states.values())
            self.meter.show(metrics.DELIVERED_SHARE, *labels, value=share)
