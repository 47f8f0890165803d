"""A customer answers STOP: the sandbox's phone, the gateway over HTTP, the ledger, the log, and Plan's decision."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from click.testing import CliRunner

from connectors.clock import Clock, StoreClock
from connectors.gateway.reception import Reception
from connectors.live import LiveSettings
from connectors.log.publisher import entry_of
from connectors.log.store_log import StoreLog
from connectors.opening import Opened, SandboxDelivery
from connectors.sandbox.hooks import Listeners
from connectors.sandbox.server import Sandbox, Ways
from connectors.shops import load_bundle
from connectors.store.bundles import BundleShelf
from connectors.store.links import Links
from pipelines.cli import awizo
from pipelines.rebuild import rebuild
from pipelines.rules.ledger import State
from schemas.messages import Message, Slot
from schemas.metrics import CALLBACKS
from schemas.times import DAY, MINUTE, from_millis, to_millis
from templates.links import PREFERENCES_SCOPE, links_of
from tests.gateway.asking import counts
from tests.gateway.serving import served

PHONE, NUMBER = "+48500000123", "+48732000001"
NOON = to_millis(datetime.fromisoformat("2026-10-13T12:00:00+02:00"))
OFF = "SMS-y o paczkach są wyłączone."
SHOP = Path(__file__).parents[2] / "infra" / "demo" / "shops" / "sowa" / "2"


class World:
    """A shop with a two-way number, a sandbox whose phones answer, a gateway, and one store for all."""

    def __init__(self, folder: Path, reception: Reception, sandbox: Sandbox, opened: Opened, store_url: str) -> None:
        self.folder, self.reception, self.sandbox, self.opened = folder, reception, sandbox, opened
        self.store_url = store_url
        self.now = NOON
        self.clock = StoreClock(opened.store)
        self.log = StoreLog(opened.store, lambda: self.now)
        self.pass_to(NOON)

    def pass_to(self, now: int) -> None:
        """It is this hour now, for the gateway too."""
        self.now = now
        self.clock.set(Clock(now, 0, 0))
        self.reception.clock._until = 0

    def publish(self, what: str, data: dict[str, Any], **more: str) -> None:
        event = {"specversion": "1.0", "type": f"awizo.{what}.v1", "source": "/shops/sowa", "data": data} | more
        event |= {"id": f"{what}/{self.now}", "time": from_millis(self.now).isoformat()}
        self.log.publish([entry_of(json.dumps(event).encode())])

    def parcel(self, number: str) -> Any:
        """A parcel goes out, and its SMS is handed over; what came of that."""
        self.publish("shipment.created", {"shop": "sowa", "order": "o1", "courier": "dpd_pl", "number": number})
        self.pass_to(self.now + MINUTE)
        scan = {"courier": "dpd_pl", "number": number, "status": "out_for_delivery"}
        scan["occurred_at"] = from_millis(self.now).isoformat()
        self.publish("courier.reported", scan, subject="awizo")
        (claim,) = self.opened.delivery.hand_over(self.message(number), self.clock.at())
        self.pass_to(self.now + 30 * MINUTE)
        return claim

    def message(self, number: str) -> Message:
        slot = Slot(f"dpd_pl/{number}", "out_for_delivery", f"{number}:e1")
        return Message(
            shop="sowa", bundle="2", recipient="c1", order="o1", kind="out_for_delivery", cls="service", priority=2,
            locale="pl", slots=(slot,), generation=0, at=self.now, valid_until=self.now + DAY,
            intervals=((self.now, self.now + DAY),), channel="sms", to=PHONE, country="PL", sender=NUMBER,
            text=f"Sowa: paczka {number} dzisiaj.", subject="", html="", unsubscribe="", segments=1,
        )  # fmt: skip

    def says(self, text: str) -> list[str]:
        """The phone answers; what the gateway answered, callbacks aside."""
        self.sandbox.tell(self.now)
        self.sandbox.reply(PHONE, NUMBER, text, self.now)
        done = [posted.answer for posted in self.sandbox.tell()]
        self.pass_to(self.now + 30 * MINUTE)
        return done

    def page(self) -> str:
        """What the customer's own page of messages says, once the log was read up to now."""
        rebuild(LiveSettings(self.store_url, self.sandbox.address), self.now)
        self.pass_to(self.now + MINUTE)
        link = links_of(self.message("0000000000001U"), self.reception.keys.links)[1]
        assert link.scope == PREFERENCES_SCOPE
        Links(self.opened.store).keep([link])
        with urlopen(f"{self.reception.url}/p/{link.code}") as answer:
            return str(answer.read().decode())

    def decisions(self) -> dict[str, dict[str, str]]:
        """What Plan decides from this log: the verdicts by parcel."""
        lines = [
            json.dumps(json.loads(logged.event) | {"recordedtime": from_millis(logged.recorded_at).isoformat()})
            for logged in self.log.read(0)
        ]
        (self.folder / "log.jsonl").write_text("\n".join(lines))
        asked = ["replay", self.folder / "log.jsonl", "--shops", self.folder / "shops", "--out", self.folder / "out"]
        done = CliRunner().invoke(awizo, [*map(str, asked), "--until", "quiet"])
        assert done.exit_code == 0, done.output
        rows = self.rows("decisions")
        return {row["subject"]: row["verdicts"] for row in rows if row["kind"] == "out_for_delivery"}

    def rows(self, name: str) -> list[Any]:
        """The rows of a file of the replay."""
        return [json.loads(line) for line in (self.folder / "out" / f"{name}.jsonl").read_text().splitlines()]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    bundle = tmp_path / "shops" / "sowa" / "2"
    bundle.mkdir(parents=True)
    words = (SHOP / "shop.yaml").read_text("utf-8")
    (bundle / "shop.yaml").write_text(words.replace("{sender: SklepSowa}", f'{{sender: "{NUMBER}", two_way: true}}'))
    store_url = f"sqlite:///{tmp_path}/awizo.db"
    with served(store_url) as reception:
        doors = f"{reception.url}/providers/twilio"
        ways = Ways(Listeners(status=f"{doors}/status", replies=f"{doors}/replies"))
        with Sandbox.start(ways=ways) as sandbox:
            opened = SandboxDelivery(store_url, sandbox.address)()
            BundleShelf(opened.store).put(load_bundle(bundle), NOON)
            yield World(tmp_path, reception, sandbox, opened, store_url)
            opened.close()


