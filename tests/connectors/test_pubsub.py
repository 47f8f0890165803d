"""Pub/Sub as the log, against Google's own emulator: published, pulled, relayed once, and what is missing is named."""

import json
import threading
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from emulator import made
from sqlalchemy import event

from connectors.examining_log import examine_log, make, require, standing
from connectors.live import LiveSettings, log_of
from connectors.log.publisher import Entry
from connectors.log.pubsub import EMULATOR, Place, PubSub, Pulled, Standing
from connectors.log.relay import REMEMBERED, Intake, Relay
from connectors.log.store_log import StoreLog
from connectors.metering import Counts
from connectors.store.opening import SANDBOX, Store, open_store
from schemas.envelope import read_binary, read_structured
from schemas.errors import ConfigurationError, LogDown, StoreDown
from schemas.metrics import RELAYED
from schemas.streams import COURIERS, DECISIONS, LOG, ORDERS, RESULTS


def entries(*events: str) -> list[Entry]:
    return [Entry(ORDERS, event.encode()) for event in events]


@pytest.fixture
def pubsub(place: Place) -> PubSub:
    return made(place)


def logged(store: Store) -> list[tuple[str, bytes]]:
    return [(one.stream, one.event) for one in StoreLog(store, lambda: 0).read(0)]


def drained(pubsub: PubSub, relay: Relay) -> None:
    for stream in LOG:
        while relay.turn(stream, 1.0):
            pass


def test_what_is_published_is_pulled_from_its_stream_until_it_is_acknowledged(pubsub: PubSub) -> None:
    pubsub.publish([*entries("a", "b"), Entry(COURIERS, b"\xff")])
    (raw,) = pubsub.pull(COURIERS, 10, 5.0)
    assert raw.event == b"\xff"
    found = pubsub.pull(ORDERS, 10, 5.0)
    assert [one.event for one in found] == [b"a", b"b"]
    assert all(abs(one.published_at - found[0].published_at) < 60_000 for one in found)
    pubsub.hold(ORDERS, [found[0].ack_id], 0)
    pubsub.acknowledge(ORDERS, [found[1].ack_id])
    (again,) = pubsub.pull(ORDERS, 10, 5.0)
    assert (again.event, again.id) == (b"a", found[0].id)
    pubsub.acknowledge(ORDERS, [again.ack_id])
    assert pubsub.pull(ORDERS, 10, 0.5) == []


def test_many_and_large_events_go_in_several_requests_and_none_is_lost(pubsub: PubSub) -> None:
    pubsub.publish([Entry(ORDERS, f"{number}".encode() + b"." * 9_000) for number in range(1_201)])
    seen: set[bytes] = set()
    while len(seen) < 1_201:
        found = pubsub.pull(ORDERS, 500, 10.0)
        assert found
        seen |= {one.event for one in found}
        pubsub.acknowledge(ORDERS, [one.ack_id for one in found])


def test_the_relay_brings_everything_into_the_log_with_when_it_was_recorded(pubsub: PubSub, lasting_url: str) -> None:
    store, meter = open_store(lasting_url, SANDBOX), Counts()
    relay = Relay(pubsub, Intake(store, lambda: 5_000), meter)
    pubsub.publish([*entries("a", "b"), Entry(COURIERS, b"\xff")])
    drained(pubsub, relay)
    assert logged(store) == [("orders", b"a"), ("orders", b"b"), ("couriers", b"\xff")]
    assert {one.recorded_at for one in StoreLog(store, lambda: 0).read(0)} == {5_000}
    assert pubsub.pull(ORDERS, 10, 0.5) == []
    assert (meter.total(RELAYED, "orders", "new"), meter.total(RELAYED, "couriers", "new")) == (2, 1)
    store.close()


