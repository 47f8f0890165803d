"""Keep: live, what people read is written as it comes; and how far the run has come for good."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.coders import BytesCoder
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec, TimerSpec, on_timer
from apache_beam.utils.timestamp import Timestamp

from connectors.counting import count_records
from connectors.journal import journal
from connectors.live import Live, LiveSettings
from pipelines.rules.context import recorded_of
from pipelines.transforms.waiting import STORE_BACK
from schemas.times import SECOND
from schemas.wire import Record, unbundle, unpack_record

TICKS = SECOND
"""Machine time by which two readings of the run's clock may lie apart."""


@dataclass
class Keep(beam.PTransform):
    """Expects a PCollection of packed records, one or a bundle of them. Writes them into the store's views. Outputs
    nothing, but its watermark says what is written."""

    settings: LiveSettings

    def expand(self, records: Any) -> Any:
        return records | beam.ParDo(_Write(self.settings))


class AtTheEnd(beam.DoFn):
    """Takes what comes in a bundle as one, when that ends. Outputs nothing."""

    def __init__(self, settings: LiveSettings) -> None:
        self._settings = settings

    def start_bundle(self) -> None:
        self._come: list[Any] = []

    def process(self, element: Any) -> Iterable[bytes]:
        self._come.append(element)
        return ()

    def finish_bundle(self) -> None:
        if self._come:
            self.take(self._settings(), self._come)

    def take(self, live: Live, come: list[Any]) -> None:
        """Do with it what is to be done; there is something."""
        raise NotImplementedError


def records_in(bundles: Iterable[bytes]) -> list[Record]:
    """The records of packed bundles."""
    return [unpack_record(packed) for each in bundles for packed in unbundle(each)]


class _Write(AtTheEnd):
    def take(self, live: Live, come: list[bytes]) -> None:
        records = records_in(come)
        STORE_BACK(live.records.write, records)
        count_records(records, live.meter)
        journal(records)


@dataclass
class Remember(beam.PTransform):
    """Expects a PCollection of packed entries of the context. Keeps them where all steps look them up. Outputs
    nothing."""

    settings: LiveSettings

    def expand(self, entries: Any) -> Any:
        return entries | beam.ParDo(_Remember(self.settings))


class _Remember(AtTheEnd):
    def take(self, live: Live, come: list[bytes]) -> None:
        kept = {entry: at for entry in come if (at := recorded_of(entry)) is not None}
        if kept:
            STORE_BACK(live.surroundings.remember, tuple(kept), tuple(kept.values()))


@dataclass
class MarkProgress(beam.PTransform):
    """Expects PCollections whose watermarks say what is done for good. Sets the run's mark behind the least of them,
    each second of machine time while they advance."""

    settings: LiveSettings
    begin: int  # message time

    def expand(self, done: tuple[Any, ...]) -> Any:
        pipeline = done[0].pipeline
        nothing = [
            each | f"Only how far {number}" >> beam.FlatMap(_nothing).with_output_types(tuple[str, bytes])
            for number, each in enumerate(done)
        ]
        begin = pipeline | "Begin" >> beam.Create([("mark", b"")], reshuffle=False)
        return (begin, *nothing) | "Together" >> beam.Flatten() | beam.ParDo(_marker(self.settings, self.begin))


def _nothing(_: Any) -> Iterable[tuple[str, bytes]]:
    return ()


def _marker(settings: Callable[[], Any], begin: int) -> beam.DoFn:
    due_spec = TimerSpec("mark-due", TimeDomain.WATERMARK)
    timer, at = beam.DoFn.TimerParam(due_spec), beam.DoFn.TimestampParam
    cell = beam.DoFn.StateParam(ReadModifyWriteStateSpec("mark-cell", BytesCoder()))

    class _Mark(beam.DoFn):
        def process(self, _: tuple[str, bytes], due: Any = timer, state: Any = cell) -> None:
            state.write(b"set")
            due.set(_timestamp(begin))

        @on_timer(due_spec)
        def reached(self, fired: Any = at, due: Any = timer) -> None:
            live = settings()
            mark = fired.micros // 1000 - 1  # what is stamped with this very moment may still come
            now, rate = live.clock.now(), live.clock.rate()
            if is_drained(mark, now, rate):
                return
            STORE_BACK(live.late.reach, mark)
            due.set(_timestamp(mark + 1 + step(mark, now, rate)))

    return _Mark()


def step(mark: int, now: int, rate: float) -> int:
    """How far behind a mark the next one is set: a second of machine time, or half of what is to be caught up."""
    return max(round(SECOND * rate), (now - mark) // 2, 1)


def is_drained(mark: int, now: int, rate: float) -> bool:
    """Whether time has run on without a log: a drain fires all timers, also those set while firing. A mark that is to
    come would call history what nobody has decided yet. Clocks that are read apart may differ by ticks."""
    return mark > now + round(TICKS * max(rate, 1))


def _timestamp(moment: int) -> Timestamp:
    return Timestamp(micros=moment * 1000)
