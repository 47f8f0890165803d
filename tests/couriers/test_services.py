"""What is known of couriers beside their codes."""

import pytest

from couriers.registry import COURIERS
from couriers.services import NAMES, PAGES, STORAGE, TELLS, courier_name, storage_hours, tells, tracking_url


def test_a_courier_has_its_own_name_in_each_language() -> None:
    assert courier_name("nova_poshta", "uk") == "Нова пошта"
    assert courier_name("nova_poshta", "pl") == courier_name("nova_poshta", "en") == "Nova Poshta"
    assert [courier_name(name, "uk") for name in ("inpost", "dhl", "dpd_pl")] == ["InPost", "DHL", "DPD"]


def test_a_courier_without_a_name_is_called_by_its_id_made_readable() -> None:
    assert courier_name("some_courier", "pl") == "Some Courier"


def test_every_courier_that_carries_parcels_has_a_name_and_a_page() -> None:
    relays = {"aftership", "seventeentrack", "easypost", "shippo", "shipengine", "shopify", "awizo"}
    of_doubtful_page = {"meest", "allegro", "orlen_paczka"}
    carriers = set(COURIERS) - relays
    assert carriers <= set(NAMES)
    assert carriers - of_doubtful_page <= set(PAGES)


def test_a_tracking_page_is_of_this_number_only() -> None:
    assert tracking_url("inpost", "600000000000000000000001") == (
        "https://inpost.pl/sledzenie-przesylek?number=600000000000000000000001"
    )
    assert tracking_url("nova_poshta", "a/b?c") == "https://novaposhta.ua/tracking/a%2Fb%3Fc"
    assert tracking_url("some_courier", "1") is None


@pytest.mark.parametrize("service", ["", "inpost_locker_standard", "inpost_courier_standard"])
def test_inpost_texts_its_recipients_that_a_parcel_waits(service: str) -> None:
    assert tells("inpost", service, "ready_for_pickup")
    assert tells("inpost", service, "pickup_reminder")


def test_a_guess_is_kept_in_the_table_and_not_used() -> None:
    assert any(row.confidence == "low" and row.kind == "out_for_delivery" for row in TELLS)
    assert not tells("inpost", "inpost_courier_standard", "out_for_delivery")


def test_nova_poshta_tells_and_others_do_not() -> None:
    assert tells("nova_poshta", "", "ready_for_pickup")
    assert not tells("dpd_pl", "", "ready_for_pickup")
    assert not tells("dhl", "", "delivered")


def test_a_locker_keeps_a_parcel_for_two_days_and_of_others_nothing_is_promised() -> None:
    assert storage_hours("inpost", "inpost_locker_standard") == 48
    assert storage_hours("inpost", "inpost_courier_standard") is None
    assert storage_hours("inpost", "") is None
    assert storage_hours("dpd_pl", "pickup") is None


def test_every_row_says_how_sure_it_is() -> None:
    sure = [row.confidence for row in TELLS] + [row.confidence for row in STORAGE]
    assert set(sure) <= {"high", "medium", "low"}
