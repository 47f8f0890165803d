"""Normalize: lines of the log to what the three actors take."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from pipelines.rules.context import Reached, pack_entry
from pipelines.rules.normalize import Door, Keyed, normalize
from pipelines.rules.unfold import cause
from schemas.events import SHOP_CONFIGURED
from schemas.messages import DeadLetter
from schemas.times import Millis
from schemas.wire import pack_record

Line = tuple[str, Millis, bytes]
"""Where it stands (`events.jsonl:12`, `log:4711`), when the log had it (0: the line says so itself), and its bytes."""

_CONFIGURED = SHOP_CONFIGURED.encode()

Normalized: TypeAlias = (
    tuple[str, bytes]
    | TaggedOutput[Literal["gather"], tuple[str, bytes]]
    | TaggedOutput[Literal["plan"], tuple[str, bytes]]
    | TaggedOutput[Literal["context"], bytes]
    | TaggedOutput[Literal["failed"], bytes]
)


@dataclass
class Normalize(beam.PTransform):
    """Expects a PCollection of lines. Outputs keyed packed arrivals `track`, `gather` and `plan`, `context`: packed
    entries of the context, and `failed`: packed DeadLetters. `door` is asked once a bundle, and pickles; live, `anew`
    is asked where a line says that a shop has another configuration, for that may be younger than what `door` saw."""

    door: Callable[[], Door]
    anew: Callable[[], Door] | None = None

    def expand(self, lines: Any) -> Any:
        return lines | beam.ParDo(_Normalize(self.door, self.anew)).with_outputs(
            "gather", "plan", "context", "failed", main="track"
        )


class _Normalize(beam.DoFn):
    def __init__(self, door: Callable[[], Door], anew: Callable[[], Door] | None) -> None:
        self._door_now, self._door_anew = door, anew

    def start_bundle(self) -> None:
        self._reached = 0
        self._door = self._door_now()

    def process(self, line: Line) -> Iterable[Normalized]:
        where, logged, text = line
        if self._door_anew is not None and _CONFIGURED in text:
            self._door = self._door_anew()
        try:
            recorded, items = normalize(text, self._door, where, logged or None)
        except Exception as error:  # a bug in a reader must not stop the others
            items = [DeadLetter("Normalize", cause(error), "", text, line=where)]
            recorded = logged
        if recorded > self._reached:
            self._reached = recorded
        for item in items:
            if isinstance(item, Keyed):
                keyed = (item.key, item.arrival)
                yield keyed if item.to == "track" else TaggedOutput(item.to, keyed)
            elif isinstance(item, DeadLetter):
                yield TaggedOutput("failed", pack_record(item))
            else:
                yield TaggedOutput("context", pack_entry(item))

    def finish_bundle(self) -> Iterable[Any]:
        """How far the log goes, so that a run can end there."""
        reached = pack_entry(Reached(self._reached))
        window = GlobalWindow()
        yield TaggedOutput("context", WindowedValue(reached, window.max_timestamp(), (window,)))
