"""Pub/Sub by Google's own client, whose name stands in this file alone; its errors stop here.

Pulling is unary: a message is acknowledged by whoever has made it durable, at the moment of his choice, and never by
the client's own machinery. The client finds the emulator by PUBSUB_EMULATOR_HOST.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple

from connectors.log.publisher import Entry
from schemas.errors import ConfigurationError, LogDown
from schemas.settings import PUBSUB_PREFIX, PUBSUB_PROJECT
from schemas.streams import Stream
from schemas.structured import structured
from schemas.times import Millis

EMULATOR = "PUBSUB_EMULATOR_HOST"
"""Google's own variable, read by its client."""

ACK_SECONDS = 60
"""For how long a pulled message is ours alone, of the subscriptions that we make."""

_PATIENCE_SECONDS = 10.0
_AT_ONCE = 500
_BYTES_AT_ONCE = 5_000_000  # a request may have 10 MB
_CHANNEL = [
    ("grpc.initial_reconnect_backoff_ms", 500),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.keepalive_time_ms", 30_000),
]
_STRUCTURED = {"content-type": "application/cloudevents+json"}


class Place(NamedTuple):
    """Where the topics are: the project, and how their names begin."""

    project: str
    prefix: str = str(PUBSUB_PREFIX.default)

    def name(self, stream: Stream) -> str:
        """The name of the stream's topic, and of the subscription that the pipeline reads."""
        return f"{self.prefix}-{stream.name}"

    def topic(self, stream: Stream) -> str:
        """The topic's whole path."""
        return f"projects/{self.project}/topics/{self.name(stream)}"

    def subscription(self, stream: Stream) -> str:
        """The subscription's whole path."""
        return f"projects/{self.project}/subscriptions/{self.name(stream)}"


class Pulled(NamedTuple):
    """A message of a subscription. `id` names it within its topic, `ack_id` this delivery of it."""

    ack_id: str
    id: str
    published_at: Millis
    event: bytes


class Standing(StrEnum):
    """How a topic or a subscription stands."""

    WELL = "there"
    MISSING = "is missing"
    ELSEWHERE = "reads another topic"
    REFUSED = "may not be used by this account"


class PubSub:
    """The topics and subscriptions of a place. Safe to share between threads. Each method raises LogDown if Pub/Sub
    does not do what it is asked."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._topics, self._subscriptions, self._errors, self._patience = _clients(place)

    def publish(self, entries: Sequence[Entry]) -> None:
        """Take all entries, each stream's in their order. They are durable when this returns. Raises LogDown."""
        for stream, events in _by_stream(entries):
            self.say(stream, events, _STRUCTURED)

    def say(self, stream: Stream, bodies: Sequence[bytes], attributes: dict[str, str]) -> None:
        """Publish bodies to a stream's topic, in their order."""
        for some in _portions(bodies):
            messages = [{"data": body, "attributes": attributes} for body in some]
            request = {"topic": self.place.topic(stream), "messages": messages}
            self._ask(self._topics.publish, request, _PATIENCE_SECONDS, self._patience)

    def pull(self, stream: Stream, most: int, seconds: float) -> list[Pulled]:
        """What waits in a stream's subscription; waits for it so long, then gives nothing."""
        request = {"subscription": self.place.subscription(stream), "max_messages": most}
        try:
            found = self._subscriptions.pull(request=request, timeout=seconds, retry=None)
        except self._errors.DeadlineExceeded:
            return []
        except self._errors.GoogleAPICallError as error:
            raise LogDown(type(error).__name__) from None
        return [_pulled(each.ack_id, each.message) for each in found.received_messages]

    def acknowledge(self, stream: Stream, ack_ids: Sequence[str]) -> None:
        """These are durable and need not come again. They may, all the same."""
        for some in _in_parts(ack_ids):
            request = {"subscription": self.place.subscription(stream), "ack_ids": some}
            self._ask(self._subscriptions.acknowledge, request, _PATIENCE_SECONDS, self._patience)

    def hold(self, stream: Stream, ack_ids: Sequence[str], seconds: int) -> None:
        """Let these be ours for so many seconds from now; 0: let them come again at once."""
        for some in _in_parts(ack_ids):
            request: dict[str, Any] = {"subscription": self.place.subscription(stream), "ack_ids": some}
            request["ack_deadline_seconds"] = seconds
            self._ask(self._subscriptions.modify_ack_deadline, request, _PATIENCE_SECONDS, self._patience)

    def topic_stands(self, stream: Stream) -> Standing:
        """Is there the stream's topic, and may we publish to it?"""
        path = self.place.topic(stream)
        get = partial(self._topics.get_topic, request={"topic": path})
        return self._stands(get, self._topics, path, "pubsub.topics.publish")

    def subscription_stands(self, stream: Stream) -> Standing:
        """Is there the stream's subscription, of the stream's topic, and may we read it?"""
        path, topic = self.place.subscription(stream), self.place.topic(stream)

        def get(**how: Any) -> bool:
            found = self._subscriptions.get_subscription(request={"subscription": path}, **how)
            return bool(found.topic == topic)

        return self._stands(get, self._subscriptions, path, "pubsub.subscriptions.consume")

    def make_topic(self, stream: Stream) -> None:
        """Make the stream's topic; nothing if it is there."""
        self._make(self._topics.create_topic, {"name": self.place.topic(stream)})

    def make_subscription(self, stream: Stream, ack_seconds: int = ACK_SECONDS) -> None:
        """Make the stream's subscription, one that never expires; nothing if it is there."""
        request: dict[str, Any] = {"name": self.place.subscription(stream), "topic": self.place.topic(stream)}
        request |= {"ack_deadline_seconds": ack_seconds, "expiration_policy": {}}
        self._make(self._subscriptions.create_subscription, request)

    def _ask(self, call: Callable[..., Any], request: dict[str, Any], seconds: float, retry: Any) -> Any:
        try:
            return call(request=request, timeout=seconds, retry=retry)
        except (self._errors.GoogleAPICallError, self._errors.RetryError) as error:
            raise LogDown(type(error).__name__) from None  # its own words may quote what was published

    def _make(self, call: Callable[..., Any], request: dict[str, Any]) -> None:
        try:
            call(request=request, timeout=_PATIENCE_SECONDS, retry=self._patience)
        except self._errors.AlreadyExists:
            return
        except (self._errors.GoogleAPICallError, self._errors.RetryError) as error:
            raise LogDown(type(error).__name__) from None

    def _stands(self, get: Callable[..., Any], client: Any, path: str, permission: str) -> Standing:
        try:
            if get(timeout=_PATIENCE_SECONDS, retry=None) is False:
                return Standing.ELSEWHERE
        except self._errors.NotFound:
            return Standing.MISSING
        except self._errors.PermissionDenied:
            pass  # one may use what one may not look at
        except self._errors.GoogleAPICallError as error:
            raise LogDown(type(error).__name__) from None
        return Standing.WELL if self._may(client, path, permission) else Standing.REFUSED

    def _may(self, client: Any, path: str, permission: str) -> bool:
        if os.environ.get(EMULATOR):
            return True  # it knows no permissions
        request = {"resource": path, "permissions": [permission]}
        try:
            granted = client.test_iam_permissions(request=request, timeout=_PATIENCE_SECONDS)
        except self._errors.GoogleAPICallError as error:
            raise LogDown(type(error).__name__) from None
        return permission in granted.permissions


