"""Deliver: what was composed to the people it is for, once."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import apache_beam as beam
from apache_beam.pvalue import AsIter, AsSingleton, TaggedOutput
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.timestamp import MIN_TIMESTAMP
from apache_beam.utils.windowed_value import WindowedValue

from connectors.opening import Opened, hold, release
from pipelines.rules.unfold import cause
from schemas.errors import ConfigurationError, StoreDown
from schemas.messages import DeadLetter, Message, Withdraw
from schemas.orders import recipient_key
from schemas.times import Millis
from schemas.wire import pack_record, unpack_items

Keyed = tuple[str, bytes]

Delivered: TypeAlias = bytes | TaggedOutput[Literal["failed"], bytes]


class Outputs(NamedTuple):
    """What `Deliver` gives: packed Outcomes, packed DeadLetters."""

    records: Any
    failed: Any


@dataclass
class Deliver(beam.PTransform):
    """Expects a PCollection of (recipient key, packed Messages and Withdraws), one element a recipient. Outputs
    `records`: packed Outcomes; `failed`: packed DeadLetters of recipients whose items our own code could not handle.

    `opened` opens ledger and connectors, once a process; it pickles and compares by value. `until`: message time at
    which the run ends, None for when nothing waits that can go, or a side input of either. At most `side_by_side`
    recipients are worked on at once. A store that does not answer fails the bundle, so that it is tried again. When all
    is done, what is due of recipients to whom nothing was handed over in this run is taken up too.
    """

    opened: Callable[[], Opened]
    until: Any = None
    side_by_side: int = 8

    def expand(self, items: Any) -> Any:
        deliver = beam.ParDo(_Deliver(self.opened, self.side_by_side), self.until)
        delivered = items | "Each recipient" >> deliver.with_outputs("failed", main="records")
        served = items | "Recipients" >> beam.Map(_recipient)
        last = delivered.records | "Delivered" >> beam.combiners.Count.Globally()
        rest = beam.ParDo(_DeliverRest(self.opened), self.until, AsIter(served), AsSingleton(last))
        swept = items.pipeline | "Once, at the end" >> beam.Create([None]) | "Rest" >> rest
        return Outputs((delivered.records, swept) | "All outcomes" >> beam.Flatten(), delivered.failed)


class _Deliver(beam.DoFn):
    """Hands each recipient to a pool and yields what came back, at the latest when the bundle ends."""

    def __init__(self, opened: Callable[[], Opened], side_by_side: int) -> None:
        self._open, self._side_by_side = opened, side_by_side

    def setup(self) -> None:
        self._opened = hold(self._open)
        self._pool = ThreadPoolExecutor(self._side_by_side, thread_name_prefix="deliver")

    def start_bundle(self) -> None:
        self._under_way: list[Future[list[Delivered]]] = []

    def process(self, keyed: Keyed, until: Millis | None) -> Iterable[Delivered]:
        key, packed = keyed
        self._under_way.append(self._pool.submit(self._deliver, key, packed, until))
        while len(self._under_way) > 2 * self._side_by_side:
            yield from self._under_way.pop(0).result()

    def finish_bundle(self) -> Iterator[Any]:
        for future in self._under_way:
            for output in future.result():
                yield _windowed(output)
        self._under_way = []

    def teardown(self) -> None:
        self._pool.shutdown()
        release(self._open)

    def _deliver(self, key: str, packed: bytes, until: Millis | None) -> list[Delivered]:
        try:
            outcomes = self._opened.delivery.deliver(_items(packed), until)
        except (StoreDown, ConfigurationError):
            raise
        except Exception as error:  # a fault of ours buries this recipient's items, and only these
            letter = DeadLetter("Deliver", cause(error), key, packed)
            return [TaggedOutput("failed", pack_record(letter))]
        return [pack_record(outcome) for outcome in outcomes]


class _DeliverRest(beam.DoFn):
    """Takes up what is due of everyone who was not served; comes when all deliveries are over, which `last` says."""

    def __init__(self, opened: Callable[[], Opened]) -> None:
        self._open = opened

    def setup(self) -> None:
        self._opened = hold(self._open)

    def process(self, _: None, until: Millis | None, served: Iterable[str], last: int) -> Iterable[bytes]:  # noqa: ARG002
        been = frozenset(served)
        outcomes = self._opened.delivery.sweep(until, lambda shop, recipient: recipient_key(shop, recipient) in been)
        return [pack_record(outcome) for outcome in outcomes]

    def teardown(self) -> None:
        release(self._open)


def _recipient(keyed: Keyed) -> str:
    return keyed[0]


def _items(packed: bytes) -> list[Message | Withdraw]:
    items: list[Message | Withdraw] = []
    for item in unpack_items(packed):
        if not isinstance(item, Message | Withdraw):
            raise TypeError("Deliver takes messages and withdrawals; compose notices first")
        items.append(item)
    return items


def _windowed(output: Delivered) -> Any:
    """What a bundle's end may yield: a value with its window."""
    if isinstance(output, TaggedOutput):
        return TaggedOutput(output.tag, WindowedValue(output.value, MIN_TIMESTAMP, [GlobalWindow()]))
    return WindowedValue(output, MIN_TIMESTAMP, [GlobalWindow()])
