"""What the pipeline finds out of parcels goes back into the log, once however many scans say it."""

from collections.abc import Callable
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from connectors.log.publisher import Entry, MemoryPublisher
from pipelines.rules.context import Heard, LogContext, pack_entry
from pipelines.transforms.beat import Beat
from pipelines.transforms.link import Link
from schemas.envelope import read_structured
from schemas.parcels import Facts, ParcelUpdate, Successor
from schemas.streams import COURIERS, ORDERS
from schemas.times import HOUR, MINUTE, Millis
from schemas.wire import Arrival, Stream, pack

NOON: Millis = 1_792_584_000_000  # 2026-10-21T12:00Z


class Open:
    """Stands for what a worker has open: a log that takes events, a clock, and who was heard."""

    def __init__(self) -> None:
        self.publisher = MemoryPublisher()
        self.surroundings = LogContext({})
        self.clock = self

    def now(self) -> Millis:
        return NOON + 9 * HOUR


OPEN: list[Open] = []


def settings() -> Open:
    return OPEN[-1]


@pytest.fixture
def worker() -> Open:
    OPEN.append(Open())
    return OPEN[-1]


def run(stage: Callable[[Any], beam.PTransform], updates: list[ParcelUpdate]) -> None:
    arrivals = [Arrival(update.at, Stream.PARCELS, "/track", str(update.at), update) for update in updates]
    keyed = [("sowa/7", pack(arrival)) for arrival in arrivals]
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        _ = pipeline | beam.Create(keyed) | stage(settings)


def scanned(known_at: Millis, **more: Any) -> ParcelUpdate:
    return ParcelUpdate("sowa", "7", "inpost", "N100", version=3, at=known_at, known_at=known_at, **more)


def told(entries: list[Entry]) -> list[tuple[str, str, Millis]]:
    read = [(entry.stream.name, read_structured(entry.event)) for entry in entries]
    return sorted((stream, event.type, event.occurred_at) for stream, event in read)


def test_a_feed_s_heartbeats_are_told_once_an_hour(worker: Open) -> None:
    run(Beat, [scanned(NOON + minutes * MINUTE) for minutes in (0, 10, 59, 60, 61, 0)])
    beat = "awizo.courier.heartbeat.v1"
    assert told(worker.publisher.entries) == [(COURIERS.name, beat, NOON), (COURIERS.name, beat, NOON + HOUR)]


def test_what_the_log_knows_of_a_feed_is_not_told_again(worker: Open) -> None:
    worker.surroundings = LogContext({}, [pack_entry(Heard(NOON + HOUR, NOON + HOUR, "inpost", "sowa"))])
    run(Beat, [scanned(NOON), scanned(NOON + HOUR)])
    assert worker.publisher.entries == []


def test_a_number_under_which_a_parcel_goes_on_is_told_once(worker: Open) -> None:
    goes_on = Facts(successor=Successor("dhl", "N200", "partner"))
    run(Link, [scanned(NOON), scanned(NOON, facts=goes_on), scanned(NOON + MINUTE, facts=goes_on, since=NOON)])
    assert told(worker.publisher.entries) == [(ORDERS.name, "awizo.shipment.linked.v1", NOON)]
