"""Where UPS's words mislead. A test's name is the trap."""

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.rules.fold import fold
from pipelines.rules.track_log import EMPTY, take
from schemas.errors import BadPayload
from schemas.parcels import Malformed, Scan
from schemas.times import from_millis

NUMBER = "1Z5R89390357567127"
Events = Callable[[str, Any], list[Any]]


def track(*found: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"trackResponse": {"shipment": [{"package": [{"trackingNumber": NUMBER, "activity": [*found], **more}]}]}}


def happened(kind: str, code: str = "", digits: str = "", day: str = "20261022", **more: Any) -> dict[str, Any]:
    status = {"type": kind, "code": code, "statusCode": digits}
    return {"status": status, "gmtDate": day, "gmtTime": "10:00:00", **more}


def alert(**more: Any) -> dict[str, Any]:
    status = {"type": "I", "code": "AR", "description": "Arrival Scan", "descriptionCode": "005"}
    return {"trackingNumber": NUMBER, "activityStatus": status, **more}


def utc(scan: Scan) -> str:
    return from_millis(scan.occurred_at).isoformat()


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        ("DP", ("M", "label_created"), ("I", "in_transit")),
        ("VP", ("M", "cancelled"), ("I", "label_created")),
        ("OC", ("M", "label_created"), ("I", "accepted")),
        ("CA", ("I", "in_transit"), ("X", "exception")),
        ("YH", ("I", "in_transit"), ("IC", "in_transit")),
        ("EP", ("I", "in_transit"), ("D", "ready_for_pickup")),
        ("PX", ("U", "delivered"), ("H6", "exception")),
    ],
)
def test_one_code_means_two_things_and_its_type_says_which(
    code: str, one: tuple[str, str], other: tuple[str, str], events: Events
) -> None:
    scans = events("ups", track(happened(one[0], code), happened(other[0], code)))
    assert [scan.status for scan in scans] == [one[1], other[1]]
    assert len({scan.raw_code for scan in scans}) == 2


def test_a_code_without_its_type_means_nothing(events: Events) -> None:
    [scan] = events("ups", track(happened("", "DP")))
    assert (scan.status, scan.flags) == ("unknown", ("unmapped",))


def test_the_simplified_text_and_a_stray_number_do_not_deliver_a_customs_release(events: Events) -> None:
    status = {"type": "X", "code": "SR", "statusCode": "003", "simplifiedTextDescription": "Delivered"}
    [scan] = events("ups", track(happened("X", status=status)))
    assert (scan.status, scan.notice) == ("in_transit", "customs_released")


@pytest.mark.parametrize(("digits", "status"), [("021", "out_for_delivery"), (21, "out_for_delivery"), (" 21 ", None)])
def test_numbers_keep_their_leading_zeros(digits: Any, status: str | None, events: Events) -> None:
    [scan] = events("ups", track(happened("I", "", digits)))
    assert scan.status == (status or "out_for_delivery")


@pytest.mark.parametrize(("code", "digits"), [("2Q", ""), ("1N", ""), ("", "161"), ("", "144"), ("ZQ", ""), ("P5", "")])
def test_delivered_to_a_point_is_ready_for_pickup(code: str, digits: str, events: Events) -> None:
    [scan] = events("ups", track(happened("D", code, digits)))
    assert scan.status == "ready_for_pickup"


@pytest.mark.parametrize(("code", "digits"), [("F7", ""), ("", "143")])
def test_delivered_to_an_agent_is_not_with_the_recipient(code: str, digits: str, events: Events) -> None:
    [scan] = events("ups", track(happened("D", code, digits)))
    assert (scan.status, scan.reason) == ("in_transit", "forwarded_to_partner")


def test_type_d_of_a_push_is_also_only_loaded_or_out_for_delivery(events: Events) -> None:
    for code, digits, status in (
        ("OD", "072", "out_for_delivery"),
        ("", "021", "out_for_delivery"),
        ("FS", "", "delivered"),
    ):
        pushed = alert(gmtActivityDate="20261022", gmtActivityTime="100000")
        pushed["activityStatus"] = {"type": "D", "code": code, "descriptionCode": digits}
        [scan] = events("ups", pushed)
        assert scan.status == status


def test_type_d_alone_never_delivers_and_type_x_never_does(events: Events) -> None:
    alone, strange = events("ups", track(happened("D"), happened("X", "M4")))
    assert (alone.status, alone.flags) == ("out_for_delivery", ("doubt",))
    assert (strange.status, strange.flags) == ("unknown", ("doubt",))


def test_an_exception_in_doubt_says_more_only_where_the_number_says_exception(events: Events) -> None:
    fine, overruled, alone = events(
        "ups", track(happened("X", "48", "013"), happened("X", "48", "046"), happened("X", "48"))
    )
    assert (fine.status, overruled.status, alone.status) == ("delivery_attempted", "delayed", "delivery_attempted")
    assert ("doubt" in fine.flags, "doubt" in overruled.flags, "doubt" in alone.flags) == (True, False, True)


@pytest.mark.parametrize("code", ["84", "8Y", "F4", "KM", "1F", "UA", "S9", "30", "ZY/VT", "RQ/A4", "S9/A4", "R9/A4"])
def test_keywords_in_an_exception_never_end_a_parcel(code: str, events: Events) -> None:
    [scan] = events("ups", track(happened("X", code)))
    assert scan.status not in {"delivered", "returned", "lost", "cancelled", "destroyed"}


