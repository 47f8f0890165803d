"""The commands where the log is Pub/Sub: publish goes to topics, doctor makes and examines them, run refuses to begin
without them."""

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from emulator import made

from connectors.gateway.opening import open_reception
from connectors.live import settings_of
from connectors.log.publisher import Entry
from connectors.log.pubsub import Place, PubSub
from connectors.sandbox.server import Sandbox
from connectors.shelving import put
from connectors.store.bundles import BundleShelf
from pipelines.cli import awizo
from pipelines.running import Run
from schemas.errors import ConfigurationError
from schemas.streams import ORDERS

DEMO = Path(__file__).parents[2] / "infra" / "demo"
ORDER = {
    "specversion": "1.0",
    "type": "awizo.order.placed.v1",
    "source": "/shops/sowa",
    "id": "1",
    "time": "2026-10-12T10:00:00+02:00",
    "data": {"shop": "sowa", "order": "20001", "locale": "en", "recipients": [{"email": "jan@poczta.example"}]},
}


@pytest.fixture(autouse=True)
def environment(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWIZO_LOG", "pubsub")
    monkeypatch.setenv("AWIZO_PUBSUB_PROJECT", place.project)
    monkeypatch.setenv("AWIZO_STORE", f"sqlite:///{tmp_path}/awizo.db")


def invoke(*words: str, **how: Any) -> Any:
    return CliRunner().invoke(awizo, words, **how)


def test_what_is_published_is_in_its_topic_and_needs_no_store(place: Place) -> None:
    pubsub = made(place)
    done = invoke("publish", "-", input=json.dumps(ORDER) + "\n{broken\n")
    assert (done.exit_code, "1 events published, 1 refused" in done.output) == (2, True)
    assert [json.loads(one.event) for one in pubsub.pull(ORDERS, 10, 5.0)] == [ORDER]


def test_the_doctor_names_what_is_missing_until_it_has_made_it(place: Place) -> None:
    before = invoke("doctor", "--offline").output
    assert "wrong  subscription awizo-orders: is missing  → `awizo doctor --make`, or gcloud pubsub" in before
    after = invoke("doctor", "--offline", "--make").output
    assert "10 topics and 5 subscriptions are there" in after
    assert f"ok     log: Pub/Sub, project {place.project} at the emulator" in after


def test_what_comes_by_the_gateway_s_doors_goes_to_the_topics(place: Place) -> None:
    pubsub = made(place)
    reception = open_reception({**os.environ, "AWIZO_SANDBOX": "yes", "AWIZO_GATEWAY_URL": "http://127.0.0.1:9"})
    reception.intake.publisher.publish([Entry(ORDERS, b"a")])
    assert [one.event for one in pubsub.pull(ORDERS, 10, 5.0)] == [b"a"]
    reception.store.close()


def test_a_run_does_not_begin_without_its_subscriptions(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = Sandbox.start(())
    monkeypatch.setenv("AWIZO_SANDBOX", sandbox.address.url)
    told: list[str] = []
    try:
        settings = settings_of(os.environ)
        live = settings()
        put(BundleShelf(live.store), DEMO / "shops", live.clock.now())
        live.surroundings.look()
        PubSub(place).make_topic(ORDERS)
        with pytest.raises(ConfigurationError) as caught:
            Run(settings, told.append, threading.Event())()
    finally:
        sandbox.close()
    assert "subscription awizo-orders: is missing" in caught.value.reason
    assert "topic awizo-orders: is missing" not in caught.value.reason
    assert "awizo doctor --make" in caught.value.remedy
    assert told == []  # nothing was begun