def test_a_message_that_is_delivered_twice_is_one_event(pubsub: PubSub, lasting_url: str) -> None:
    store, meter = open_store(lasting_url, SANDBOX), Counts()
    relay = Relay(pubsub, Intake(store, lambda: 5_000), meter)
    pubsub.publish(entries("a", "b"))
    first = pubsub.pull(ORDERS, 10, 5.0)
    assert relay.intake.take(ORDERS, first) == 2  # it dies here, before the acknowledgement
    pubsub.hold(ORDERS, [one.ack_id for one in first], 0)
    drained(pubsub, relay)
    assert logged(store) == [("orders", b"a"), ("orders", b"b")]
    assert meter.total(RELAYED, "orders", "again") == 2
    assert pubsub.pull(ORDERS, 10, 0.5) == []
    store.close()


def test_a_pull_is_put_into_the_log_in_a_few_statements(tmp_path: Path) -> None:
    store, statements = open_store(f"sqlite:///{tmp_path}/awizo.db", SANDBOX), list[str]()
    event.listen(store.engine, "before_cursor_execute", lambda *what: statements.append(what[2]))
    pulled = [Pulled(f"ack-{number}", f"{number}", number, b"event") for number in range(500)]
    assert Intake(store, lambda: 5_000).take(ORDERS, pulled) == 500
    assert len([statement for statement in statements if statement.startswith("SELECT relayed")]) == 1
    assert len(statements) < 10
    store.close()


