"""Tiny real actors for the stages that run any actor, and small ways to run a pipeline."""

from collections.abc import Callable

import apache_beam as beam
import msgspec
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from pipelines.rules.actor import Actor, Context, Step
from schemas.orders import News, OrderView
from schemas.parcels import ParcelRecord, ParcelUpdate, Report, Scan
from schemas.times import HOUR, Millis
from schemas.wire import Arrival, Stream, pack


class Tally(msgspec.Struct, frozen=True, array_like=True):
    """How many scans came, when the next reminder is due, and how many things were said."""

    scans: int = 0
    due: tuple[Millis, ...] = ()
    version: int = 0


def tally(state: Tally | None, now: Millis, arrival: Arrival | None, _context: Context) -> Step[Tally]:
    """Say each scan, and an hour after each scan that it is an hour old. The code `raise` raises."""
    state = state or Tally()
    outputs: list[object] = []
    late = [moment for moment in state.due if moment <= now]
    version = state.version
    for _ in late:
        version += 1
        outputs.append(_update(version, now, "an_hour_old"))
    due = tuple(moment for moment in state.due if moment > now)
    scans = state.scans
    if arrival is not None and isinstance(arrival.body, Report):
        code = arrival.body.scans[0].raw_code
        if code == "raise":
            raise LookupError("personal words")
        scans, version, due = scans + 1, version + 1, (*due, now + HOUR)
        outputs.append(_update(version, now, code))
        outputs.append(ParcelRecord("tiny", "1", now, version, code, "", now, ()))
    return Step(Tally(scans, due, version), outputs, min(due, default=None))


def _update(version: int, now: Millis, status: str) -> ParcelUpdate:
    return ParcelUpdate("shop", "order", "tiny", "1", version, now, status)


def relay(state: Tally | None, now: Millis, arrival: Arrival | None, _context: Context) -> Step[Tally]:
    """Pass each parcel's update on as news of its order, half an hour later."""
    state = state or Tally()
    due = tuple(moment for moment in state.due if moment > now)
    outputs: list[object] = []
    version = state.version
    for _ in range(len(state.due) - len(due)):
        version += 1
        outputs.append(News("shop", "anna", OrderView("order", "1", version, 0), now))
    if arrival is not None:
        due = (*due, now + HOUR // 2)
    return Step(Tally(state.scans, due, version), outputs, min(due, default=None))


def _load(data: bytes) -> Tally:
    return msgspec.msgpack.decode(data, type=Tally)


def _dump(state: Tally) -> bytes:
    return msgspec.msgpack.encode(state)


TALLY = Actor("tally", tally, _load, _dump)
RELAY = Actor("relay", relay, _load, _dump)


def scan(recorded: Millis, code: str, name: str = "") -> bytes:
    """A packed scan of the tiny courier."""
    body = Report((Scan("tiny", "1", recorded, "in_transit", code, "tiny"),))
    return pack(Arrival(recorded, Stream.PARCELS, "/couriers/tiny", name or f"{recorded}:{code}", body))


@pytest.fixture
def tally_actor() -> Actor[Tally]:
    return TALLY


@pytest.fixture
def relay_actor() -> Actor[Tally]:
    return RELAY


@pytest.fixture
def scan_of() -> Callable[..., bytes]:
    return scan


@pytest.fixture
def collect() -> Callable[..., list[object]]:
    """Run `build(pipeline)` and give the elements of the PCollection that it returns, as they come."""
    return _collect


_FOUND: list[object] = []


def _collect(build: Callable[[beam.Pipeline], object]) -> list[object]:
    _FOUND.clear()
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        _ = build(pipeline) | "Keep" >> beam.Map(_keep)
    return list(_FOUND)


def _keep(element: object) -> None:
    _FOUND.append(element)
