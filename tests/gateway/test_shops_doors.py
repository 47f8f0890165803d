"""The shops' doors: who is let in, what is published, and what is answered."""

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from connectors.gateway.reception import Reception
from connectors.gateway.shop_keys import hash_of
from connectors.log.publisher import Entry, MemoryPublisher
from connectors.platforms.reading import WebhookReading
from connectors.shops import load_shops
from connectors.store.bundles import BundleShelf
from connectors.store.opening import Store
from connectors.store.records import Records
from couriers.registry import read
from pipelines.rules.book import book_of
from pipelines.rules.context import newest_of
from pipelines.rules.normalize import Door, Keyed, normalize
from schemas.errors import ConfigurationError, LogDown
from schemas.orders import OrderRecord, OrderView, ParcelView
from schemas.parcels import Report
from schemas.webhooks import Webhooks
from schemas.wire import unpack
from tests.gateway.asking import Asked, Wire, client_of, published

GOLDEN = Path(__file__).parents[1] / "connectors" / "platforms" / "golden"
ORDER = (GOLDEN / "shopify" / "orders_create_cod_guest.json").read_bytes()
WOO_ORDER = (GOLDEN / "woocommerce" / "order_created_cod_guest.json").read_bytes()
BUNDLES = load_shops(Path(__file__).parents[2] / "infra" / "demo" / "shops")
SECRET, OLD_SECRET, WOO_SECRET = (
    "shpss_a-secret-of-sowa",
    "shpss_the-one-before",
    "a secret of the webhook".replace(" ", "-"),
)
KEY, OLD_KEY, OTHER_KEY = "key-of-sowa-" + "k" * 32, "key-of-sowa-before-" + "k" * 32, "key-of-lela-" + "l" * 32
SETTINGS = {
    "AWIZO_SHOPIFY_SECRETS": f"sowa={SECRET} sowa={OLD_SECRET} lela=shpss_a-secret-of-lela",
    "AWIZO_WOOCOMMERCE_SECRETS": f"sowa={WOO_SECRET}",
    "AWIZO_SHOP_KEYS": f"sowa={hash_of(KEY)} sowa={hash_of(OLD_KEY)} lela={hash_of(OTHER_KEY)}",
}
PLACED = {
    "specversion": "1.0",
    "type": "awizo.order.placed.v1",
    "source": "/shops/sowa",
    "id": "1",
    "time": "2026-10-12T10:00:00+02:00",
    "data": {"shop": "sowa", "order": "20001", "locale": "en", "recipients": [{"email": "me@example.com"}]},
}
BATCH, ONE = "application/cloudevents-batch+json", "application/cloudevents+json"


@pytest.fixture
def reception(receive: Callable[..., Reception], store: Store) -> Reception:
    """With both demo shops configured, and a secret and keys for each."""
    shelf = BundleShelf(store)
    for versions in BUNDLES.values():
        for bundle in versions.values():
            shelf.put(bundle, 0)
    shelf.put(
        BUNDLES["sowa"]["2"].model_copy(
            update={"version": "3", "webhooks": Webhooks(platform="shopify", domain="sowa.myshopify.com")}
        ),
        0,
    )
    return receive(**SETTINGS)


@pytest.fixture
def client(reception: Reception) -> TestClient:
    return client_of(reception)


def seal(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def shopify(body: bytes = ORDER, secret: str = SECRET, **headers: str | bytes) -> dict[str, Any]:
    """What a request of Shopify carries."""
    given = {
        "content-type": "application/json",
        "x-shopify-topic": "orders/create",
        "x-shopify-shop-domain": "sowa.myshopify.com",
        "x-shopify-hmac-sha256": seal(body, secret),
        "x-shopify-webhook-id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
    }
    return {"url": "/shops/sowa/shopify", "content": body, "headers": given | headers}


def woo(body: bytes = WOO_ORDER, secret: str = WOO_SECRET, **headers: str | bytes) -> dict[str, Any]:
    given = {"content-type": "application/json", "x-wc-webhook-topic": "order.created"}
    given |= {"x-wc-webhook-signature": seal(body, secret)}
    return {"url": "/shops/sowa/woocommerce", "content": body, "headers": given | headers}


def events(body: Any, kind: str = ONE, key: str = KEY, **headers: str | bytes) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"content-type": kind, "authorization": f"Bearer {key}"}
    return {"url": "/shops/sowa/events", "content": content, "headers": given | headers}


