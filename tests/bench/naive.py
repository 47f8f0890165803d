"""What one would write first: the same reducers in stateful DoFns with timers, a cell a field, Beam's cache as shipped.

Its outputs need not agree with the pipeline's: a bounded run of timers is no simulation of event time.
"""

import dataclasses
from collections.abc import Iterable
from typing import Any

import apache_beam as beam
from apache_beam.coders import PickleCoder
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec, TimerSpec, on_timer
from apache_beam.utils.timestamp import Timestamp

from pipelines.graph import Actors, Log
from pipelines.rules.actor import Actor
from pipelines.rules.context import LogContext
from pipelines.rules.gather_state import OrderState
from pipelines.rules.plan_state import PlanState
from pipelines.rules.routes import route
from pipelines.rules.track_state import ParcelState
from pipelines.sources import ReadLines
from pipelines.transforms.given import Given
from pipelines.transforms.normalize import Normalize
from schemas.times import Millis
from schemas.wire import unpack

STATES = {"track": ParcelState, "gather": OrderState, "plan": PlanState}


@dataclasses.dataclass
class Naive(beam.PTransform):
    """Expects a pipeline. Outputs what the last stage says."""

    log: Log
    actors: Actors
    context: LogContext  # given ready-made: Beam confuses a stateful DoFn's side input with its main one

    def expand(self, pipeline: Any) -> Any:
        events = pipeline | ReadLines(self.log.paths) | Normalize(Given(self.log.door))
        said = events.track | "track" >> stage(self.actors.track, self.context)
        said = (events.gather, said) | "orders" >> beam.Flatten() | "gather" >> stage(self.actors.gather, self.context)
        return (events.plan, said) | "people" >> beam.Flatten() | "plan" >> stage(self.actors.plan, self.context)


def stage(actor: Actor, context: LogContext) -> Any:
    return beam.ParDo(_dofn(actor, context)).with_output_types(tuple[str, bytes])


def fields_of(state: type) -> list[str]:
    """The fields that a state is made of."""
    if dataclasses.is_dataclass(state):
        return [field.name for field in dataclasses.fields(state) if field.compare]
    return list(state.__struct_fields__)  # type: ignore[attr-defined]


def _dofn(actor: Actor, context: LogContext) -> beam.DoFn:
    kind, due = STATES[actor.name], TimerSpec(f"{actor.name}-due", TimeDomain.WATERMARK)
    names = fields_of(kind)
    cells = {name: beam.DoFn.StateParam(ReadModifyWriteStateSpec(name, PickleCoder())) for name in ("seen", *names)}
    timer = beam.DoFn.TimerParam(due)

    class Step(beam.DoFn):
        def step(self, key: str, moment: Millis, arrival: Any, timer: Any, **cells: Any) -> Iterable[tuple[str, bytes]]:
            now = max(moment, cells["seen"].read() or 0)
            values = {name: cells[name].read() for name in names}
            state = None if values[names[0]] is None else kind(**values)
            state, outputs, wake_at = actor.step(state, now, arrival, context)
            for name in names:
                cells[name].clear() if state is None else cells[name].write(getattr(state, name))
            cells["seen"].write(now)
            if wake_at is not None and wake_at <= context.last:
                timer.set(Timestamp(micros=wake_at * 1000))
            yield from route(actor.name, key, [(now, output) for output in outputs]).onward

    # a DoFn's parameters stand in its signature: one for each field
    listed = ", ".join(f"{name}=cells['{name}']" for name in cells)
    passed = ", ".join(f"{name}={name}" for name in cells)
    source = f"""
def process(self, keyed, due=timer, {listed}):
    arrival = unpack(keyed[1])
    yield from self.step(keyed[0], arrival.recorded, arrival, due, {passed})

def wake(self, key=beam.DoFn.KeyParam, at=beam.DoFn.TimestampParam, due=timer, {listed}):
    yield from self.step(key, at.micros // 1000, None, due, {passed})
"""
    scope: dict[str, Any] = {"cells": cells, "timer": timer, "beam": beam, "unpack": unpack}
    exec(source, scope)
    Step.process = scope["process"]
    Step.wake = on_timer(due)(scope["wake"])
    return Step()
