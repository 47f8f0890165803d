"""Webhooks come twice, late and out of order: what the pipeline concludes is the same."""

import base64
import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.platforms.reading import WebhookReading
from connectors.shops import load_shops
from couriers.registry import read
from pipelines.graph import ACTORS
from pipelines.rules.book import book_of
from pipelines.rules.context import newest_of
from pipelines.rules.normalize import Door
from schemas.messages import Decision, Notice
from schemas.orders import OrderRecord
from schemas.settings import keys_of
from schemas.times import from_millis
from schemas.webhooks import Webhooks
from schemas.wire import unpack_items, unpack_record
from tests.bench.loop import run

HERE = Path(__file__).parent / "golden"
BUNDLES = load_shops(Path(__file__).parents[3] / "infra" / "demo" / "shops")
BEGAN = 1_791_792_000_000  # 2026-10-12T08:00Z
MINUTE = 60_000
INPOST = "600000000000000000001001"


def payload(platform: str, name: str, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / platform / f"{name}.json").read_bytes())
    return found | changes


def shopify() -> list[tuple[str, dict[str, Any]]]:
    """An order's life: placed, paid, its address corrected, a number written wrongly and then anew, another parcel."""
    order = payload("shopify", "orders_create_cod_guest", payment_gateway_names=["shopify_payments"])
    order["customer"] = {"id": 706405506930370084}
    paid = order | {"financial_status": "paid", "updated_at": "2026-10-12T10:00:30+02:00"}
    corrected = paid | {"email": "anna.nowa@example.com", "updated_at": "2026-10-12T10:10:00+02:00"}
    first = payload("shopify", "fulfillments_create_no_number", updated_at="2026-10-12T10:11:00+02:00")
    named = {"tracking_company": "InPost"}
    wrong = first | named | {"tracking_numbers": [INPOST[:-1] + "9"], "updated_at": "2026-10-12T10:12:00+02:00"}
    right = first | named | {"tracking_numbers": [INPOST], "updated_at": "2026-10-12T10:14:00+02:00"}
    second = right | {"id": 255858009, "tracking_company": "DPD Polska", "tracking_numbers": ["0000000001001A"]}
    whole = corrected | {"fulfillments": [right, second], "updated_at": "2026-10-12T10:15:00+02:00"}
    return [
        ("orders/create", order),
        ("orders/paid", paid),
        ("orders/updated", corrected),
        ("fulfillments/create", first),
        ("fulfillments/update", wrong),
        ("fulfillments/update", right),
        ("fulfillments/create", second),
        ("orders/fulfilled", whole),
    ]


def woocommerce() -> list[tuple[str, dict[str, Any]]]:
    """Placed, paid, its number there, a part of it refunded."""
    order = payload(
        "woocommerce", "order_created_cod_guest", status="pending", payment_method="przelewy24", customer_id=7
    )
    paid = order | {"status": "processing", "date_paid_gmt": "2026-10-12T08:01:00"}
    paid |= {"date_modified_gmt": "2026-10-12T08:01:00"}
    meta = [*order["meta_data"], {"key": "_easypack_parcel_tracking", "value": INPOST}]
    sent = paid | {"meta_data": meta, "date_modified_gmt": "2026-10-12T08:05:00"}
    back = sent | {
        "refunds": [{"id": 801, "reason": "", "total": "-41.00"}],
        "date_modified_gmt": "2026-10-12T08:09:00",
    }
    return [("order.created", order), ("order.updated", paid), ("order.updated", sent), ("order.updated", back)]


LIVES = {"shopify": shopify, "woocommerce": woocommerce}


def reported(platform: str, topic: str, body: dict[str, Any], at: int) -> bytes:
    moment = from_millis(at).isoformat()
    event = {
        "specversion": "1.0",
        "id": "any",
        "source": f"/shops/sowa/{platform}",
        "type": "awizo.shop.reported.v1",
        "time": moment,
        "recordedtime": moment,
        "subject": platform,
        "topic": topic,
        "data_base64": base64.b64encode(json.dumps(body).encode()).decode(),
    }
    return json.dumps(event).encode()


