"""Examining the log where it is Pub/Sub: topics, subscriptions and permissions, each with what to do; and making them,
for an emulator or a new project."""

import os
from collections.abc import Iterator, Mapping

from connectors.examining import Finding, Level
from connectors.live import log_of
from connectors.log.pubsub import ACK_SECONDS, EMULATOR, Place, PubSub, Standing
from schemas.errors import ConfigurationError, LogDown
from schemas.streams import LOG, RESULTS, Stream

MAKE = "`awizo doctor --make`"


def examine_log(environment: Mapping[str, str]) -> Iterator[Finding]:
    """How the log's topics and subscriptions stand; nothing where the log is the store's."""
    try:
        place = log_of(environment)
        if place is not None:
            yield from standing(PubSub(place))
    except ConfigurationError as error:
        yield Finding(Level.WRONG, "log", error.reason, error.remedy)


def standing(pubsub: PubSub) -> Iterator[Finding]:
    """Every topic that is written or read, every subscription that is read; one line if all are well."""
    try:
        found = [_topic(pubsub, stream) for stream in (*LOG, *RESULTS)]
        found += [_subscription(pubsub, stream) for stream in LOG]
    except LogDown as error:
        where = os.environ.get(EMULATOR)
        remedy = f"see that the emulator runs at {where}" if where else "see whether Google Cloud can be reached"
        yield Finding(Level.WRONG, "log", f"Pub/Sub does not answer: {error.reason}", remedy)
        return
    wrong = [finding for finding in found if finding is not None]
    yield from wrong or [Finding(Level.WELL, "log", f"Pub/Sub, {_words(pubsub.place)}")]


def require(pubsub: PubSub) -> None:
    """Raises ConfigurationError that names all that is missing, and how to make it."""
    wrong = [finding for finding in standing(pubsub) if finding.level == Level.WRONG]
    if wrong:
        reason = "; ".join(f"{finding.about}: {finding.words}" for finding in wrong)
        raise ConfigurationError(reason, "; ".join(dict.fromkeys(finding.remedy for finding in wrong)))


def make(environment: Mapping[str, str]) -> str:
    """Make the topics and subscriptions that are not there. Gives words about it. Raises ConfigurationError."""
    place = log_of(environment)
    if place is None:
        raise ConfigurationError("the log is the store's own table", "set AWIZO_LOG=pubsub to make topics")
    pubsub = PubSub(place)
    try:
        for stream in (*LOG, *RESULTS):
            pubsub.make_topic(stream)
        for stream in LOG:
            pubsub.make_subscription(stream)
    except LogDown as error:
        raise ConfigurationError(f"topics cannot be made: {error.reason}", "check the project and its roles") from None
    return f"{len(LOG) + len(RESULTS)} topics and {len(LOG)} subscriptions are there: {_words(place)}"


def _topic(pubsub: PubSub, stream: Stream) -> Finding | None:
    stands, name, project = pubsub.topic_stands(stream), pubsub.place.name(stream), pubsub.place.project
    remedies = {
        Standing.MISSING: f"{MAKE}, or gcloud pubsub topics create {name} --project {project}",
        Standing.REFUSED: f"grant roles/pubsub.publisher on topic {name} to the account that runs Awizo",
    }
    return _finding(f"topic {name}", stands, remedies)


def _subscription(pubsub: PubSub, stream: Stream) -> Finding | None:
    stands, name, project = pubsub.subscription_stands(stream), pubsub.place.name(stream), pubsub.place.project
    create = f"gcloud pubsub subscriptions create {name} --topic {name} --ack-deadline {ACK_SECONDS}"
    remedies = {
        Standing.MISSING: f"{MAKE}, or {create} --expiration-period never --project {project}",
        Standing.ELSEWHERE: f"delete the subscription {name}, then {MAKE}",
        Standing.REFUSED: f"grant roles/pubsub.subscriber on subscription {name} to the account that runs Awizo",
    }
    return _finding(f"subscription {name}", stands, remedies)


def _finding(about: str, stands: Standing, remedies: Mapping[Standing, str]) -> Finding | None:
    return None if stands is Standing.WELL else Finding(Level.WRONG, about, str(stands), remedies[stands])


def _words(place: Place) -> str:
    where = f" at the emulator {os.environ[EMULATOR]}" if os.environ.get(EMULATOR) else ""
    return f"project {place.project}{where}, topics {place.prefix}-*"
