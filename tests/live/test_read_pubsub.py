"""The live graph over the subscriptions themselves, on Prism: at least once, and acknowledged when it is held."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from emulator import made

from connectors.live import Live as Opened
from connectors.live import LiveSettings, live
from connectors.log.publisher import entry_of
from connectors.log.pubsub import Place
from connectors.log.subscribing import Subscriber, close, subscriber
from connectors.sandbox.server import Sandbox
from connectors.shelving import put
from connectors.store.bundles import BundleShelf
from connectors.store.cells import NONE
from connectors.store.records import Records
from pipelines.live import Begin, Live
from pipelines.prism import running
from pipelines.transforms.read_pubsub import ReadPubSub
from schemas.messages import DeadLetter
from schemas.orders import OrderRecord
from schemas.streams import ORDERS

DEMO = Path(__file__).parents[2] / "infra" / "demo"


def placed(number: int) -> bytes:
    """An order of just now."""
    recipient = {"email": f"customer{number}@poczta.example"}
    data = {"shop": "sowa", "order": f"{number}", "locale": "en", "recipients": [recipient]}
    event = {"specversion": "1.0", "type": "awizo.order.placed.v1", "source": "/shops/sowa", "id": f"{number}"}
    at = datetime.now(UTC) - timedelta(seconds=1)
    return json.dumps(event | {"time": at.isoformat(), "data": data}).encode()


@pytest.fixture
def settings(prism: str, place: Place, tmp_path: Path) -> Iterator[LiveSettings]:
    sandbox = Sandbox.start(())
    found = LiveSettings(f"sqlite:///{tmp_path}/live.db", sandbox.address, place)
    opened = live(found)
    put(BundleShelf(opened.store), DEMO / "shops", opened.clock.now())
    opened.surroundings.look()
    yield found
    close(place)
    sandbox.close()


def wait_for(what: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def orders(opened: Opened) -> list[OrderRecord]:
    return [one for one in Records(opened.store).all() if isinstance(one, OrderRecord)]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # Beam's workers, when a job ends
def test_the_graph_over_subscriptions_acknowledges_what_is_held_and_its_watermark_goes_on(
    settings: LiveSettings, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    pubsub, opened = made(place, 60), live(settings)
    steps: list[tuple[str, str]] = []
    take, acknowledge = Subscriber.take, Subscriber.acknowledge

    def taking(reading: Subscriber) -> object:
        found = take(reading)
        if found is not None:
            steps.append(("read", found.ack_id))
        return found

    def acknowledging(reading: Subscriber, ack_ids: list[str]) -> None:
        steps.extend(("acknowledged", ack_id) for ack_id in ack_ids)
        acknowledge(reading, ack_ids)

    monkeypatch.setattr(Subscriber, "take", taking)
    monkeypatch.setattr(Subscriber, "acknowledge", acknowledging)
    first = [entry_of(placed(number)) for number in range(20)]
    pubsub.publish([*first, first[0]])  # one of them twice
    with running(Live(settings, Begin(0, NONE), ReadPubSub(settings))):
        wait_for(lambda: sum(step == "acknowledged" for step, _ in steps) >= 21)
        wait_for(lambda: len(orders(opened)) == 20)
        now = opened.clock.now()
        wait_for(lambda: (opened.progress.mark() or 0) > now)  # the watermark goes on when nothing comes
        assert subscriber(place, ORDERS).watermark() > now
    assert {order.view.order for order in orders(opened)} == {f"{number}" for number in range(20)}
    assert not any(isinstance(one, DeadLetter) for one in Records(opened.store).all())
    read = [ack_id for step, ack_id in steps if step == "read"]
    assert len(set(read)) == 21
    for ack_id in read:
        assert steps.index(("read", ack_id)) < steps.index(("acknowledged", ack_id))
    assert pubsub.pull(ORDERS, 10, 1.0) == []