def test_nothing_is_acknowledged_that_the_store_did_not_take(pubsub: PubSub, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/awizo.db", SANDBOX)

    def clock() -> int:
        raise StoreDown("OperationalError")

    pubsub.publish(entries("a"))
    with pytest.raises(StoreDown):
        Relay(pubsub, Intake(store, clock)).turn(ORDERS, 5.0)
    relay = Relay(pubsub, Intake(store, lambda: 5_000))
    assert relay.turn(ORDERS, 30.0) == 1  # it comes again when its deadline is over
    assert logged(store) == [("orders", b"a")]
    store.close()


def test_what_pubsub_can_no_longer_deliver_is_forgotten(pubsub: PubSub, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/awizo.db", SANDBOX)
    machine = iter([0, REMEMBERED // 2, REMEMBERED + 1, REMEMBERED + 2])
    intake = Intake(store, lambda: 5_000, machine.__next__)
    pubsub.publish(entries("a"))
    (one,) = pubsub.pull(ORDERS, 1, 5.0)
    assert [intake.take(ORDERS, [one]) for _ in range(4)] == [1, 0, 0, 1]
    store.close()


def test_an_emulator_that_goes_away_and_comes_back_loses_nothing_that_the_log_has(
    running_emulator: Any, pubsub: PubSub, tmp_path: Path
) -> None:
    store = open_store(f"sqlite:///{tmp_path}/awizo.db", SANDBOX)
    relay = Relay(pubsub, Intake(store, lambda: 5_000))
    reached = threading.Event()
    take = relay.intake.take

    def seen(stream: Any, pulled: Any) -> int:
        new = take(stream, pulled)
        reached.set()
        return new

    relay.intake.take = seen  # type: ignore[method-assign]
    with relay.running():
        pubsub.publish(entries("before"))
        assert reached.wait(30)
        running_emulator.kill()
        with pytest.raises(LogDown):
            pubsub.publish(entries("meanwhile"))
        reached.clear()
        running_emulator.start()
        made(Place(pubsub.place.project))
        PubSub(pubsub.place).publish(entries("after"))
        assert reached.wait(60)
    assert logged(store) == [("orders", b"before"), ("orders", b"after")]
    store.close()


def test_an_event_in_attributes_is_one_line_of_the_log(pubsub: PubSub) -> None:
    attributes = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/couriers/dpd_pl", "ce-subject": "dpd_pl"}
    attributes |= {"ce-type": "awizo.courier.reported.v1", "ce-time": "2026-10-12T10:00:00Z"}
    body = b"<xml>\xc4\x85</xml>"
    pubsub.say(COURIERS, [body], attributes | {"content-type": "text/xml"})
    (one,) = pubsub.pull(COURIERS, 1, 5.0)
    assert read_structured(one.event) == read_binary(attributes, body)
    assert json.loads(one.event)["datacontenttype"] == "text/xml"


def test_what_is_missing_is_named_with_how_to_make_it(place: Place) -> None:
    pubsub = PubSub(place)
    found = [(one.level, one.about, one.words) for one in standing(pubsub)]
    assert len(found) == 2 * len(LOG) + len(RESULTS)
    assert ("wrong", "topic awizo-decisions", "is missing") in found
    assert ("wrong", "subscription awizo-orders", "is missing") in found
    for stream in (*LOG, *RESULTS):
        pubsub.make_topic(stream)
    for stream in LOG[1:]:
        pubsub.make_subscription(stream)
    with pytest.raises(ConfigurationError) as caught:
        require(pubsub)
    assert caught.value.reason == "subscription awizo-orders: is missing"
    assert "awizo doctor --make" in caught.value.remedy
    assert "gcloud pubsub subscriptions create awizo-orders --topic awizo-orders" in caught.value.remedy


def test_a_subscription_of_another_topic_is_told(place: Place) -> None:
    pubsub = made(place)
    other = Place(place.project, "other")
    PubSub(other).make_topic(ORDERS)
    mixed = PubSub(place)
    mixed.place = _Mixed(place.project, place.prefix)
    assert mixed.subscription_stands(ORDERS) is Standing.ELSEWHERE
    assert pubsub.subscription_stands(ORDERS) is Standing.WELL


class _Mixed(Place):
    def topic(self, stream: Any) -> str:
        return f"projects/{self.project}/topics/other-{stream.name}"


@pytest.mark.parametrize(("granted", "stands"), [([], Standing.REFUSED), (["pubsub.topics.publish"], Standing.WELL)])
def test_a_permission_that_the_account_lacks_is_told(
    place: Place, monkeypatch: pytest.MonkeyPatch, granted: list[str], stands: Standing
) -> None:
    """The emulator knows no permissions: the SDK's own surface answers here."""
    from google.api_core.exceptions import PermissionDenied

    pubsub = PubSub(place)
    monkeypatch.setattr(pubsub, "_topics", Mock(spec=["get_topic", "test_iam_permissions"]))
    pubsub._topics.get_topic.side_effect = PermissionDenied("one may use what one may not look at")
    pubsub._topics.test_iam_permissions.return_value.permissions = granted
    monkeypatch.delenv(EMULATOR)
    assert pubsub.topic_stands(DECISIONS) is stands


def test_the_doctor_makes_what_is_missing_and_then_finds_it_well(place: Place) -> None:
    environment = {"AWIZO_LOG": "pubsub", "AWIZO_PUBSUB_PROJECT": place.project, "AWIZO_PUBSUB_PREFIX": "parcels"}
    assert make(environment) == make(environment)
    (well,) = examine_log(environment)
    assert (well.level, well.about) == ("ok", "log")
    assert "topics parcels-*" in well.words


def test_pubsub_that_does_not_answer_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EMULATOR, "127.0.0.1:9")
    (wrong,) = standing(PubSub(Place("nowhere")))
    assert (wrong.level, wrong.words) == ("wrong", "Pub/Sub does not answer: ServiceUnavailable")


def test_the_log_is_the_store_s_unless_the_environment_says_otherwise() -> None:
    assert log_of({}) is None
    assert list(examine_log({})) == []
    assert log_of({"AWIZO_LOG": "pubsub", "AWIZO_PUBSUB_PROJECT": "parcels"}) == Place("parcels", "awizo")
    with pytest.raises(ConfigurationError, match="AWIZO_PUBSUB_PROJECT is not set"):
        log_of({"AWIZO_LOG": "pubsub"})
    with pytest.raises(ConfigurationError, match="neither store nor pubsub"):
        log_of({"AWIZO_LOG": "kafka"})
    assert LiveSettings().pubsub is None