def data_of(entry: Entry) -> Any:
    return json.loads(entry.event)


# Webhooks


@pytest.mark.parametrize(
    "request_", [shopify(), woo(), shopify(secret=OLD_SECRET)], ids=["shopify", "woo", "old secret"]
)
def test_a_genuine_webhook_is_published_as_it_came(
    client: TestClient, reception: Reception, request_: dict[str, Any]
) -> None:
    answer = client.post(**request_)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "known": 0})
    (entry,) = published(reception)
    event = data_of(entry)
    assert entry.stream.name == "orders"
    assert event["type"] == "awizo.shop.reported.v1"
    assert base64.b64decode(event["data_base64"]) == request_["content"]


def test_the_same_webhook_again_is_known_and_one_event(client: TestClient, reception: Reception) -> None:
    assert client.post(**shopify()).status_code == 202
    again = client.post(**shopify(**{"x-shopify-webhook-id": "another-delivery"}))
    assert (again.status_code, again.json()) == (200, {"accepted": 0, "known": 1})
    assert len(published(reception)) == 1


def test_a_genuine_webhook_that_nobody_can_read_is_kept(client: TestClient, reception: Reception) -> None:
    for body in (b"not json", b"[]", b'{"id": null}', b"\xff\xfe"):
        assert client.post(**shopify(body)).status_code == 202
    assert client.post(**shopify(**{"x-shopify-topic": "products/update"})).status_code == 202
    assert len(published(reception)) == 5


def test_what_is_published_is_what_the_pipeline_reads(client: TestClient, reception: Reception) -> None:
    client.post(**shopify())
    (entry,) = published(reception)
    door = Door(book_of(BUNDLES, b"key"), read, webhooks=WebhookReading(newest_of(BUNDLES)))
    items = normalize(entry.event, door, recorded=1_800_000_000_000).items
    assert [item.to for item in items if isinstance(item, Keyed)] == ["gather", "plan"]


FULFILMENT = (GOLDEN / "shopify" / "fulfillment_events_create.json").read_bytes()
EVENT = {"x-shopify-topic": "fulfillment_events/create"}


def parcels(reception: Reception, *couriers: str, direction: str = "outbound") -> None:
    """The order of the fulfilment event is known, and its parcels."""
    views = tuple(
        ParcelView(each, f"60000000000000000000000{n}", "accepted", direction=direction)
        for n, each in enumerate(couriers)
    )
    view = OrderView("5940139491001", "#1001", 1, 0, parcels=views)
    Records(reception.store).write([OrderRecord("sowa", 1, 0, view)])


def test_a_fulfilment_event_is_a_scan_of_its_order_s_one_parcel(client: TestClient, reception: Reception) -> None:
    parcels(reception, "inpost")
    assert client.post(**shopify(FULFILMENT, **EVENT)).json() == {"accepted": 2, "known": 0}
    assert client.post(**shopify(FULFILMENT, **EVENT)).json() == {"accepted": 0, "known": 2}
    raw, scan = published(reception)
    assert base64.b64decode(data_of(raw)["data_base64"]) == FULFILMENT
    door = Door(book_of(BUNDLES, b"key"), read, webhooks=WebhookReading(newest_of(BUNDLES)))
    (item,) = normalize(scan.event, door, recorded=1_800_000_000_000).items
    assert isinstance(item, Keyed)
    assert (item.to, item.key) == ("track", "inpost/600000000000000000000000")
    report = unpack(item.arrival).body
    assert isinstance(report, Report)
    assert [(each.status, each.via, each.raw_code) for each in report.scans] == [("in_transit", "shop", "in_transit")]
    assert normalize(raw.event, door, recorded=1_800_000_000_000).items == []


@pytest.mark.parametrize("couriers", [None, (), ("inpost", "dpd_pl"), ("sowa_rower",), ("dpd",)])
def test_a_fulfilment_event_of_nobody_knows_which_parcel_is_kept_and_moves_none(
    client: TestClient, reception: Reception, couriers: tuple[str, ...] | None
) -> None:
    if couriers is not None:
        parcels(reception, *couriers)
    assert client.post(**shopify(FULFILMENT, **EVENT)).json() == {"accepted": 1, "known": 0}


