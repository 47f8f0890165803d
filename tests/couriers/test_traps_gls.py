"""Where GLS's words mislead. A test's name is the trap."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from couriers.gls_web import EVENT_NUMBERS
from couriers.meanings import codes
from schemas.errors import BadPayload
from schemas.parcels import Malformed
from schemas.times import from_millis, to_millis

Events = Callable[[str, Any], list[Any]]


def parcel(*happened: str, **more: Any) -> dict[str, Any]:
    events = [{"code": code, "country": "IE", "eventDateTime": "2026-10-23T10:02:00+0200"} for code in happened]
    return {"requested": "20000000001", "unitno": "20000000001", "events": events, **more}


def net(iso: str) -> str:
    return f"/Date({to_millis(datetime.fromisoformat(iso))}+0100)/"


def mygls(*happened: tuple[str, Any], **more: Any) -> dict[str, Any]:
    listed = [{"StatusCode": code, "StatusDate": net(f"2026-10-{day}T10:00:00+02:00")} for day, code in happened]
    return {"ParcelNumber": 2000000005, "ParcelStatusList": listed, **more}


def page(info: str, *history: dict[str, Any], back: bool = False) -> dict[str, Any]:
    bar = {"statusInfo": info, "retourFlag": back}
    return {"tuNo": "20000000006", "deliveryOwnerCode": "PL01", "progressBar": bar, "history": list(history)}


def scanned(number: str, **more: Any) -> dict[str, Any]:
    return {"date": "2026-10-23", "time": "10:00:00", "evtNo": number, "evtDscr": "x", **more}


@pytest.mark.parametrize("order", [1, -1])
def test_mygls_23_then_5_is_returned_in_whatever_order_they_are_listed(order: int, events: Events) -> None:
    found = events("gls", mygls(*[("20", "12"), ("21", "23"), ("22", "2"), ("23", "05")][::order]))
    assert {scan.raw_code: (scan.status, scan.leg) for scan in found} == {
        "12": ("delivery_attempted", "outbound"),
        "23": ("returning", "return"),
        "2": ("in_transit", "return"),
        "05": ("returned", "return"),
    }


def test_mygls_5_before_23_was_a_delivery(events: Events) -> None:
    found = events("gls", mygls(("20", "5"), ("21", "23"), ("23", "5")))
    assert [scan.status for scan in found] == ["delivered", "returning", "returned"]


def test_mygls_23_says_returned_and_means_on_its_way_back(events: Events) -> None:
    [scan] = events("gls", mygls(("21", "23")))
    assert scan.status == "returning"


@pytest.mark.parametrize("code", ["5", "05", " 05 ", "005", 5])
def test_mygls_codes_are_padded_or_numbers(code: Any, events: Events) -> None:
    [scan] = events("gls", mygls(("21", code)))
    assert scan.status == "delivered"


@pytest.mark.parametrize("code", ["8", "54", "55", "56"])
def test_mygls_delivered_to_a_point_is_ready_for_pickup(code: str, events: Events) -> None:
    [scan] = events("gls", mygls(("21", code)))
    assert scan.status == "ready_for_pickup"


def test_mygls_dot_net_date_counts_from_1970_in_utc_and_its_offset_is_only_for_display(events: Events) -> None:
    stamps = ["/Date(1612345678000+0100)/", "/Date(1612345678000-0500)/", "/Date(1612345678000)/"]
    listed = [{"StatusCode": "1", "StatusDate": stamp} for stamp in stamps]
    found = events("gls", {"ParcelNumber": 2000000005, "ParcelStatusList": listed})
    assert {from_millis(scan.occurred_at).isoformat() for scan in found} == {"2021-02-03T09:47:58+00:00"}


def test_mygls_refusal_is_refused_and_an_empty_list_is_an_answer(events: Events) -> None:
    with pytest.raises(BadPayload, match="refused"):
        events("gls", {"ParcelStatusList": [], "GetParcelStatusErrors": [{"ErrorCode": 15}]})
    assert events("gls", {"ParcelStatusList": [], "GetParcelStatusErrors": [], "ParcelNumber": 0}) == []


def test_mygls_cancelled_collection_may_not_cancel_the_parcel(events: Events) -> None:
    for code in ("87", "90"):
        [scan] = events("gls", mygls(("21", code)))
        assert (scan.status, "doubt" in scan.flags) == ("label_created", True)


def test_gls_delivered_to_the_parcel_shop_is_ready_for_pickup(events: Events) -> None:
    answer = parcel("DELIVD.PARCELSHOP", status="DELIVEREDPS", statusDateTime="2026-10-23T10:02:00+0200")
    assert {scan.status for scan in events("gls", {"parcels": [answer]})} == {"ready_for_pickup"}


def test_gls_offset_without_a_colon_counts_even_where_the_country_has_another_clock(events: Events) -> None:
    [scan] = events("gls", {"parcels": [parcel("OUTDEL.NORMAL")]})
    assert (from_millis(scan.occurred_at).isoformat(), scan.zone) == ("2026-10-23T08:02:00+00:00", "carrier")


def test_gls_number_that_is_not_known_is_an_answer_and_no_event(events: Events) -> None:
    assert events("gls", {"parcels": [{"requested": "20000000001", "errorCode": "E_404_01"}]}) == []


def test_gls_final_closes_the_history_and_moves_nothing(events: Events) -> None:
    answer = parcel(status="FINAL", statusDateTime="2026-10-23T10:02:00+0200")
    [scan] = events("gls", {"parcels": [answer]})
    assert (scan.status, scan.informational) == ("unknown", True)


def test_several_gls_parcels_for_one_number_are_each_read_under_their_own(events: Events) -> None:
    two = [parcel("OUTDEL.NORMAL", unitno=unit, requested="TESTAB12") for unit in ("20000000001", "20000000002")]
    alone = parcel("OUTDEL.NORMAL", requested="TESTAB13")
    assert [scan.number for scan in events("gls", {"parcels": [*two, alone]})] == [
        "20000000001",
        "20000000002",
        "TESTAB13",
    ]


def test_gls_parcel_without_a_number_costs_the_others_nothing(events: Events) -> None:
    found = events("gls", {"parcels": [{"events": []}, parcel("OUTDEL.NORMAL")]})
    assert isinstance(found[0], Malformed)
    assert found[0].place == "parcels[0].unitno"
    assert found[1].status == "out_for_delivery"


def test_gls_page_history_has_no_zone_and_takes_each_scans_country_then_the_companys(events: Events) -> None:
    there = scanned("2.0", address={"countryCode": "", "countryName": "Romania"})
    found = events("gls", page("INTRANSIT", scanned("1.0"), there))
    assert [from_millis(scan.occurred_at).hour for scan in found] == [8, 8, 7]
    assert {scan.zone for scan in found} == {"assumed_local"}


def test_gls_page_newest_first_list_keeps_each_events_own_time(events: Events) -> None:
    found = events("gls", page("", scanned("11.0", date="2026-10-24"), scanned("2.0")))
    assert [scan.status for scan in sorted(found, key=lambda scan: scan.occurred_at)] == [
        "in_transit",
        "out_for_delivery",
    ]


def test_gls_page_delivered_to_a_point_is_ready_for_pickup_whatever_the_number_says(events: Events) -> None:
    [present, scan] = events("gls", page("DELIVEREDPS", scanned("3.896")))
    assert (present.status, scan.status, scan.flags) == ("ready_for_pickup", "unknown", ("unmapped",))


def test_gls_page_on_the_way_back_is_the_return_leg(events: Events) -> None:
    [present, _] = events("gls", page("DELIVERED", scanned("3.0"), back=True))
    assert present.leg == "return"


def test_gls_page_sentences_are_html(events: Events) -> None:
    [scan] = events("gls", page("", scanned("3.0", evtDscr="A csomag k&#233;zbes&#237;t&#233;sre ker&#252;lt.")))
    assert scan.raw_text == "A csomag kézbesítésre került."


def test_gls_page_event_without_a_number_is_known_by_its_sentence_or_kept_raw(events: Events) -> None:
    known, other = "The parcel has been delivered.", "Coś innego."
    found = events("gls", page("", scanned("", evtDscr=known), scanned("", evtDscr=other)))
    assert [(scan.status, scan.raw_code) for scan in found] == [("delivered", known), ("unknown", other)]


@pytest.mark.parametrize(("one", "other"), [("12.20", "12.2"), ("2.20", "2.2"), ("0.100", "0.1"), ("12.00", "12.0")])
def test_gls_event_numbers_are_texts_whose_zeros_count(one: str, other: str) -> None:
    assert "unmapped" not in EVENT_NUMBERS.meaning(one).flags
    assert EVENT_NUMBERS.meaning(one) != EVENT_NUMBERS.meaning(other)


def test_gls_event_numbers_without_a_text_end_no_parcel() -> None:
    sure = {"0.0", "1.0", "2.0", "3.0", "11.0", "43.0"}
    for code, meaning in codes("gls")["codeno_main_reason"]:
        assert ("doubt" in meaning.flags) == (code not in sure), code
        assert code in sure or meaning.status in {"unknown", "in_transit", "label_created"}, code


def test_gls_app_returned_may_still_be_on_its_way(events: Events) -> None:
    [present, _] = events("gls", page("RETURNED", scanned("1.0")))
    assert (present.status, "doubt" in present.flags) == ("returning", True)


def test_dutch_gls_delivered_for_a_parcel_shop_is_not_yet_delivered(events: Events) -> None:
    scan = {"dateTime": "2026-10-23T10:00:00", "state": 4}
    answer = {"parcelNo": "2000000000009", "scans": [scan], "deliveryListInfo": {"isParcelShop": True}}
    [waits] = events("gls", answer)
    [arrived] = events("gls", {**answer, "deliveryListInfo": {"isParcelShop": False}})
    assert (waits.status, "doubt" in waits.flags, arrived.status) == ("ready_for_pickup", True, "delivered")
