"""From a shop's webhooks over HTTP to its customer's message: door, the store's log, replay, sandbox."""

import base64
import hmac
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.gateway.reception import Reception
from connectors.log.store_log import StoreLog
from connectors.shops import load_shops
from connectors.store.bundles import BundleShelf
from connectors.store.opening import Store
from pipelines.replay import Wanted, replay
from schemas.settings import keys_of
from schemas.times import from_millis
from tests.gateway.asking import client_of

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "connectors" / "platforms" / "golden"
SECRET = "shpss_a-secret-of-sowa"
BEGAN = 1_791_792_000_000  # 2026-10-12T08:00Z
MINUTE = 60_000
INPOST = "600000000000000000001001"


@pytest.fixture
def shops(tmp_path: Path) -> Path:
    """The demo's Sowa, which now names its ways of delivery."""
    folder = tmp_path / "shops" / "sowa" / "1"
    shutil.copytree(ROOT / "infra" / "demo" / "shops" / "sowa" / "2", folder)
    yaml = (folder / "shop.yaml").read_text("utf-8").replace('version: "2"', 'version: "1"')
    webhooks = "webhooks:\n  platform: shopify\n  services: {Paczkomat InPost: inpost/inpost_locker_standard}\n"
    (folder / "shop.yaml").write_text(yaml + webhooks, "utf-8")
    return tmp_path / "shops"


def payload(name: str, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLDEN / "shopify" / f"{name}.json").read_bytes())
    return found | changes


def reported(hours: int, status: str) -> bytes:
    """InPost's word, as Awizo writes it."""
    at = (from_millis(BEGAN) + timedelta(hours=hours)).isoformat()
    data = {"courier": "inpost", "number": INPOST, "status": status, "occurred_at": at}
    event = {"specversion": "1.0", "id": "any", "source": "/couriers/awizo", "subject": "awizo", "time": at}
    return json.dumps(event | {"type": "awizo.courier.reported.v1", "data": data}).encode()


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_bytes().splitlines()]


def test_an_order_and_its_parcel_come_by_webhooks_and_their_customer_is_told(
    receive: Callable[..., Reception], store: Store, shops: Path, tmp_path: Path
) -> None:
    shelf, log = BundleShelf(store), StoreLog(store, iter(range(BEGAN, BEGAN + 10**9, MINUTE)).__next__)
    for bundle in load_shops(shops)["sowa"].values():
        shelf.put(bundle, 0)
    client = client_of(receive(log, BEGAN, AWIZO_SHOPIFY_SECRETS=f"sowa={SECRET}"))
    order = payload("orders_create_cod_guest")
    parcel = payload("fulfillments_update_number", tracking_company="InPost", tracking_numbers=[INPOST])
    for topic, body in (("fulfillments/update", parcel), ("orders/create", order), ("orders/create", order)):
        content = json.dumps(body).encode()
        signature = base64.b64encode(hmac.digest(SECRET.encode(), content, "sha256")).decode()
        headers = {"x-shopify-topic": topic, "x-shopify-hmac-sha256": signature}
        assert client.post("/shops/sowa/shopify", content=content, headers=headers).status_code in (200, 202)

    logged = [
        json.dumps(json.loads(entry.event) | {"recordedtime": from_millis(entry.recorded_at).isoformat()}).encode()
        for entry in log.read(0)
    ]
    assert len(logged) == 2
    lines = [*logged, reported(6, "accepted"), reported(27, "ready_for_pickup"), reported(30, "delivered")]
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    out = tmp_path / "out"
    replay(Wanted((str(tmp_path / "events.jsonl"),), shops, out, until="quiet"), keys_of("a key for tests only"))

    assert [row for row in rows(out, "dead_letters") if row] == []
    sent = {(row["kind"], row["channel"]) for row in rows(out, "outcomes") if row["state"] == "sent"}
    assert {("order_received", "email"), ("shipped", "email"), ("delivered", "email")} <= sent
    assert any(kind == "ready_for_pickup" for kind, _ in sent)
    assert {row["number"] for row in rows(out, "orders")} == {"#1001"}
    assert "anna@example.com" not in (out / "decisions.jsonl").read_text("utf-8")