def test_a_return_is_not_moved_by_a_fulfilment_event_and_nonsense_is_kept(
    client: TestClient, reception: Reception
) -> None:
    parcels(reception, "inpost", direction="return")
    for body in (FULFILMENT, b"not json", b"[]", b'{"order_id": null}', b'{"order_id": {"a": 1}}'):
        assert client.post(**shopify(body, **EVENT)).json() == {"accepted": 1, "known": 0}


def test_an_unsigned_or_forged_webhook_is_401_and_is_not_kept(client: TestClient, reception: Reception) -> None:
    header = "x-shopify-hmac-sha256"
    good = seal(ORDER, SECRET)
    forged = ["", good.rstrip("="), good.lower(), good.replace("+", "-").replace("/", "_") + " x", "sha256=" + good]
    forged += [hmac.digest(SECRET.encode(), ORDER, "sha256").hex(), seal(ORDER, "shpss_a-secret-of-lela"), "é" * 44]
    for signature in forged:
        answer = client.post(**shopify(**{header: signature.encode()}))
        assert answer.status_code == 401, signature
        assert answer.json()["title"].startswith("the signature")
    assert published(reception) == []


def test_another_shops_signature_does_not_open_this_shops_door(client: TestClient, reception: Reception) -> None:
    assert client.post(**shopify() | {"url": "/shops/lela/shopify"}).status_code == 401
    assert client.post(**shopify() | {"url": "/shops/nobody/shopify"}).status_code == 401
    assert client.post(**woo() | {"url": "/shops/lela/woocommerce"}).status_code == 401
    assert published(reception) == []


def test_a_webhook_of_another_shopify_shop_is_refused(client: TestClient, reception: Reception) -> None:
    answer = client.post(**shopify(**{"x-shopify-shop-domain": "lela.myshopify.com"}))
    assert (answer.status_code, answer.json()["place"]) == (403, "x-shopify-shop-domain")
    assert published(reception) == []


def test_a_webhook_without_its_topic_is_400(client: TestClient, reception: Reception) -> None:
    answer = client.post(**shopify(**{"x-shopify-topic": ""}))
    assert (answer.status_code, answer.json()["place"]) == (400, "x-shopify-topic")
    assert published(reception) == []


def test_the_ping_of_woocommerce_is_answered_and_not_kept(client: TestClient, reception: Reception) -> None:
    answer = client.post("/shops/sowa/woocommerce", content=b"webhook_id=7")
    assert answer.status_code == 200
    assert client.post("/shops/sowa/woocommerce", content=b"webhook_id=7&x=1").status_code == 401
    assert published(reception) == []


def test_thousands_of_damaged_webhooks_open_no_door(reception: Reception) -> None:
    chance = random.Random(7)
    with Wire(reception) as wire:
        for number in range(3_000):
            request = shopify() if number % 2 else woo()
            header = "x-shopify-hmac-sha256" if number % 2 else "x-wc-webhook-signature"
            body, signature = damaged(request["content"], request["headers"][header], chance)
            sent = Asked(request["url"], body, request["headers"] | {header: signature})
            if (body, signature) != (request["content"], request["headers"][header]):
                assert wire.ask(sent).status == 401, number
    assert published(reception) == []


def damaged(body: bytes, signature: str, chance: random.Random) -> tuple[bytes, str]:
    """A body or its signature, changed a little."""
    place, sign = chance.randrange(len(body)), chance.randrange(len(signature) - 2)
    flipped = body[:place] + bytes([body[place] ^ 1 << chance.randrange(8)]) + body[place + 1 :]
    other = signature[:sign] + chance.choice("AZaz09+/") + signature[sign + 1 :]
    written_anew = json.dumps(json.loads(body)).encode()
    longer = body + bytes([chance.randrange(256)])
    ways = (
        (flipped, signature),
        (body[:place], signature),
        (longer, signature),
        (written_anew, signature),
        (body, other),
    )
    return chance.choice(ways)


def test_a_webhook_that_is_too_large_is_413(client: TestClient, reception: Reception) -> None:
    assert client.post(**shopify(b"x" * (9 * 1024 * 1024))).status_code == 413
    assert published(reception) == []


class Failing(MemoryPublisher):
    """A log that is down as often as told."""

    down = 0

    def publish(self, entries: Sequence[Entry]) -> None:
        if self.down:
            self.down -= 1
            raise LogDown("the log is down")
        super().publish(entries)


