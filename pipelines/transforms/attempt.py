"""Attempt: live, what was composed is claimed and sent at once, and what falls due is taken up again."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import apache_beam as beam
from apache_beam.io.unbounded_source import ReadFromUnboundedSource, UnboundedReader, UnboundedSource
from apache_beam.pvalue import TaggedOutput
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.timestamp import Timestamp
from apache_beam.utils.windowed_value import WindowedValue

from connectors.live import LiveSettings
from connectors.outcomes import outcome_of
from connectors.store.claims import Claim
from pipelines.rules.ledger import CATCHING_UP, State
from pipelines.rules.unfold import cause
from pipelines.transforms.read_log import _Mark, _MarkCoder
from pipelines.transforms.waiting import LOG_BACK, STORE_BACK
from schemas.errors import ConfigurationError, StoreDown
from schemas.messages import DeadLetter, Message, Withdraw
from schemas.wire import pack_record, unpack_items
from templates.links import KeptLink, links_of

Keyed = tuple[str, bytes]

Due = tuple[str, str, str]
"""A message that is due: its leader, channel and state."""

Attempted: TypeAlias = bytes | TaggedOutput[Literal["failed"], bytes]


class Outputs(NamedTuple):
    """What `Attempt` gives: packed Outcomes, packed DeadLetters."""

    records: Any
    failed: Any


@dataclass
class Attempt(beam.PTransform):
    """Expects a PCollection of (recipient key, packed Messages and Withdraws). Outputs `records`: packed Outcomes;
    `failed`: packed DeadLetters. One recipient's items go in order, recipients side by side."""

    settings: LiveSettings

    def expand(self, items: Any) -> Any:
        attempted = items | beam.ParDo(_Attempt(self.settings)).with_outputs("failed", main="records")
        return Outputs(attempted.records, attempted.failed)


@dataclass
class TakeUp(beam.PTransform):
    """Expects a pipeline. Polls the ledger for what is due, whatever became of the worker that had it, and goes on
    with it. Outputs as `Attempt` does."""

    settings: LiveSettings

    def expand(self, pipeline: Any) -> Any:
        due = pipeline | ReadFromUnboundedSource(_DueSource(self.settings), poll_interval=0.5)
        due = due | "Spread" >> beam.Map(_spread).with_output_types(tuple[str, Due])
        attempted = due | beam.ParDo(_TakeUp(self.settings)).with_outputs("failed", main="records")
        return Outputs(attempted.records, attempted.failed)


def _spread(due: Due) -> tuple[str, Due]:
    return due[0], due


class _InPool(beam.DoFn):
    """Works in the process's pool; what came of it is given when the bundle ends."""

    def __init__(self, settings: LiveSettings) -> None:
        self._settings = settings

    def setup(self) -> None:
        self._live = self._settings()

    def start_bundle(self) -> None:
        self._under_way: list[Future[list[Attempted]]] = []

    def _submit(self, work: Callable[..., Iterable[Claim]], *arguments: Any) -> None:
        self._under_way.append(self._live.pool.submit(self._safely, work, arguments))

    def _safely(self, work: Callable[..., Iterable[Claim]], arguments: Any) -> list[Attempted]:
        self._live.surroundings.bundles()  # a budget goes by what is in force, and is not looked up within a claim
        try:
            claims = STORE_BACK(work, *arguments)
        except (StoreDown, ConfigurationError):
            raise
        except Exception as error:  # a fault of ours buries these items, and only these
            return [TaggedOutput("failed", pack_record(self._letter(cause(error), *arguments)))]
        outcomes = [outcome_of(claim) for claim in claims]
        return [pack_record(outcome) for outcome in outcomes if outcome is not None]

    def _letter(self, reason: str, *arguments: Any) -> DeadLetter:
        raise NotImplementedError

    def finish_bundle(self) -> Iterator[Any]:
        for future in self._under_way:
            for output in future.result():
                yield _windowed(output, Timestamp(micros=self._live.clock.now() * 1000))
        self._under_way = []


