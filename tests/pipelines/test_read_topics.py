"""The log in Pub/Sub: a message becomes a line, is counted, and waits while the run is halted."""

from datetime import datetime
from typing import Any

import pytest
from apache_beam.io.gcp.pubsub import PubsubMessage

from connectors.metering import Counts
from pipelines.transforms.read_topics import Halted, Lines
from schemas.envelope import read_structured
from schemas.metrics import EVENTS
from schemas.streams import COURIERS, ORDERS
from schemas.times import to_millis

PUBLISHED = datetime.fromisoformat("2026-10-12T10:00:00.123456+00:00")


class Open:
    """What a worker has open, as far as reading needs it."""

    def __init__(self) -> None:
        self.halted, self.meter, self.guard = False, Counts(), self

    def is_halted(self) -> bool:
        return self.halted

    def __call__(self) -> "Open":
        return self


def message(data: bytes, attributes: dict[str, str] | None = None) -> PubsubMessage:
    return PubsubMessage(data, attributes or {}, "4711", PUBLISHED)


def lines(opened: Any, stream: Any, published: PubsubMessage) -> list[tuple[str, int, bytes]]:
    return list(Lines(opened, stream).process(published))


def test_a_structured_message_is_a_line_at_the_time_of_its_publishing() -> None:
    assert lines(Open(), ORDERS, message(b'{"specversion": "1.0"}')) == [
        ("awizo-orders:4711", to_millis(PUBLISHED), b'{"specversion": "1.0"}')
    ]


def test_a_binary_message_is_read_as_the_event_that_it_is() -> None:
    attributes = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/couriers/inpost",
        "ce-type": "awizo.courier.reported.v1",
        "ce-subject": "inpost",
        "ce-time": "2026-10-12T09:59:00Z",
    }
    ((_, recorded, line),) = lines(Open(), COURIERS, message(b"<xml/>", attributes))
    event = read_structured(line, recorded)
    assert event.data.body == b"<xml/>"  # type: ignore[union-attr]
    assert event.recorded_at == to_millis(PUBLISHED)


def test_a_message_of_nothing_but_attributes_is_no_failure_of_ours() -> None:
    ((_, _, line),) = lines(Open(), ORDERS, PubsubMessage(None, {"a": "b"}, "4711", PUBLISHED))
    assert line == b""


def test_what_is_read_is_counted_by_stream() -> None:
    opened = Open()
    lines(opened, ORDERS, message(b"{}"))
    lines(opened, ORDERS, message(b"{}"))
    assert opened.meter.total(EVENTS, "orders") == 2


def test_nothing_is_taken_while_the_run_is_halted_and_all_of_it_after() -> None:
    opened = Open()
    opened.halted = True
    with pytest.raises(Halted, match="awizo doctor"):
        lines(opened, ORDERS, message(b"{}"))
    assert opened.meter.total(EVENTS) == 0
    opened.halted = False
    assert lines(opened, ORDERS, message(b"{}"))