@pytest.mark.parametrize("request_", [shopify(), woo(), events(PLACED)], ids=["shopify", "woo", "events"])
def test_while_the_log_is_down_the_sender_is_told_to_come_again(
    receive: Callable[..., Reception], reception: Reception, request_: dict[str, Any]
) -> None:
    log = Failing()
    log.down = 1
    client = client_of(receive(log, **SETTINGS))
    answer = client.post(**request_)
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
    assert client.post(**request_).status_code == 202  # and it was not remembered as taken
    assert len(log.entries) == 1


def test_a_shop_without_a_bundle_comes_again_later(receive: Callable[..., Reception]) -> None:
    made = receive(**SETTINGS)
    for request in (shopify(), events(PLACED)):
        answer = client_of(made).post(**request)
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
    assert published(made) == []


# CloudEvents


def test_an_event_is_published_as_it_came(client: TestClient, reception: Reception) -> None:
    answer = client.post(**events(PLACED))
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "known": 0})
    (entry,) = published(reception)
    assert data_of(entry) == PLACED


def test_the_binary_mode_is_the_same_event(client: TestClient, reception: Reception) -> None:
    attributes = {f"ce-{name}": str(value) for name, value in PLACED.items() if name != "data"}
    assert client.post(**events(PLACED["data"], "application/json", **attributes)).status_code == 202
    (entry,) = published(reception)
    assert data_of(entry) == PLACED


def test_a_batch_takes_what_is_good_and_says_which_were_refused(client: TestClient, reception: Reception) -> None:
    bad = PLACED | {"id": "2", "data": PLACED["data"] | {"recipients": []}}  # type: ignore[operator]
    other = PLACED | {"id": "3", "data": PLACED["data"] | {"shop": "lela"}}  # type: ignore[operator]
    answer = client.post(**events([PLACED, bad, 7, other, PLACED | {"id": "5"}], BATCH))
    said = answer.json()
    assert (answer.status_code, said["accepted"]) == (422, 2)
    assert [(one["event"], one.get("place")) for one in said["refused"]] == [
        (1, "data.recipients"),
        (2, None),
        (3, "data.shop"),
    ]
    assert [data_of(entry)["id"] for entry in published(reception)] == ["1", "5"]
    again = client.post(**events([PLACED, PLACED | {"id": "5"}, PLACED | {"id": "6"}], BATCH))
    assert (again.status_code, again.json()) == (202, {"accepted": 1, "known": 2})


def test_an_empty_batch_is_nothing_new(client: TestClient) -> None:
    assert client.post(**events([], BATCH)).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"7", b"null", b"[1", b"\xff", b"[" * 100_000])
@pytest.mark.parametrize("kind", [ONE, BATCH])
def test_what_is_no_event_is_4xx_and_not_kept(client: TestClient, reception: Reception, body: bytes, kind: str) -> None:
    assert client.post(**events(body, kind)).status_code in (400, 422)
    assert published(reception) == []


def test_a_batch_of_absurdly_many_events_is_refused_whole(client: TestClient, reception: Reception) -> None:
    answer = client.post(**events([PLACED | {"id": str(number)} for number in range(1_001)], BATCH))
    assert answer.status_code == 400
    assert published(reception) == []


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"type": "awizo.courier.reported.v1", "subject": "awizo", "source": "/shops/sowa"}, "type"),
        ({"type": "awizo.shop.configured.v1", "data": {"shop": "sowa", "version": "1"}}, "type"),
        ({"type": "awizo.shop.reported.v1", "subject": "shopify", "source": "/shops/sowa/shopify"}, "type"),
        ({"type": "awizo.courier.heartbeat.v1", "data": {"shop": "sowa", "courier": "dhl"}}, "type"),
        ({"type": "awizo.weather.changed.v1"}, "type"),
        ({"source": "/shops/lela"}, "data.shop"),
        ({"source": "/shops/sowa-2"}, "data.shop"),
        ({"source": "/couriers/inpost"}, "source"),
        ({"id": ""}, "id"),
        ({"time": "yesterday"}, "time"),
    ],
)
def test_a_key_publishes_orders_and_customers_of_its_shop_alone(
    client: TestClient, reception: Reception, changes: dict[str, Any], place: str
) -> None:
    answer = client.post(**events(PLACED | changes))
    assert (answer.status_code, answer.json()["refused"][0]["place"]) == (422, place)
    assert published(reception) == []


