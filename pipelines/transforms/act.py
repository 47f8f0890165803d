"""Act: any of the three actors over keyed arrivals, bounded or live."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Literal, TypeAlias

import apache_beam as beam
from apache_beam.coders import BytesCoder
from apache_beam.pvalue import TaggedOutput
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec, TimerSpec, on_timer
from apache_beam.utils.timestamp import Timestamp

from pipelines.progress import did
from pipelines.rules.actor import Actor, Context
from pipelines.rules.context import Bundles, LogContext, Until, end_of
from pipelines.rules.routes import bundled, bury, route
from pipelines.rules.unfold import Cell, Life, dump_cell, is_empty, live_arrival, live_wake, load_cell, unfold
from schemas.times import Millis
from schemas.wire import bundle, unbundle

Keyed = tuple[str, bytes]

Acted: TypeAlias = Keyed | TaggedOutput[Literal["records"], bytes] | TaggedOutput[Literal["failed"], bytes]


@dataclass
class Act(beam.PTransform):
    """Expects a PCollection of (key, packed arrivals). Outputs `said`: keyed packed arrivals for the next actor, one
    element for each key spoken to, or one element of packed items a key; `records`: packed records, one element a key;
    `failed`: packed DeadLetters of steps that raised.

    `context` is a PCollection of one list: the packed entries of the log's context. What the actor says to people
    before `since` is left out.
    """

    actor: Actor
    bundles: Bundles
    context: Any
    until: Until = "last"
    since: Millis = 0

    def expand(self, arrivals: Any) -> Any:
        unfold_keys = beam.ParDo(_Unfold(self), beam.pvalue.AsSingleton(self.context))
        return arrivals | beam.GroupByKey() | unfold_keys.with_outputs("records", "failed", main="said")


class _Unfold(beam.DoFn):
    """The loop over one key. The context is built once: the log's entries are the same for every key."""

    def __init__(self, act: Act) -> None:
        self._actor, self._bundles, self._until, self._since = act.actor, act.bundles, act.until, act.since

    def setup(self) -> None:
        self._context: LogContext | None = None

    def process(self, keyed: tuple[str, Iterable[bytes]], entries: list[bytes]) -> Iterable[Acted]:
        key, arrivals = keyed
        context = self._context
        if context is None:
            context = self._context = LogContext(self._bundles, entries)
        taken = chain.from_iterable(map(unbundle, arrivals))
        life = unfold(self._actor, taken, context, end_of(self._until, context))
        routed = route(self._actor.name, key, life.said, self._since)
        did(self._actor.name)
        yield from bundled(routed.onward)
        if routed.records:
            yield TaggedOutput("records", bundle(routed.records))
        yield from _failed(self._actor.name, key, life)


def _failed(name: str, key: str, life: Life) -> Iterable[Acted]:
    for failure in life.failed:
        yield TaggedOutput("failed", bury(name, key, failure))


WAKE = b""
"""In the place of an arrival: the key is in the cache of states and wants to be woken."""


def forgetful(actor: str, key: str) -> bytes | None:  # noqa: ARG001
    """A cache of states that knows nothing: the run begins with the log."""
    return None


@dataclass
class ActLive(beam.PTransform):
    """Expects an unbounded PCollection of (key, packed arrival or WAKE) in the global window. Outputs as `Act` does,
    step by step. `context` and `clock` are picklable; a wake that falls due later than `clock` says is a drain and is
    not stepped, so that a drained key keeps what it holds. `recall` gives the packed cell that an earlier run left of
    a key, by the actor's name and the key."""

    actor: Actor
    context: Callable[[], Context]
    clock: Callable[[], Millis]
    recall: Callable[[str, str], bytes | None] = forgetful

    def expand(self, arrivals: Any) -> Any:
        return arrivals | beam.ParDo(_stepper(self)).with_outputs("records", "failed", main="said")


def _stepper(stage: ActLive) -> beam.DoFn:
    """The stateful DoFn of an actor. Cell and timer bear the actor's name: equal timer names of fused stages cross."""
    actor, context_of, clock = stage.actor, stage.context, stage.clock
    recall = partial(stage.recall, actor.name)
    cell_spec = ReadModifyWriteStateSpec(f"{actor.name}-cell", BytesCoder())
    due_spec = TimerSpec(f"{actor.name}-due", TimeDomain.WATERMARK)

    held, timer = beam.DoFn.StateParam(cell_spec), beam.DoFn.TimerParam(due_spec)
    of_key, at = beam.DoFn.KeyParam, beam.DoFn.TimestampParam

    class _Step(beam.DoFn):
        def setup(self) -> None:
            self._context = context_of()

        def process(self, keyed: Keyed, state: Any = held, due: Any = timer) -> Iterable[Acted]:
            key, arrival = keyed
            before = state.read()
            cell = load_cell(recall(key) if before is None else before)
            if arrival == WAKE:
                if before is None:
                    _keep(cell, state, due, was_recalled=True)
                return
            cell, life = live_arrival(actor, cell, arrival, self._context)
            if life is not None:
                _keep(cell, state, due, was_recalled=is_empty(cell) and recall(key) is not None)
                yield from _spoken(actor.name, key, life)

        @on_timer(due_spec)
        def wake(self, key: Any = of_key, fired: Any = at, state: Any = held, due: Any = timer) -> Iterable[Acted]:
            before = load_cell(state.read())
            if before.wake_at is None or before.wake_at > clock():
                return
            cell, life = live_wake(actor, before, fired.micros // 1000, self._context)
            _keep(cell, state, due, was_recalled=is_empty(cell) and recall(key) is not None)
            yield from _spoken(actor.name, key, life)

    return _Step()


def _spoken(name: str, key: str, life: Life) -> Iterable[Acted]:
    """All that a live step gives."""
    routed = route(name, key, life.said)
    yield from routed.onward
    for record in routed.records:
        yield TaggedOutput("records", record)
    yield from _failed(name, key, life)


def _keep(cell: Cell, state: Any, due: Any, was_recalled: bool) -> None:
    """Store the cell and set its timer. A key that has ended keeps nothing, unless the cache of states would bring it
    back to life."""
    if is_empty(cell) and not was_recalled:
        state.clear()
        due.clear()
        return
    state.write(dump_cell(cell))
    if cell.wake_at is None:
        due.clear()
    else:
        due.set(Timestamp(micros=cell.wake_at * 1000))