class _Attempt(_InPool):
    def start_bundle(self) -> None:
        super().start_bundle()
        self._by_key: dict[str, list[bytes]] = {}

    def process(self, keyed: Keyed) -> None:
        key, packed = keyed
        self._by_key.setdefault(key, []).append(packed)

    def finish_bundle(self) -> Iterator[Any]:
        for key, packed in self._by_key.items():
            self._submit(self._hand_over, key, packed)
        yield from super().finish_bundle()

    def _hand_over(self, _key: str, packed: list[bytes]) -> list[Claim]:
        """One recipient's items, in their order. What a backlog brings waits in the ledger until that is read."""
        delivery, clock, abreast = self._live.opened.delivery, self._live.clock, self._live.abreast
        items = [_sayable(item) for each in packed for item in unpack_items(each)]
        waits = [CATCHING_UP if abreast.is_stale(item.at) else "" for item in items]
        self._live.links.keep(link for item in items for link in self._links(item))
        return [
            claim
            for item, wait in zip(items, waits, strict=True)
            for claim in delivery.hand_over(item, clock.at(), wait)
        ]

    def _links(self, item: Message | Withdraw) -> tuple[KeptLink, ...]:
        """What the links of a message open; they are kept before it goes, or its reader would find nothing."""
        return links_of(item, self._live.keys.links) if isinstance(item, Message) else ()

    def _letter(self, reason: str, *arguments: Any) -> DeadLetter:
        key, packed = arguments
        return DeadLetter("Deliver", reason, key, packed[0], self._live.clock.now())


class _TakeUp(_InPool):
    def process(self, keyed: tuple[str, Due]) -> None:
        self._submit(self._take_up, keyed[1])

    def _take_up(self, due: Due) -> list[Claim]:
        leader, _, state = due
        if state == State.SENT:  # its answer comes back by the log
            LOG_BACK(self._live.unheard.ask, leader, self._live.clock.at())
            return []
        claim = self._live.opened.delivery.take_up(*due, self._live.clock.at())
        return [] if claim is None else [claim]

    def _letter(self, reason: str, *arguments: Any) -> DeadLetter:
        return DeadLetter("Deliver", reason, arguments[0][0], b"", self._live.clock.now())


def _sayable(item: object) -> Message | Withdraw:
    if not isinstance(item, Message | Withdraw):
        raise TypeError("Attempt takes messages and withdrawals; compose notices first")
    return item


def _windowed(output: Attempted, at: Timestamp) -> Any:
    """What a bundle's end may yield: a value with its window."""
    if isinstance(output, TaggedOutput):
        return TaggedOutput(output.tag, WindowedValue(output.value, at, [GlobalWindow()]))
    return WindowedValue(output, at, [GlobalWindow()])


@dataclass(frozen=True)
class _DueSource(UnboundedSource):
    settings: LiveSettings

    def split(self, desired_num_splits: int, options: Any = None) -> list[UnboundedSource]:  # noqa: ARG002
        return [self]

    def create_reader(self, options: Any, checkpoint_mark: Any) -> UnboundedReader:  # noqa: ARG002
        return _DueReader(self.settings)

    def get_checkpoint_mark_coder(self) -> Any:
        return _MarkCoder()


class _DueReader(UnboundedReader):
    """The ledger is the queue: nothing is acknowledged, what was not settled is due again."""

    def __init__(self, settings: LiveSettings) -> None:
        self._live = settings()
        self._waiting: list[Due] = []
        self._at = self._live.clock.now()

    def start(self) -> bool:
        """Look for what is due."""
        return self.advance()

    def advance(self) -> bool:
        """Go to the next message that is due; False if there is none now."""
        if not self._waiting:
            self._at = self._live.clock.now()
            self._waiting = self._live.due_now()[::-1]
        if not self._waiting:
            return False
        self._current = self._waiting.pop()
        return True

    def get_current(self) -> Due:
        """What is due."""
        return self._current

    def get_current_timestamp(self) -> Timestamp:
        """When it was found."""
        return Timestamp(micros=self._at * 1000)

    def get_watermark(self) -> Timestamp:
        """What comes is found later."""
        return Timestamp(micros=self._at * 1000)

    def get_checkpoint_mark(self) -> _Mark:
        """There is no place to go on from but the ledger."""
        return _Mark(0)