def place_of(environment: Any) -> Place:
    """The place that the environment names. Raises ConfigurationError."""
    from schemas.settings import read

    return Place(read(PUBSUB_PROJECT, environment), read(PUBSUB_PREFIX, environment))


def _clients(place: Place) -> tuple[Any, Any, Any, Any]:
    """Both clients, the tree of their errors, and for how long a call is tried again."""
    try:
        from google.api_core import exceptions
        from google.api_core.retry import Retry, if_exception_type
        from google.auth.exceptions import GoogleAuthError
        from google.pubsub_v1 import PublisherClient, SubscriberClient
        from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
        from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
    except ImportError:
        raise ConfigurationError("Pub/Sub's client is not installed here", "install awizo[pubsub]") from None
    passing = (exceptions.ServerError, exceptions.Aborted, exceptions.Cancelled, exceptions.ResourceExhausted)
    patience = Retry(if_exception_type(*passing), initial=0.1, maximum=2.0, timeout=_PATIENCE_SECONDS)
    try:
        topics = PublisherClient(transport=_transport(PublisherGrpcTransport))
        return topics, SubscriberClient(transport=_transport(SubscriberGrpcTransport)), exceptions, patience
    except GoogleAuthError:
        remedy = f"set GOOGLE_APPLICATION_CREDENTIALS, or {EMULATOR} for an emulator"
        raise ConfigurationError(f"no credentials for Pub/Sub in {place.project}", remedy) from None


def _transport(kind: Any) -> Any:
    """The way to Pub/Sub, or to the emulator. After an outage it is tried again within seconds: gRPC itself would wait
    up to two minutes."""
    emulator = os.environ.get(EMULATOR)
    if emulator:
        import grpc

        return kind(channel=grpc.insecure_channel(emulator, _CHANNEL))

    def channel(*where: Any, options: Any = (), **how: Any) -> Any:
        return kind.create_channel(*where, options=[*options, *_CHANNEL], **how)

    return kind(channel=channel)


def _pulled(ack_id: str, message: Any) -> Pulled:
    published = round(message.publish_time.timestamp() * 1000)
    return Pulled(ack_id, message.message_id, published, structured(message.attributes, bytes(message.data)))


def _by_stream(entries: Sequence[Entry]) -> Iterator[tuple[Stream, list[bytes]]]:
    for stream in dict.fromkeys(entry.stream for entry in entries):
        yield stream, [entry.event for entry in entries if entry.stream == stream]


def _portions(bodies: Sequence[bytes]) -> Iterator[list[bytes]]:
    """As many at once as a request may have."""
    some, size = list[bytes](), 0
    for body in bodies:
        if some and (len(some) == _AT_ONCE or size + len(body) > _BYTES_AT_ONCE):
            yield some
            some, size = [], 0
        some.append(body)
        size += len(body)
    if some:
        yield some


def _in_parts(ack_ids: Sequence[str]) -> Iterator[list[str]]:
    return (list(ack_ids[begin : begin + _AT_ONCE]) for begin in range(0, len(ack_ids), _AT_ONCE))
