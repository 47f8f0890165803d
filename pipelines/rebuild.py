"""Rebuild: the states of all keys as a cut-off of the log leaves them, so that a live run can go on from there.

It goes on from the newest generation of the cache of states, so a rebuild each night costs one day's events.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import AsSingleton, TaggedOutput

from connectors.live import LiveSettings
from connectors.store.cells import Generation, Kept
from pipelines.graph import ACTORS, run
from pipelines.live import door
from pipelines.progress import did
from pipelines.rules.actor import Actor
from pipelines.rules.context import Bundles, LogContext
from pipelines.rules.routes import bundled, bury, route
from pipelines.rules.unfold import dump_cell, go_on, is_empty, load_cell
from pipelines.transforms.act import WAKE
from pipelines.transforms.given import Given
from pipelines.transforms.hear import Hear
from pipelines.transforms.keep import Keep, Remember
from pipelines.transforms.normalize import Normalize
from pipelines.transforms.recall import FromCells, waking_of
from pipelines.transforms.waiting import STORE_BACK
from schemas.errors import StoreDown
from schemas.times import Millis
from schemas.wire import bundle, unbundle

CHUNK = 50_000
"""Entries of the log that are held in memory together."""

_PAGE = 2_000


def rebuild(
    settings: LiveSettings,
    cut_off: Millis,
    tell: Callable[[int, int], None] = lambda *_: None,
    keep: Iterable[int] = (),
) -> Generation:
    """Bring the cache of states to the cut-off (message time) and keep what people read on the way. Nothing is sent.
    `tell` hears how many entries of how many are done; generations of `keep` are not forgotten. Gives the generation
    that a live run begins with."""
    live = settings()
    live.surroundings.look()
    generation = live.cells.newest()
    end = live.log.position_at(cut_off)
    while generation.cut_off < cut_off:
        begin = live.log.position_at(generation.cut_off) if generation.number else 0
        until = cut_off if begin + CHUNK >= end else live.log.recorded_at(begin + CHUNK)
        number = live.cells.begin(generation)
        run_patiently(_Chunk(settings, generation, number, begin, live.log.position_at(until), until))
        generation = live.cells.finish(number, until, keep)
        live.surroundings.look()
        tell(min(begin + CHUNK, end), end)
    live.surroundings.forget(generation.cut_off)
    return generation


def run_patiently(graph: beam.PTransform) -> None:
    """Run it. Raises StoreDown if the store was away for longer than a bundle waits: of what a bundle raised, the
    embedded runner keeps the words alone."""
    try:
        run(graph)
    except RuntimeError as failed:
        if StoreDown.__name__ not in str(failed):
            raise
        raise StoreDown("it was away for too long while states were rebuilt") from None


@dataclass
class _Chunk(beam.PTransform):
    """Expects a pipeline. Steps all keys from a generation on, into generation `number`, by the log's entries behind
    `begin`, up to `end`, and by their wakes, up to the moment `until`."""

    settings: LiveSettings
    generation: Generation
    number: int
    begin: int
    end: int
    until: Millis

    def expand(self, pipeline: Any) -> Any:
        live = self.settings()
        pages = [(page, min(page + _PAGE, self.end)) for page in range(self.begin, self.end, _PAGE)]
        logged = pipeline | "Read" >> beam.Create(pages) | beam.FlatMap(_lines, self.settings)
        events = logged | "Normalize" >> Normalize(Given(door(live)))
        known = pipeline | "Known" >> beam.Create(live.surroundings.entries())
        context = (known, events.context) | "Context" >> beam.Flatten() | beam.combiners.ToList()

        def act(name: str, actor: Actor, *arrivals: Any) -> Any:
            waiting = (
                pipeline
                | f"Waiting {name}" >> beam.Create([actor.name])
                | f"Due {name}" >> beam.FlatMap(_waiting, self.settings, self.generation.number, self.until)
            )
            grouped = (waiting, *arrivals) | f"To {name}" >> beam.Flatten() | f"By key {name}" >> beam.GroupByKey()
            step = beam.ParDo(_GoOn(self, actor, live.surroundings.bundles()), AsSingleton(context))
            return grouped | name >> step.with_outputs("records", "cells", main="said")

        parcels = act("Track", ACTORS.track, events.track)
        orders = act("Gather", ACTORS.gather, events.gather, parcels.said)
        people = act("Plan", ACTORS.plan, events.plan, orders.said)

        records = (parcels.records, orders.records, people.records, events.failed) | "Records" >> beam.Flatten()
        _ = records | "Keep" >> Keep(self.settings)
        _ = events.context | "Remember" >> Remember(self.settings)
        _ = events.plan | "Hear" >> Hear(self.settings)
        cells = (parcels.cells, orders.cells, people.cells) | "Cells" >> beam.Flatten()
        return cells | "Put" >> beam.ParDo(_Put(self.settings, self.number))


def _lines(page: tuple[int, int], settings: LiveSettings) -> Iterator[tuple[str, int, bytes]]:
    begin, end = page
    for logged in STORE_BACK(settings().log.read, begin, end - begin):
        if logged.position <= end:
            yield f"log:{logged.position}", logged.recorded_at, logged.event
    did("lines", end - begin)


def _waiting(actor: str, settings: LiveSettings, generation: int, until: Millis) -> Iterator[tuple[str, bytes]]:
    return ((key, WAKE) for key, _ in STORE_BACK(waking_of, settings, generation, actor, until))


class _Put(beam.DoFn):
    """Writes the cells of a generation."""

    def __init__(self, settings: LiveSettings, number: int) -> None:
        self._settings, self._number = settings, number

    def start_bundle(self) -> None:
        self._kept: list[Kept] = []

    def process(self, kept: tuple[str, str, Millis | None, bytes | None]) -> None:
        self._kept.append(Kept(*kept))

    def finish_bundle(self) -> None:
        STORE_BACK(self._settings().cells.put, self._number, self._kept)


class _GoOn(beam.DoFn):
    """The loop over one key, from where its cell left it. Notices are decided and not handed on: they are history."""

    def __init__(self, chunk: _Chunk, actor: Actor, bundles: Bundles) -> None:
        self._recall = FromCells(chunk.settings, chunk.generation.number)
        self._actor, self._bundles, self._until = actor, bundles, chunk.until

    def setup(self) -> None:
        self._context: LogContext | None = None

    def process(self, keyed: tuple[str, Iterable[bytes]], entries: list[bytes]) -> Iterable[Any]:
        key, arrivals = keyed
        if self._context is None:
            self._context = LogContext(self._bundles, entries)
        name = self._actor.name
        before = load_cell(self._recall(name, key))
        taken = [arrival for value in arrivals if value != WAKE for arrival in unbundle(value)]
        cell, life = go_on(self._actor, before, taken, self._context, self._until)
        routed = route(name, key, life.said)
        yield from bundled((to, value) for to, value in routed.onward if name != ACTORS.plan.name)
        records = [*routed.records, *(bury(name, key, failure) for failure in life.failed)]
        if records:
            yield TaggedOutput("records", bundle(records))
        yield TaggedOutput("cells", (name, key, cell.wake_at, None if is_empty(cell) else dump_cell(cell)))
