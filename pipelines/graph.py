"""The graph, on one page: from the log to what customers hear, and all that is written about it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import AsSingleton
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from connectors.opening import Opened
from connectors.platforms.reading import WebhookReading
from pipelines.rules.actor import Actor
from pipelines.rules.book import book_of
from pipelines.rules.context import Bundles, LogContext, Until, end_of, newest_of
from pipelines.rules.gather import GATHER
from pipelines.rules.normalize import Door, Reader
from pipelines.rules.plan import PLAN
from pipelines.rules.track import TRACK
from pipelines.sources import ReadLines
from pipelines.transforms.act import Act
from pipelines.transforms.bury import Bury
from pipelines.transforms.compose import Compose, Words
from pipelines.transforms.deliver import Deliver
from pipelines.transforms.given import Given
from pipelines.transforms.normalize import Normalize
from schemas.settings import Keys
from schemas.times import Millis


class Actors(NamedTuple):
    """The three reducers."""

    track: Actor
    gather: Actor
    plan: Actor


ACTORS = Actors(TRACK, GATHER, PLAN)


@dataclass(frozen=True)
class Log:
    """A log to replay: its files, the shops' bundles, the keys, how couriers are read, and which part of it counts.

    `until`: a moment, "last" (the last recorded time) or "quiet". `since`: what would have been said before is neither
    decided nor sent in the report; all arrivals still build the state."""

    paths: tuple[str, ...]
    bundles: Bundles
    keys: Keys
    read: Reader
    until: Until = "last"
    since: Millis = 0

    @property
    def door(self) -> Door:
        """What Normalize must know."""
        webhooks = WebhookReading(newest_of(self.bundles))
        return Door(book_of(self.bundles, self.keys.people), self.read, _moment(self.until), webhooks)


def _moment(until: Until) -> Millis | None:
    return until if isinstance(until, int) else None


class Decided(NamedTuple):
    """Notices and withdrawals by recipient, packed records, packed dead letters, and when the run ends."""

    notices: Any
    records: Any
    failed: Any
    end: Any


@dataclass
class Decide(beam.PTransform):
    """Expects a pipeline. Outputs what is to be said to each recipient, with the records and failures on the way."""

    log: Log
    actors: Actors

    def expand(self, pipeline: Any) -> Any:
        log, actors = self.log, self.actors
        events = pipeline | "Read" >> ReadLines(log.paths) | "Normalize" >> Normalize(Given(log.door))
        context = events.context | "Context" >> beam.combiners.ToList()

        parcels = events.track | "Track" >> Act(actors.track, log.bundles, context, log.until)
        orders = (events.gather, parcels.said) | "Orders" >> beam.Flatten()
        orders = orders | "Gather" >> Act(actors.gather, log.bundles, context, log.until)
        people = (events.plan, orders.said) | "People" >> beam.Flatten()
        people = people | "Plan" >> Act(actors.plan, log.bundles, context, log.until, log.since)

        records = (parcels.records, orders.records, people.records) | "Records" >> beam.Flatten()
        failed = (events.failed, parcels.failed, orders.failed, people.failed) | "Failed" >> beam.Flatten()
        end = context | "End" >> beam.Map(_end, log.until)
        return Decided(people.said, records, failed, end)


def _end(entries: list[bytes], until: Until) -> Millis | None:
    return end_of(until, LogContext({}, entries))


@dataclass
class Replay(beam.PTransform):
    """Expects a pipeline. Sends what `Decide` decides by what `opened` opens, and hands all records to `record`."""

    log: Log
    actors: Actors
    opened: Callable[[], Opened]
    record: beam.PTransform

    def expand(self, pipeline: Any) -> Any:
        decided = pipeline | "Decide" >> Decide(self.log, self.actors)
        messages = decided.notices | "Compose" >> Compose(Given(Words(self.log.bundles, self.log.keys.links)))
        outcomes = messages.said | "Deliver" >> Deliver(self.opened, AsSingleton(decided.end))
        buried = (decided.failed, messages.failed, outcomes.failed) | "All failed" >> beam.Flatten() | "Bury" >> Bury()
        records = (decided.records, messages.records, outcomes.records, buried) | "All records" >> beam.Flatten()
        return records | "Record" >> self.record


def run(graph: beam.PTransform) -> Any:
    """Run a bounded graph on the embedded runner, which needs no binary, and wait for its end."""
    logger = logging.getLogger("apache_beam")  # at DEBUG it logs elements, and those hold addresses
    logger.setLevel(max(logging.INFO, logger.getEffectiveLevel()))
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        _ = pipeline | graph
    return pipeline.result