@pytest.mark.parametrize("code", ["CA", "CD", "CL"])
def test_a_cancelled_scan_takes_back_the_one_before(code: str, events: Events) -> None:
    [scan] = events("ups", track(happened("I", code)))
    assert (scan.retracts, scan.informational) == ("previous", True)


@pytest.mark.parametrize("offset", ["-04.00", "-04:00"])
def test_ups_offsets_have_a_dot(offset: str, events: Events) -> None:
    [scan] = events("ups", alert(localActivityDate="20261022", localActivityTime="060000", gmtOffset=offset))
    assert (utc(scan), scan.zone) == ("2026-10-22T10:00:00+00:00", "carrier")


def test_the_gmt_fields_say_when_and_the_local_ones_are_not_gmt(events: Events) -> None:
    local = {"localActivityDate": "20261022", "localActivityTime": "060000"}
    gmt = {"gmtActivityDate": "20261022", "gmtActivityTime": "100000", "gmtOffset": "-04.00"}
    [scan] = events("ups", alert(**local, **gmt))
    assert utc(scan) == "2026-10-22T10:00:00+00:00"


def test_a_local_time_without_offset_is_read_on_the_places_clocks(events: Events) -> None:
    local = {"localActivityDate": "20261025", "localActivityTime": "023000"}
    [poland] = events("ups", alert(**local, activityLocation={"country": "PL"}))
    [nowhere] = events("ups", alert(**local))
    assert (utc(poland)[11:16], poland.zone, poland.flags) == ("00:30", "assumed_local", ("dst_fold",))
    assert (utc(nowhere)[11:16], nowhere.zone) == ("02:30", "assumed_utc")


def test_push_and_answer_tell_one_event_alike(events: Events) -> None:
    [pushed] = events("ups", alert(gmtActivityDate="20261022", gmtActivityTime="100000"))
    [answered] = events("ups", track(happened("I", "AR", "005")))
    assert (pushed.occurred_at, pushed.raw_code) == (answered.occurred_at, answered.raw_code)


def test_a_new_date_is_a_notice_and_no_delay(events: Events) -> None:
    status = {"type": "U", "code": "UP", "descriptionCode": "154"}
    [scan] = events(
        "ups",
        alert(activityStatus=status, gmtActivityDate="20261022", gmtActivityTime="1", scheduledDeliveryDate="20261020"),
    )
    assert (scan.informational, scan.notice, scan.facts.eta.day_only) == (True, "eta_moved", True)


def test_a_photo_after_the_delivery_is_a_proof_and_no_second_delivery(events: Events) -> None:
    [scan] = events("ups", track(happened("D", "", "155")))
    assert (scan.informational, scan.notice) == (True, "proof")


def test_a_wish_for_another_delivery_moves_nothing(events: Events) -> None:
    for digits in ("018", "027", "054", "082", "101", "116"):
        [scan] = events("ups", track(happened("X", "", digits)))
        assert scan.informational


def test_a_number_that_says_nothing_hides_no_code_that_is_not_known(events: Events) -> None:
    [scan] = events("ups", track(happened("I", "ZZ", "000")))
    assert (scan.status, scan.flags) == ("unknown", ("unmapped",))


def test_no_information_is_no_state_of_a_parcel(events: Events) -> None:
    for digits in ("000", "148", "163", "088"):
        [scan] = events("ups", track(happened("I", "", digits)))
        assert scan.status == "unknown"


def test_a_number_that_is_not_known_yet_is_no_event_and_a_wrong_one_is_refused(events: Events) -> None:
    assert events("ups", {"response": {"errors": [{"code": "TW0001"}]}}) == []
    for code in ("TV1002", "250003"):
        with pytest.raises(BadPayload, match="refused"):
            events("ups", {"response": {"errors": [{"code": code}]}})


def test_a_second_delivered_after_a_return_closes_the_return(events: Events) -> None:
    scans = events(
        "ups",
        track(happened("D", "", "011", "20261028"), happened("I", "", "035", "20261025"), happened("X", "", "022")),
    )
    log = EMPTY
    for scan in scans:
        log, _ = take(log, scan, scans[0].occurred_at, scans[0].occurred_at)
    assert fold(log.scans, "ups").course.status == "returned"


def test_only_the_newest_activity_carries_what_is_planned_and_a_rescheduled_day_counts_first(events: Events) -> None:
    days = [{"type": "SDD", "date": "20261023"}, {"type": "RDD", "date": "20261026"}, {"type": "DEL", "date": ""}]
    newest, before = events("ups", track(happened("I", "AR"), happened("I", "DP"), deliveryDate=days))
    assert from_millis(newest.facts.eta.at).day == 26
    assert before.facts.eta is None


def test_one_package_without_a_number_never_costs_the_others(events: Events) -> None:
    payload = track(happened("I", "AR"))
    payload["trackResponse"]["shipment"][0]["package"].insert(0, {"activity": [happened("I", "AR")]})
    bad, good = events("ups", payload)
    assert isinstance(bad, Malformed)
    assert isinstance(good, Scan)
