"""What is peculiar to shops' webhooks: guests, other people's phones, titles, numbers written anew, money, repeats."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.platforms.carriers import courier_of
from connectors.platforms.paths import at, each_at
from connectors.platforms.presets import PRESETS, rules_of
from connectors.platforms.registry import read, shop_of
from schemas.errors import BadInput
from schemas.webhooks import PlatformName, Unread, Webhooks

GOLDEN = Path(__file__).parent / "golden"
INPOST = "600000000000000000001001"


def payload(platform: str, name: str, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLDEN / platform / f"{name}.json").read_bytes())
    return found | changes


def told(platform: PlatformName, topic: str, body: Any, **webhooks: Any) -> list[Any]:
    shop = shop_of("sowa", "pl", platform, Webhooks(platform=platform, **webhooks))
    found = read(shop, topic, json.dumps(body).encode(), 0)
    return [one if isinstance(one, Unread) else json.loads(one) for one in found]


def of_type(found: list[Any], happened: str) -> list[Any]:
    return [one for one in found if not isinstance(one, Unread) and one["type"] == f"awizo.{happened}.v1"]


def placed(platform: PlatformName, body: Any, **webhooks: Any) -> Any:
    topic = "orders/create" if platform == "shopify" else "order.created"
    return of_type(told(platform, topic, body, **webhooks), "order.placed")[0]["data"]


def test_a_guest_is_known_by_addresses_and_a_customer_by_the_shops_id() -> None:
    assert "customer" not in placed("shopify", payload("shopify", "orders_create_cod_guest"))["recipients"][0]
    assert "customer" not in placed("woocommerce", payload("woocommerce", "order_created_cod_guest"))["recipients"][0]
    known = payload("woocommerce", "order_created_cod_guest", customer_id=26)
    assert placed("woocommerce", known)["recipients"][0]["customer"] == "26"


def test_the_phone_of_another_person_is_never_taken_for_the_buyers() -> None:
    body = payload("shopify", "orders_create_cod_guest", billing_address=None)
    body["billing_address"] = {"first_name": "Anna", "last_name": "S", "country_code": "PL", "phone": None}
    body["shipping_address"] |= {"first_name": "Ewa", "last_name": "S", "phone": "500 000 999"}
    assert [one.get("phone") for one in placed("shopify", body)["recipients"]] == [None]
    both = placed("shopify", body, consignee=True)["recipients"]
    assert [(one["role"], one.get("phone")) for one in both] == [("buyer", None), ("consignee", "500 000 999")]


def test_a_consignee_with_the_buyers_own_phone_is_the_buyer() -> None:
    body = payload("shopify", "orders_create_cod_guest")
    body["shipping_address"] |= {"first_name": "Ewa", "phone": "+48500000123"}
    assert len(placed("shopify", body, consignee=True)["recipients"]) == 1


def test_an_order_of_nobody_is_told_and_its_parcels_go_on() -> None:
    body = payload("shopify", "orders_updated_parcels", email=None, contact_email=None, customer=None)
    body |= {"billing_address": None, "shipping_address": None}
    found = told("shopify", "orders/updated", body)
    assert any(isinstance(one, Unread) and "nobody to tell" in one.reason for one in found)
    assert of_type(found, "shipment.created")


@pytest.mark.parametrize("title", ["InPost", "inpost", " IN POST ", "InPost Paczkomaty", "Paczkomat"])
def test_case_and_spaces_of_a_title_do_not_matter(title: str) -> None:
    assert courier_of(title, INPOST, shop_of("sowa", "pl", "shopify"), "") == "inpost"


@pytest.mark.parametrize(
    ("title", "courier"), [("Нова Пошта", "nova_poshta"), ("Укрпошта", "ukrposhta"), ("DPD Polska", "dpd_pl")]
)
def test_titles_are_read_in_the_languages_of_the_shops(title: str, courier: str) -> None:
    assert courier_of(title, "x", shop_of("lela", "uk", "woocommerce"), "") == courier


@pytest.mark.parametrize("title", ["DPD", "Other", "Kurier", "awizo?"])
def test_a_title_that_leaves_it_open_is_refused_and_named(title: str) -> None:
    with pytest.raises(BadInput, match="not known"):
        courier_of(title, INPOST, shop_of("sowa", "pl", "shopify", Webhooks(platform="shopify", recognise=True)), "")


def test_a_title_that_may_hold_anything_is_not_repeated() -> None:
    with pytest.raises(BadInput) as caught:
        courier_of("<script>" + "x" * 500, INPOST, shop_of("sowa", "pl", "shopify"), "")
    assert "script" not in str(caught.value)


def test_the_shops_own_word_on_a_title_comes_first() -> None:
    webhooks = Webhooks(platform="shopify", couriers={"InPost": "sowa_rower", "DPD": "dpd_pl"})
    shop = shop_of("sowa", "pl", "shopify", webhooks)
    assert courier_of("inpost", "1", shop, "") == "sowa_rower"
    assert courier_of("dpd", "1", shop, "") == "dpd_pl"


def test_a_number_names_its_courier_only_where_asked_and_where_it_can_be_nobody_elses() -> None:
    asked = shop_of("sowa", "pl", "shopify", Webhooks(platform="shopify", recognise=True))
    assert courier_of("", INPOST, asked, "") == "inpost"
    with pytest.raises(BadInput, match="may be of"):
        courier_of("", "12345678901", asked, "")  # eleven digits: GLS, DHL24 or DHL Express
    with pytest.raises(BadInput, match="no carrier's title"):
        courier_of("", INPOST, shop_of("sowa", "pl", "shopify"), "")


def test_a_service_is_said_of_its_own_couriers_parcels_alone() -> None:
    body = payload("shopify", "orders_updated_parcels")
    services = {"Paczkomat": "inpost/inpost_locker_standard"}
    found = of_type(told("shopify", "orders/updated", body, services=services), "shipment.created")
    assert {one["data"]["courier"]: one["data"].get("service") for one in found} == {
        "inpost": "inpost_locker_standard",
        "dpd_pl": None,
    }


def test_a_single_number_has_the_fulfilments_name_and_several_have_none() -> None:
    found = of_type(told("shopify", "orders/updated", payload("shopify", "orders_updated_parcels")), "shipment.created")
    assert [one["data"].get("parcel") for one in found] == ["255858001", None, None]


def test_cash_on_delivery_beside_another_way_to_pay_says_no_sum() -> None:
    ways = ["gift_card", "Cash on Delivery (COD)"]
    data = placed("shopify", payload("shopify", "orders_create_cod_guest", payment_gateway_names=ways))
    assert (data["payment"], data["cod"]) == ("cod", {"currency": "PLN"})


def test_a_way_to_pay_of_the_shops_own_name_is_cash_on_delivery_if_the_bundle_says_so() -> None:
    body = payload("shopify", "orders_create_cod_guest", payment_gateway_names=["U sowy za drzwiami"])
    assert "payment" not in placed("shopify", body)
    assert placed("shopify", body, cod=["u sowy za drzwiami"])["payment"] == "cod"


def test_the_sum_is_told_in_the_money_that_the_customer_saw() -> None:
    found = placed("shopify", payload("shopify", "orders_paid_test_gift"))
    assert found["total"] == {"amount": "1250.00", "currency": "UAH"}


@pytest.mark.parametrize("sum_", ["NaN", "-1", "1e400", "12.345", "12,00", "", "x" * 400])
def test_what_is_no_sum_costs_only_the_sum(sum_: str) -> None:
    body = payload("woocommerce", "order_created_cod_guest", total=sum_)
    found = placed("woocommerce", body)
    assert "total" not in found
    assert found["payment"] == "cod"


def test_a_refund_in_other_money_is_held_against_the_sum_in_that_money() -> None:
    body = payload("shopify", "orders_cancelled_refunds")
    body["total_price_set"]["presentment_money"] = {"amount": "1250.00", "currency_code": "UAH"}
    for refund in body["refunds"]:
        refund["transactions"][0] |= {"currency": "UAH"}
    found = of_type(told("shopify", "orders/updated", body), "order.refunded")
    assert [one["data"]["in_part"] for one in found] == [True, True]


def test_an_imported_order_was_placed_when_it_was_processed_long_ago() -> None:
    body = payload("shopify", "orders_create_cod_guest", processed_at="2019-01-01T00:00:00Z")
    (event,) = of_type(told("shopify", "orders/create", body), "order.placed")
    assert event["time"] == "2019-01-01T00:00:00.000Z"


def test_a_cancelled_order_is_not_told_as_paid() -> None:
    body = payload("shopify", "orders_cancelled_refunds", financial_status="paid")
    assert not of_type(told("shopify", "orders/cancelled", body), "order.paid")


def test_an_order_that_is_told_again_with_the_same_facts_makes_no_new_event() -> None:
    body = payload("shopify", "orders_updated_parcels")
    first, again = told("shopify", "orders/updated", body), told("shopify", "orders/fulfilled", body | {"note": "x"})
    assert [one["id"] for one in first if not isinstance(one, Unread)] == [
        one["id"] for one in again if not isinstance(one, Unread)
    ]


def test_a_changed_address_is_a_new_event_of_the_same_order() -> None:
    body = payload("shopify", "orders_updated_parcels")
    changed = body | {"email": "anna.nowa@example.com", "updated_at": "2026-10-13T08:00:00+02:00"}
    before, after = (of_type(told("shopify", "orders/updated", one), "order.changed")[0] for one in (body, changed))
    assert before["id"] != after["id"]
    assert after["data"]["recipients"][0]["email"] == "anna.nowa@example.com"


def test_a_status_of_woo_counts_as_first_told() -> None:
    body = payload("woocommerce", "order_updated_cancelled")
    later = body | {"date_modified_gmt": "2026-10-20T08:00:00"}
    ids = {of_type(told("woocommerce", "order.updated", one), "order.cancelled")[0]["id"] for one in (body, later)}
    assert len(ids) == 1


def test_an_order_cannot_pass_for_a_wish_to_be_forgotten() -> None:
    found = told("shopify", "customers/redact", payload("shopify", "orders_updated_parcels"))
    assert [type(one) for one in found] == [Unread]


def test_meta_data_of_php_that_is_an_empty_list_is_no_parcel() -> None:
    body = payload("woocommerce", "order_updated_furgonetka")
    for entry in body["meta_data"]:
        if entry["key"] == "tracking_info":
            entry["value"] = []
    assert not of_type(told("woocommerce", "order.updated", body, presets=["furgonetka"]), "shipment.created")


def test_paths_lead_nowhere_without_raising() -> None:
    node = {"a": [{"key": "b", "value": {"c": 1}}], "d": 5}
    assert at(node, "a{b}.c") == 1
    assert at(node, "a{x}.c") is None
    assert at(node, "d.e.f") is None
    assert at(node, "a.b") is None
    assert list(each_at(node, "d")) == []


def test_a_preset_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(BadInput, match="inpost"):
        rules_of(Webhooks(platform="woocommerce", presets=("inpsot",)))
    with pytest.raises(BadInput, match="no preset of shopify"):
        rules_of(Webhooks(platform="shopify", presets=("inpost",)))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_says_where_its_facts_come_from(name: str) -> None:
    assert len(PRESETS[name].source) > 20


def test_the_readme_names_every_topic_preset_and_column() -> None:
    from connectors.platforms.registry import PLATFORMS
    from connectors.platforms.sheets import COLUMNS

    text = (Path(__file__).parents[3] / "connectors" / "platforms" / "README.md").read_text("utf-8")
    topics = [topic for platform in PLATFORMS.values() for topic in (*platform.topics, *platform.silent)]
    assert [name for name in (*topics, *PRESETS, *COLUMNS) if name not in text] == []
