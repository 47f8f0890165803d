"""`awizo shops read` and `awizo shops key`: events out, and a word on each thing that is missing."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from connectors.gateway.shop_keys import hashes_in, shop_of
from connectors.shops import load_bundle
from pipelines.commands.shops import command
from schemas.envelope import read_structured
from schemas.errors import BadBundle

ROOT = Path(__file__).parents[2]
SHOPS = ROOT / "infra" / "demo" / "shops"
GOLDEN = ROOT / "tests" / "connectors" / "platforms" / "golden"


def run(*arguments: str, given: bytes | None = None) -> Any:
    return CliRunner().invoke(command, ["read", *arguments], input=given)


def golden(platform: str, name: str) -> str:
    return str(GOLDEN / platform / f"{name}.json")


def test_a_webhook_is_printed_as_events_and_what_it_lacks_is_said_with_its_cost() -> None:
    said = run(str(SHOPS / "sowa"), golden("shopify", "orders_updated_parcels"))
    assert said.exit_code == 0
    types = [read_structured(line.encode()).type for line in said.stdout.splitlines()]
    assert types == [
        "awizo.order.placed.v1",
        "awizo.order.changed.v1",
        "awizo.order.paid.v1",
        *["awizo.shipment.created.v1"] * 3,
    ]
    assert "read as shopify orders/updated" in said.stderr
    assert "fulfillments[1].tracking_company: a carrier's title that is not known (Sowi Goniec)" in said.stderr
    assert "missing: order.placed dispatch_by: no late_to_leave" in said.stderr
    assert "missing: shipment.created service (3 of 3): defaults of the courier" in said.stderr
    assert "sowa 2: 6 events, 1 not read" in said.stderr
    assert "example.com" not in said.stderr


def test_a_topic_that_tells_nothing_says_why() -> None:
    said = run(str(SHOPS / "sowa"), golden("shopify", "refunds_create"))
    assert (said.exit_code, said.stdout) == (0, "")
    assert "orders/updated" in said.stderr


def test_a_table_is_read_from_standard_input() -> None:
    table = "order;placed_at;email\n7;2026-10-12T10:00:00+02:00;a@example.com\n8;;b@example.com\n"
    said = run(str(SHOPS / "sowa" / "2"), "-", given=table.encode())
    assert said.exit_code == 0
    assert json.loads(said.stdout)["data"]["order"] == "7"
    assert "not read: line 3, placed_at" in said.stderr


def test_lines_of_events_are_checked_one_by_one() -> None:
    event = {"specversion": "1.0", "type": "awizo.order.paid.v1", "source": "/shops/sowa", "id": "1"}
    event |= {"time": "2026-10-12T10:00:00Z", "data": {"shop": "sowa", "order": "7"}}
    other = event | {"source": "/shops/lela", "data": {"shop": "lela", "order": "7"}}
    lines = "\n".join(json.dumps(one) for one in (event, other, {"specversion": "1.0"}))
    said = run(str(SHOPS / "sowa"), "-", given=lines.encode())
    assert [json.loads(line)["id"] for line in said.stdout.splitlines()] == ["1"]
    assert "line 2, data.shop: another shop than sowa" in said.stderr
    assert "1 events, 2 not read" in said.stderr


@pytest.mark.parametrize("given", [b'{"hello": 1}', b"[]", b"{", b"a,b\n1,2\n"])
def test_what_is_nothing_that_is_known_is_bad_input(given: bytes) -> None:
    said = run(str(SHOPS / "sowa"), "-", given=given)
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr.splitlines()[-1].startswith("not read: ")


def test_door_and_topic_can_be_named() -> None:
    said = run(str(SHOPS / "sowa"), golden("shopify", "orders_updated_parcels"), "--topic", "orders/create")
    assert "awizo.order.changed.v1" not in said.stdout
    wrong = run(str(SHOPS / "sowa"), golden("shopify", "customers_redact"), "--door", "woocommerce")
    assert wrong.exit_code == 2


def bundle_with(folder: Path, webhooks: str) -> Path:
    copied = folder / "sowa" / "2"
    shutil.copytree(SHOPS / "sowa" / "2", copied)
    file = copied / "shop.yaml"
    file.write_text(file.read_text("utf-8") + webhooks, "utf-8")
    return copied


def test_a_bundle_says_how_its_webhooks_are_read(tmp_path: Path) -> None:
    webhooks = 'webhooks: {platform: shopify, couriers: {"sowi goniec": sowa_rower}}\n'
    said = run(str(bundle_with(tmp_path, webhooks)), golden("shopify", "orders_updated_parcels"))
    assert '"courier":"sowa_rower","number":"SG-1"' in said.stdout
    assert "7 events, 0 not read" in said.stderr


@pytest.mark.parametrize(
    ("webhooks", "words"),
    [
        ("{platform: magento}", "webhooks.platform"),
        ("{platform: shopify, presets: [inpost]}", "'inpost' is no preset of shopify"),
        (
            "{platform: shopify, couriers: {zenek: kurier_zenek}}",
            "webhooks.couriers.zenek: 'kurier_zenek' is no",
        ),
        ("{platform: woocommerce, parcels: [{number: a, always: zenek}]}", "webhooks.parcels.0.always: 'zenek'"),
        ("{platform: woocommerce, parcels: [{number: 'a b'}]}", "webhooks.parcels.0.number"),
        ("{platform: woocommerce, statuses: {sent: shipped}}", "webhooks.statuses.sent"),
        ("{platform: woocommerce, services: {x: locker}}", "webhooks.services.x"),
        ("{platform: woocommerce, point: x}", "webhooks.point: is not a field"),
    ],
)
def test_a_mapping_with_anything_wrong_in_it_is_refused_with_its_place(
    tmp_path: Path, webhooks: str, words: str
) -> None:
    with pytest.raises(BadBundle) as caught:
        load_bundle(bundle_with(tmp_path, f"webhooks: {webhooks}\n"))
    assert any(words in finding for finding in caught.value.findings), caught.value.findings


def test_a_key_is_made_whose_hash_opens_the_door() -> None:
    said = CliRunner().invoke(command, ["key", "sowa"])
    key, entry = (line.partition(": ")[2].strip() for line in said.stdout.splitlines())
    assert shop_of(hashes_in({"AWIZO_SHOP_KEYS": entry}), f"Bearer {key}") == "sowa"
    assert key not in entry
    assert CliRunner().invoke(command, ["key", "Sowa=1"]).exit_code == 2
