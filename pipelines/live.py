"""The live graph, on one page: the same stages as a replay's, stepping as the log grows, without end."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import apache_beam as beam

from connectors.live import LiveSettings
from connectors.platforms.reading import WebhookReading
from connectors.store.cells import Generation
from couriers.overrides import Reading
from pipelines.graph import ACTORS, Actors
from pipelines.rules.book import book_of
from pipelines.rules.context import newest_of
from pipelines.rules.normalize import Door
from pipelines.transforms.act import ActLive
from pipelines.transforms.attempt import Attempt, TakeUp
from pipelines.transforms.beat import Beat
from pipelines.transforms.bury import Bury
from pipelines.transforms.compose import Compose, Words
from pipelines.transforms.hear import Hear
from pipelines.transforms.judge import Judge
from pipelines.transforms.keep import Keep, MarkProgress, Remember
from pipelines.transforms.link import Link
from pipelines.transforms.normalize import Normalize
from pipelines.transforms.publish_results import PublishResults
from pipelines.transforms.read_log import ReadLog
from pipelines.transforms.recall import FromCells, Recall
from pipelines.transforms.tell_again import TellAgain
from schemas.times import Millis


@dataclass(frozen=True)
class Begin:
    """Where a live run goes on: behind this position of the log, from these states."""

    position: int
    generation: Generation


@dataclass(frozen=True)
class FromLive:
    """Asks something of what is open in the worker's process; pickles."""

    settings: LiveSettings
    ask: Callable[[Any], Any]

    def __call__(self) -> Any:
        """The answer as of now."""
        return self.ask(self.settings())


def door(live: Any) -> Door:
    """What Normalize must know, as of now."""
    seen = live.surroundings
    webhooks = WebhookReading(newest_of(seen.bundles()))
    return Door(book_of(seen.bundles(), live.keys.people), Reading(seen.meanings()), webhooks=webhooks)


def door_anew(live: Any) -> Door:
    """The same, looked up now: a bundle is put there a moment before the log says that it is in force."""
    live.surroundings.look()
    return door(live)


def words(live: Any) -> Words:
    """What Compose must know, as of now."""
    return Words(live.surroundings.bundles(), live.keys.links)


def context(live: Any) -> Any:
    """What steps look up."""
    return live.surroundings


def now(live: Any) -> Millis:
    """The moment on the run's clock."""
    return int(live.clock.now())


@dataclass
class Live(beam.PTransform):
    """Expects a pipeline. Runs the log of `settings` from `begin` on, for ever. `source` reads the log."""

    settings: LiveSettings
    begin: Begin
    source: beam.PTransform | None = None
    actors: Actors = ACTORS

    def expand(self, pipeline: Any) -> Any:
        settings, of = self.settings, partial(FromLive, self.settings)
        logged = pipeline | "Read" >> (self.source or ReadLog(settings, self.begin.position))
        events = logged | "Normalize" >> Normalize(of(door), of(door_anew))
        waiting = pipeline | "Recall" >> Recall(settings, self.begin.generation)
        recall = FromCells(settings, self.begin.generation.number)

        def act(actor: Any) -> ActLive:
            return ActLive(actor, of(context), of(now), recall)

        parcels = (events.track, waiting.track) | "Parcels" >> beam.Flatten() | "Track" >> act(self.actors.track)
        orders = (events.gather, waiting.gather, parcels.said) | "Orders" >> beam.Flatten()
        orders = orders | "Gather" >> act(self.actors.gather)
        people = (events.plan, waiting.plan, orders.said) | "People" >> beam.Flatten()
        people = people | "Plan" >> act(self.actors.plan)

        messages = people.said | "Compose" >> Compose(of(words))
        attempted = messages.said | "Attempt" >> Attempt(settings)
        taken_up = pipeline | "Due" >> TakeUp(settings)
        told_again = pipeline | "Tell again" >> TellAgain(settings, self.begin.generation)

        failed = (events.failed, parcels.failed, orders.failed, people.failed, messages.failed)
        failed = (*failed, attempted.failed, taken_up.failed) | "Failed" >> beam.Flatten()
        buried = failed | "Judge" >> Judge(settings) | "Bury" >> Bury()
        records = (parcels.records, orders.records, people.records, messages.records)
        records = (*records, attempted.records, taken_up.records, told_again, buried) | "Records" >> beam.Flatten()

        kept = records | "Keep" >> Keep(settings)
        linked = parcels.said | "Link" >> Link(settings)
        beats = parcels.said | "Beat" >> Beat(settings)
        remembered = events.context | "Remember" >> Remember(settings)
        heard = events.plan | "Hear" >> Hear(settings)
        done: tuple[Any, ...] = (kept, linked, beats, remembered, heard)
        if settings.pubsub is not None:
            done = (*done, records | "Publish" >> PublishResults(settings))
        return done | "Mark" >> MarkProgress(settings, self.begin.generation.cut_off)