def test_what_only_a_receiver_may_say_is_taken_out(client: TestClient, reception: Reception) -> None:
    assert client.post(**events(PLACED | {"recordedtime": "2099-01-01T00:00:00Z"})).status_code == 202
    (entry,) = published(reception)
    assert data_of(entry) == PLACED


def test_a_key_opens_its_own_shop_alone_and_the_old_one_holds_while_it_is_renewed(
    client: TestClient, reception: Reception
) -> None:
    assert client.post(**events(PLACED, key=OTHER_KEY)).status_code == 403
    for key in ("", KEY[:-1], KEY + "k", hash_of(KEY), "é"):
        answer = client.post(**events(PLACED, **{"authorization": f"Bearer {key}".encode()}))
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert client.post(**events(PLACED, **{"authorization": f"Basic {KEY}"})).status_code == 401
    assert published(reception) == []
    assert client.post(**events(PLACED, key=OLD_KEY)).status_code == 202


def test_thousands_of_keys_at_random_open_nothing(reception: Reception) -> None:
    chance, request = random.Random(7), events(PLACED)
    with Wire(reception) as wire:
        for _ in range(2_000):
            key = list(KEY)
            key[chance.randrange(len(key))] = chance.choice("XZ07")
            headers = request["headers"] | {"authorization": f"Bearer {''.join(key)}"}
            assert wire.ask(Asked(request["url"], request["content"], headers)).status == 401
    assert published(reception) == []


# Tables


def test_a_table_is_taken_row_by_row(client: TestClient, reception: Reception) -> None:
    table = b"order,placed_at,email\n1,2026-10-12T10:00:00Z,a@example.com\n2,soon,b@example.com\n"
    request = events(table, "text/csv") | {"url": "/shops/sowa/sheet"}
    answer = client.post(**request)
    assert (answer.status_code, answer.json()["accepted"]) == (422, 1)
    assert answer.json()["refused"][0]["place"] == "line 3, placed_at"
    assert len(published(reception)) == 1
    good = table.replace(b"soon", b"2026-10-12T10:00:00Z")
    again = client.post(**request | {"content": good})
    assert (again.status_code, again.json()) == (202, {"accepted": 1, "known": 1})


def test_a_table_of_another_header_is_refused_whole(client: TestClient, reception: Reception) -> None:
    request = events(b"order,placed,email\n1,2026-10-12T10:00:00Z,a@example.com\n", "text/csv")
    assert client.post(**request | {"url": "/shops/sowa/sheet"}).status_code == 400
    assert published(reception) == []


# Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWIZO_SHOP_KEYS", f"sowa={KEY}"),
        ("AWIZO_SHOP_KEYS", "sowa"),
        ("AWIZO_SHOPIFY_SECRETS", "sowa=short"),
        ("AWIZO_WOOCOMMERCE_SECRETS", "SOWA=a-secret-that-is-long-enough"),
    ],
)
def test_a_setting_that_cannot_be_meant_stops_the_start_and_is_not_repeated(
    receive: Callable[..., Reception], name: str, value: str
) -> None:
    with pytest.raises(ConfigurationError, match=name) as caught:
        client_of(receive(**{name: value}))
    assert value.partition("=")[2] not in str(caught.value) or "=" not in value


def test_no_answer_repeats_what_was_sent(client: TestClient) -> None:
    secret = "hush-hush"
    requests = [
        shopify(**{"x-shopify-hmac-sha256": secret}),
        events(PLACED, key=secret),
        events(PLACED | {"data": {"shop": secret, "recipients": [{"email": secret}]}}),
        events(secret.encode()),
    ]
    for request in requests:
        assert secret not in client.post(**request).text
    assert hashlib.sha256(KEY.encode()).hexdigest() == hash_of(KEY)


def test_the_openapi_document_shows_every_shops_door_with_an_example(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for door in ("shopify", "woocommerce", "events", "sheet"):
        post = paths[f"/shops/{{shop}}/{door}"]["post"]
        assert all("example" in content for content in post["requestBody"]["content"].values())
        assert set(post["responses"]) >= {"200", "202", "401", "403", "503"}
