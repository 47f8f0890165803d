"""Where couriers' words mislead. A test's name is the trap."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from couriers.registry import read
from schemas.errors import BadPayload
from schemas.parcels import Facts, Malformed, Scan
from schemas.times import from_millis

GOLDEN = Path(__file__).parent / "golden"
NUMBER = "600000000000000000000001"
Events = Callable[[str, Any], list[Any]]


def inpost(status: str, **more: Any) -> dict[str, Any]:
    payload = {"shipment_id": 1, "status": status, "tracking_number": NUMBER, **more}
    return {"event_ts": "2026-10-22 14:05:31 +0200", "event": "shipment_status_changed", "payload": payload}


def document(code: Any, **more: Any) -> dict[str, Any]:
    record = {"Number": "20450000000001", "StatusCode": code, "TrackingUpdateDate": "2026-10-22 10:45:00", **more}
    return {"success": True, "data": [record]}


def utc(scan: Scan) -> str:
    return from_millis(scan.occurred_at).isoformat()


def test_inpost_pickup_reminder_sent_address_is_a_failed_attempt_and_no_reminder(events: Events) -> None:
    [scan] = events("inpost", inpost("pickup_reminder_sent_address"))
    assert (scan.status, scan.notice) == ("delivery_attempted", "")
    [real] = events("inpost", inpost("pickup_reminder_sent"))
    assert (real.status, real.notice) == ("ready_for_pickup", "pickup_reminder")


def test_inpost_returned_to_sender_has_only_set_off(events: Events) -> None:
    [scan] = events("inpost", inpost("returned_to_sender"))
    assert (scan.status, scan.leg) == ("returning", "return")


def test_inpost_canceled_redirect_to_box_cancels_the_redirect_and_not_the_parcel(events: Events) -> None:
    [scan] = events("inpost", inpost("canceled_redirect_to_box"))
    assert (scan.status, scan.informational) == ("in_transit", True)


def test_inpost_taken_by_courier_is_the_senders_side_and_not_out_for_delivery(events: Events) -> None:
    [scan] = events("inpost", inpost("taken_by_courier"))
    assert scan.status == "accepted"


def test_inpost_null_tracking_number_is_malformed_with_its_reason(events: Events) -> None:
    [event] = events("inpost", inpost("created", tracking_number=None))
    assert isinstance(event, Malformed)
    assert event.place == "payload.tracking_number"
    assert "before the parcel had a number" in event.reason


def test_inpost_webhook_and_answer_tell_one_event_alike(events: Events) -> None:
    line = {"status": "ready_to_pickup", "datetime": "2026-10-22T14:05:31.417+02:00"}
    [pushed] = events("inpost", inpost("ready_to_pickup"))
    [answered] = events("inpost", {"tracking_number": NUMBER, "tracking_details": [line]})
    assert (pushed.occurred_at, pushed.raw_code) == (answered.occurred_at, answered.raw_code)


def test_inpost_return_has_a_number_of_its_own(events: Events) -> None:
    [scan] = events("inpost", inpost("returned_to_sender", return_tracking_number="600000000000000000000091"))
    assert (scan.number, scan.facts.successor.number, scan.facts.successor.kind) == (
        NUMBER,
        "600000000000000000000091",
        "return",
    )


def test_inpost_newest_first_list_keeps_each_events_own_time(events: Events) -> None:
    lines = [
        {"status": "delivered", "datetime": "2026-10-23T17:40:02+02:00"},
        {"status": "confirmed", "datetime": "2026-10-20T08:30:00+02:00"},
    ]
    found = events("inpost", {"tracking_number": NUMBER, "tracking_details": lines})
    assert [utc(scan)[:10] for scan in found] == ["2026-10-23", "2026-10-20"]


@pytest.mark.parametrize(
    ("source", "payload"),
    [
        ("inpost", inpost("LMD.1005")),
        ("nova_poshta", document("7", WarehouseRecipient="Відділення №101")),
        ("nova_poshta", document("8", WarehouseRecipient="Поштомат №12345")),
    ],
)
def test_delivered_to_a_point_is_ready_for_pickup(source: str, payload: dict[str, Any], events: Events) -> None:
    [scan] = events(source, payload)
    assert scan.status == "ready_for_pickup"


@pytest.mark.parametrize("code", [7, "7", " 07 ", "007"])
def test_nova_poshta_codes_are_strings_numbers_and_have_leading_zeros(code: Any, events: Events) -> None:
    [scan] = events("nova_poshta", document(code))
    assert scan.status == "ready_for_pickup"
    assert scan.raw_code == str(code).strip()


@pytest.mark.parametrize("code", ["040101", "40101"])
def test_dpd_codes_lose_their_leading_zero_in_some_clients(code: str) -> None:
    body = (GOLDEN / "dpd_pl" / "queue.xml").read_bytes().replace(b"230506", code.encode())
    scan = next(read("dpd_pl", body, via="answer"))
    assert isinstance(scan, Scan)
    assert (scan.status, scan.raw_code) == ("accepted", code)


def test_five_date_formats_in_one_nova_poshta_record(events: Events) -> None:
    layouts = {
        "DateCreated": "22-10-2026 10:45:00",
        "TrackingUpdateDate": "2026-10-22 10:45:00",
        "DateScan": "10:45 22.10.2026",
        "RecipientDateTime": "22.10.2026 10:45:00",
        "ScheduledDeliveryDate": "2026-10-22",
    }
    codes = {"DateCreated": "1", "TrackingUpdateDate": "5", "DateScan": "5", "RecipientDateTime": "9"}
    for field, code in codes.items():
        record = {"Number": "20450000000001", "StatusCode": code, field: layouts[field]}
        [scan] = events("nova_poshta", {"data": [record]})
        assert (utc(scan), scan.zone) == ("2026-10-22T07:45:00+00:00", "assumed_local")
    [planned] = events("nova_poshta", document("5", **layouts))
    assert planned.facts.eta.day_only
    assert from_millis(planned.facts.eta.at).isoformat() == "2026-10-21T21:00:00+00:00"


def test_nova_poshta_money_code_alone_does_not_hide_the_delivery(events: Events) -> None:
    found = events(
        "nova_poshta", document("11", RecipientDateTime="21.10.2026 14:32:00", AfterpaymentOnGoodsCost="1250")
    )
    assert [(scan.raw_code, scan.status, scan.informational) for scan in found] == [
        ("9", "delivered", False),
        ("11", "delivered", True),
    ]
    assert [scan.facts.cod.state for scan in found] == ["collected", "paid_out"]


def test_nova_poshta_number_not_found_is_no_event(events: Events) -> None:
    record = {"Number": "20450000000001", "StatusCode": "3", "TrackingUpdateDate": "0001-01-01 00:00:00"}
    assert events("nova_poshta", {"data": [record]}) == []


def test_nova_poshta_papers_that_travel_back_are_not_the_parcel(events: Events) -> None:
    more = {"LastCreatedOnTheBasisNumber": "20450000000099", "LastCreatedOnTheBasisDocumentType": "CargoReturn"}
    [taken] = events("nova_poshta", document("106", RecipientDateTime="21.10.2026 14:32:00", **more))
    [refused] = events("nova_poshta", document("103", **more))
    assert taken.facts.successor is None
    assert refused.facts.successor.number == "20450000000099"


def test_nova_poshta_105_is_an_end_of_storage_here_and_a_disposal_there(events: Events) -> None:
    [classic] = events("nova_poshta", document("105"))
    hop = {"code": "105", "date": "2026-10-22T07:41:07Z"}
    [rest] = events("nova_poshta", {"number": "20450000000001", "tracking": [hop]})
    assert (classic.status, rest.status) == ("pickup_expired", "destroyed")


def test_several_nova_poshta_results_for_one_number_are_all_read(events: Events) -> None:
    payload = document("5")
    payload["data"].append({**payload["data"][0], "StatusCode": "6", "TrackingUpdateDate": "2026-10-22 12:00:00"})
    assert len({(scan.number, scan.raw_code) for scan in events("nova_poshta", payload)}) == 2


def test_unsorted_dpd_list_keeps_each_events_own_time() -> None:
    found = list(read("dpd_pl", (GOLDEN / "dpd_pl" / "waybill.xml").read_bytes(), via="answer"))
    times = [scan.occurred_at for scan in found if isinstance(scan, Scan)]
    assert times != sorted(times)
    assert len(times) == len(set(times))


def test_dpd_package_returned_may_still_be_on_its_way() -> None:
    body = (GOLDEN / "dpd_pl" / "queue.xml").read_bytes().replace(b"230506", b"500610")
    scan = next(read("dpd_pl", body, via="answer"))
    assert isinstance(scan, Scan)
    assert (scan.status, scan.flags) == ("returning", ("dst_gap", "doubt"))


def test_dpd_fault_and_entities_are_refused() -> None:
    fault = b"<S:Envelope xmlns:S='x'><S:Body><S:Fault><faultstring>no</faultstring></S:Fault></S:Body></S:Envelope>"
    bomb = b"<!DOCTYPE a [<!ENTITY b 'c'>]><Envelope>&b;</Envelope>"
    for body in (fault, bomb):
        with pytest.raises(BadPayload):
            read("dpd_pl", body, via="answer")


def test_octobers_doubled_hour_is_read_as_its_first_pass_and_flagged() -> None:
    body = (GOLDEN / "dpd_pl" / "queue.xml").read_bytes().replace(b"2026-03-29T02:30:00", b"2026-10-25T02:30:00")
    scan = next(read("dpd_pl", body, via="answer"))
    assert isinstance(scan, Scan)
    assert (utc(scan), scan.flags) == ("2026-10-25T00:30:00+00:00", ("dst_fold",))


def test_marchs_missing_hour_is_read_by_the_offset_before_and_flagged() -> None:
    scan = next(read("dpd_pl", (GOLDEN / "dpd_pl" / "queue.xml").read_bytes(), via="answer"))
    assert isinstance(scan, Scan)
    assert (utc(scan), scan.flags) == ("2026-03-29T01:30:00+00:00", ("dst_gap",))


def test_aftership_expired_is_stale_data_and_no_expired_pickup(events: Events) -> None:
    message = {"slug": "dhl", "tracking_number": "1000000001", "tag": "Expired", "checkpoints": []}
    [scan] = events("aftership", {"event": "tracking_update", "ts": 1792671000, "msg": message})
    assert scan.status == "unknown"


def test_aftership_courier_is_resolved_to_ours_and_its_word_stays_an_aggregators(events: Events) -> None:
    point = {"checkpoint_time": "2026-10-22T14:05:31", "tag": "InTransit", "country_iso3": "POL"}
    message = {"slug": "inpost-paczkomaty", "tracking_number": NUMBER, "tag": "InTransit", "checkpoints": [point]}
    [scan] = events("aftership", {"msg": message})
    assert (scan.courier, scan.source, scan.via) == ("inpost", "aftership", "aggregator")


def test_aftership_courier_that_is_not_known_is_one_malformed_and_no_guess(events: Events) -> None:
    message = {"slug": "carrier-pigeon", "tracking_number": NUMBER, "tag": "InTransit", "checkpoints": [{}, {}]}
    [event] = events("aftership", {"msg": message})
    assert isinstance(event, Malformed)
    assert "carrier-pigeon" in event.reason


def test_aftership_signature_is_a_proof_and_its_name_is_not_kept(events: Events) -> None:
    point = {"checkpoint_time": "2026-10-22T14:05:31Z", "tag": "Delivered", "subtag": "Delivered_003"}
    message = {"slug": "dhl", "tracking_number": "1000000001", "signed_by": "A. Example", "checkpoints": [point]}
    [scan] = events("aftership", {"msg": {**message, "tag": "Delivered", "subtag": "Delivered_003"}})
    assert scan.facts == Facts(proof="signed")


def test_reasons_of_malformed_events_name_no_values(events: Events) -> None:
    secret = "ul. Tajna 7"
    found = [
        *events("inpost", {"tracking_number": NUMBER, "tracking_details": [{"status": "x", "datetime": secret}]}),
        *events("inpost", inpost("x", tracking_number=secret)),
        *events("dhl", {"shipments": [{"id": secret, "events": []}]}),
        *events("awizo", {"courier": secret, "number": secret, "occurred_at": secret, "status": secret}),
        *events(
            "awizo", {"courier": "dhl", "number": "1000000001", "occurred_at": "2026-10-22T10:00:00Z", "status": secret}
        ),
    ]
    assert len(found) == 5
    assert all(isinstance(event, Malformed) and secret not in event.reason + event.place for event in found)