def scans(numbers: list[str]) -> list[bytes]:
    """InPost's own words, a while later."""
    lines = []
    for hours, status in ((4, "accepted"), (26, "out_for_delivery"), (28, "delivered")):
        at = (from_millis(BEGAN) + timedelta(hours=hours)).isoformat()
        for number in numbers:
            courier = "inpost" if number == INPOST else "dpd_pl"
            data = {"courier": courier, "number": number, "status": status, "occurred_at": at}
            event = {"specversion": "1.0", "id": "any", "source": "/couriers/awizo", "subject": "awizo", "data": data}
            lines.append(json.dumps(event | {"type": "awizo.courier.reported.v1", "time": at}).encode())
    return lines


def concluded(platform: str, webhooks: list[tuple[str, dict[str, Any]]]) -> tuple[Any, Any, Any]:
    """The order as it ends, who was told what by which way, and what was decided otherwise."""
    bundles = {**BUNDLES, "sowa": {"2": BUNDLES["sowa"]["2"].model_copy(update={"webhooks": WEBHOOKS[platform]})}}
    reading = WebhookReading(newest_of(bundles))
    door = Door(book_of(bundles, keys_of("a key for tests only").people), read, webhooks=reading)
    # one a second behind the other, all of them after the last thing that they tell
    lines = [
        reported(platform, topic, body, BEGAN + 20 * MINUTE + number * 1_000)
        for number, (topic, body) in enumerate(webhooks)
    ]
    numbers = [INPOST, "0000000001001A"] if platform == "shopify" else [INPOST]
    said, records = run([*lines, *scans(numbers)], door, bundles, ACTORS, "quiet")
    unpacked = [unpack_record(record) for record in records]
    view = max((one for one in unpacked if isinstance(one, OrderRecord)), key=lambda one: one.sequence)
    notices = sorted(
        (item.recipient, item.kind, tuple((way.channel, way.to) for way in item.routes))
        for values in said.values()
        for value in values
        for item in unpack_items(value)
        if isinstance(item, Notice)
    )
    parcels = sorted((one.courier, one.number, one.status) for one in view.view.parcels)
    order = (view.view.lifecycle, view.view.payment, view.view.total, view.view.refunded, parcels, view.recipients)
    held = [one for one in unpacked if isinstance(one, Decision) and ("", "held") in one.verdicts]
    return order, notices, held


WEBHOOKS = {
    "shopify": Webhooks(platform="shopify"),
    "woocommerce": Webhooks(platform="woocommerce", presets=("inpost",)),
}


@pytest.mark.parametrize("name", LIVES)
def test_webhooks_in_any_order_and_twice_lead_to_the_same_messages(name: str) -> None:
    webhooks = LIVES[name]()
    expected = concluded(name, webhooks)
    assert {kind for _, kind, _ in expected[1]} >= {"order_received", "shipped", "delivered"}
    chance = random.Random(12)
    for _ in range(60):
        mixed = [*webhooks, *chance.sample(webhooks, 2)]
        chance.shuffle(mixed)
        assert concluded(name, mixed) == expected


def test_a_number_written_anew_takes_the_old_ones_place_and_a_corrected_address_is_used() -> None:
    order, notices, _ = concluded("shopify", shopify())
    assert [number for _, number, _ in order[4]] == ["0000000001001A", INPOST]
    assert {to for _, _, ways in notices for channel, to in ways if channel == "email"} == {"anna.nowa@example.com"}


@pytest.mark.parametrize("name", LIVES)
def test_any_webhook_of_an_order_that_has_all_of_it_repairs_those_that_were_lost(name: str) -> None:
    webhooks = LIVES[name]()
    order, notices, _ = concluded(name, webhooks[-1:])
    whole, told, _ = concluded(name, webhooks)
    assert order == whole
    assert notices == told