@pytest.mark.parametrize(
    ("stop", "start"), [("STOP", "START"), ("Зупинити", "Відновити"), ("Rezygnuję.", "Wznów"), ("CTOП", "start!")]
)
def test_after_stop_nothing_goes_and_the_decision_says_why_until_start(world: World, stop: str, start: str) -> None:
    recipient = {"customer": "c1", "phone": PHONE, "email": "jan@poczta.example"}
    world.publish("order.placed", {"shop": "sowa", "order": "o1", "locale": "pl", "recipients": [recipient]})
    world.parcel("0000000000001U")
    assert OFF not in world.page()
    assert world.says(stop) == ["200"]
    assert OFF in world.page()

    denied = world.parcel("0000000000002U")
    assert (denied.row.state, denied.row.reason) == (State.FAILED, "opted_out")

    assert world.says(start) == ["200"]
    assert OFF not in world.page()
    world.parcel("0000000000003U")
    assert [sent.text.split()[2] for sent in world.sandbox.accepted()] == ["0000000000001U", "0000000000003U"]
    assert counts(world.reception).total(CALLBACKS, "twilio", "settled") >= 2
    assert world.decisions() == {
        "dpd_pl/0000000000001U": {"sms": "handed_over"},
        "dpd_pl/0000000000002U": {"sms": "opted_out", "email": "handed_over"},
        "dpd_pl/0000000000003U": {"sms": "handed_over"},
    }


def test_other_words_reach_the_shop_by_its_alert(world: World) -> None:
    recipient = {"customer": "c1", "phone": PHONE, "email": "jan@poczta.example"}
    world.publish("order.placed", {"shop": "sowa", "order": "o1", "locale": "pl", "recipients": [recipient]})
    world.parcel("0000000000001U")
    assert world.says("Stop, kurier pomylił bramę!") == ["200"]
    assert world.decisions()["dpd_pl/0000000000001U"] == {"sms": "handed_over"}
    alerts = [row for row in world.rows("messages") if row["kind"] == "shop_alert"]
    assert [row["to"] for row in alerts] == ["dyzur@sowa.example"]
    assert "Odpowiedź klienta: zamówienie o1 („Stop, kurier pomylił bramę!”)" in alerts[0]["text"]
