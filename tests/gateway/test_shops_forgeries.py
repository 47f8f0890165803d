"""The shops' doors, and what is sent to them that nobody genuine sent: none of it is taken."""

import json
import random
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from connectors.gateway.examining import examine_gateway
from connectors.gateway.reception import Reception
from connectors.gateway.shop_keys import hash_of
from connectors.shops import load_shops
from connectors.store.bundles import BundleShelf
from schemas.metrics import GATEWAY_REFUSED
from tests.gateway.asking import URL, Asked, Wire, counts, published
from tests.gateway.forging import forged, ways
from tests.gateway.genuine import Genuine, in_base64

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "connectors" / "platforms" / "golden"
BUNDLES = load_shops(ROOT / "infra" / "demo" / "shops")
WORD = "a-secret-for-tests-only"  # what `in_base64` signs with
KEY = "key-of-sowa-" + "k" * 32
SETTINGS = {
    "AWIZO_SHOPIFY_SECRETS": f"sowa={WORD} sowa=the-one-before-it",
    "AWIZO_WOOCOMMERCE_SECRETS": f"sowa={WORD} lela=of-another-shop-alone",
    "AWIZO_SHOP_KEYS": f"sowa={hash_of(KEY)} lela={hash_of(KEY + 'l')}",
}
ORDER = (GOLDEN / "shopify" / "orders_create_cod_guest.json").read_bytes()
WOO_ORDER = (GOLDEN / "woocommerce" / "order_created_cod_guest.json").read_bytes()
PLACED = {"specversion": "1.0", "type": "awizo.order.paid.v1", "source": "/shops/sowa", "id": "1"}
PLACED |= {"time": "2026-10-12T10:00:00+02:00", "data": {"shop": "sowa", "order": "20001"}}  # type: ignore[dict-item]


def _signed(name: str, path: str, body: bytes, signature: str, **headers: str) -> Genuine:
    sent = {"Content-Type": "application/json", signature: in_base64(body), **headers}
    return Genuine(name, Asked(path, body, sent), (signature,))


ALL = (
    _signed("shopify", "/shops/sowa/shopify", ORDER, "X-Shopify-Hmac-SHA256", **{"X-Shopify-Topic": "orders/create"}),
    _signed(
        "woocommerce",
        "/shops/sowa/woocommerce",
        WOO_ORDER,
        "X-WC-Webhook-Signature",
        **{"X-WC-Webhook-Topic": "order.created"},
    ),
    Genuine(
        "events",
        Asked(
            "/shops/sowa/events",
            json.dumps(PLACED).encode(),
            {"Content-Type": "application/cloudevents+json", "Authorization": f"Bearer {KEY}"},
        ),
        ("Authorization",),
        signs_body=False,
    ),
)
A_FEW, MANY = 400, 3_000
"""Forgeries of each genuine request: together 1,200 and 9,000."""


def open_doors(receive: Callable[..., Reception]) -> Reception:
    reception = receive(**SETTINGS)
    for versions in BUNDLES.values():
        for bundle in versions.values():
            BundleShelf(reception.store).put(bundle, 0)
    return reception


def taken(genuine: Genuine, reception: Reception, number: int, seed: int) -> list[str]:
    """The forgeries that were taken, of so many."""
    found = []
    with Wire(reception) as wire:
        assert wire.ask(genuine.asked).status == 202
        before = len(published(reception))
        for how, asked in islice(forged(genuine, random.Random(seed)), number):
            answered = wire.ask(asked)
            if not 400 <= answered.status < 500 or len(published(reception)) != before:
                found.append(f"{how} -> {answered.status}")
                before = len(published(reception))
    return found


@pytest.mark.parametrize("genuine", ALL, ids=lambda one: one.name)
def test_a_forgery_is_never_taken(genuine: Genuine, receive: Callable[..., Reception]) -> None:
    reception = open_doors(receive)
    assert taken(genuine, reception, max(A_FEW, len(ways(genuine))), seed=1) == []
    assert counts(reception).total(GATEWAY_REFUSED) > 100


@pytest.mark.long
@pytest.mark.parametrize("genuine", ALL, ids=lambda one: one.name)
def test_none_of_thousands_of_forgeries_is_taken(genuine: Genuine, receive: Callable[..., Reception]) -> None:
    assert taken(genuine, open_doors(receive), MANY, seed=2) == []


def test_the_examination_says_which_shops_may_post_and_what_is_wrong() -> None:
    said = {(one.about, one.words) for one in examine_gateway({"AWIZO_GATEWAY_URL": URL, **SETTINGS})}
    assert ("shop sowa", f"POST {URL}/shops/sowa/shopify") in said
    assert ("shop lela", f"POST {URL}/shops/lela/events") in said
    wrong = [one for one in examine_gateway({"AWIZO_SHOP_KEYS": f"sowa={KEY}"}) if "shops' events" in one.about]
    assert [one.level for one in wrong] == ["wrong"]
    assert KEY not in repr(wrong)
