"""Where Poczta Polska's words mislead. A test's name is the trap."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from couriers.registry import read
from schemas.errors import BadPayload
from schemas.parcels import Malformed, Scan
from schemas.times import from_millis

GOLDEN = Path(__file__).parent / "golden" / "poczta_polska"
Events = Callable[[str, Any], list[Any]]


def mail(*found: dict[str, Any], status: int = 0) -> dict[str, Any]:
    return {"number": "PX1000000001", "mailStatus": status, "mailInfo": {"number": "PX1000000001", "events": [*found]}}


def happened(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "name": "...", "time": "2026-10-22T10:00:00", "finished": False, "canceled": False, **more}


def test_a_canceled_event_takes_itself_back_under_its_own_name(events: Events) -> None:
    [kept] = events("poczta_polska", mail(happened("P_D")))
    [gone] = events("poczta_polska", mail(happened("P_D", canceled=True)))
    assert (kept.retracts, gone.retracts) == ("", "self")
    assert (kept.occurred_at, kept.raw_code) == (gone.occurred_at, gone.raw_code)


def test_the_second_slip_is_a_reminder_and_no_second_attempt(events: Events) -> None:
    first, second = events("poczta_polska", mail(happened("P_A"), happened("P_PA")))
    assert (first.status, first.notice) == ("delivery_attempted", "")
    assert (second.status, second.notice) == ("ready_for_pickup", "pickup_reminder")


def test_posted_is_with_the_post_and_not_only_announced(events: Events) -> None:
    [scan] = events("poczta_polska", mail(happened("P_NAD")))
    assert scan.status == "accepted"


def test_undelivered_and_going_back_is_not_yet_back(events: Events) -> None:
    [scan] = events("poczta_polska", mail(happened("P_NDZ", state={"code": "ZW"}, finished=True)))
    assert (scan.status, scan.leg) == ("returning", "return")


def test_settled_duty_after_the_delivery_never_moves_the_parcel(events: Events) -> None:
    [scan] = events("poczta_polska", mail(happened("P_ROZL_CEL")))
    assert scan.informational


def test_released_by_customs_is_movement_again(events: Events) -> None:
    [scan] = events("poczta_polska", mail(happened("P_ZWOLDDOR")))
    assert (scan.status, scan.notice) == ("in_transit", "customs_released")


def test_the_state_in_delivery_beside_a_failed_attempt_is_not_believed(events: Events) -> None:
    [scan] = events("poczta_polska", mail(happened("P_ND", state={"code": "DOR"})))
    assert (scan.status, scan.raw_code) == ("delivery_attempted", "P_ND")


def test_a_state_speaks_for_a_code_that_is_not_known(events: Events) -> None:
    [scan] = events("poczta_polska", mail(happened("P_NEW", state={"code": "TR"})))
    assert (scan.status, scan.raw_code) == ("in_transit", "P_NEW/TR")


@pytest.mark.parametrize("code", ["P_NDZK", "P_NDPD", "P_ZDUN", "P_CZDKN", "P_NDD", "P_R"])
def test_guessed_meanings_are_never_told_as_an_end_or_an_attempt(code: str, events: Events) -> None:
    [scan] = events("poczta_polska", mail(happened(code)))
    assert "doubt" in scan.flags
    assert scan.informational or scan.status in ("unknown", "in_transit")


@pytest.mark.parametrize("status", [-1, 0, 1, 2, -2, -99])
def test_a_lookup_without_a_parcel_is_no_event_and_no_failure(status: int, events: Events) -> None:
    assert events("poczta_polska", {"number": "PX1000000001", "mailStatus": status, "mailInfo": None}) == []


def test_a_lookup_status_that_is_not_theirs_is_malformed(events: Events) -> None:
    [event] = events("poczta_polska", {"number": "PX1000000001", "mailStatus": 17})
    assert isinstance(event, Malformed)
    assert event.place == "mailStatus"


def test_times_are_warsaws_with_the_doubled_hour_and_the_missing_one(events: Events) -> None:
    doubled, missing = events(
        "poczta_polska",
        mail(happened("P_WZL", time="2026-10-25T02:30:00"), happened("P_PZL", time="2026-03-29T02:30:00")),
    )
    assert (from_millis(doubled.occurred_at).isoformat(), doubled.flags) == ("2026-10-25T00:30:00+00:00", ("dst_fold",))
    assert (from_millis(missing.occurred_at).isoformat(), missing.flags) == ("2026-03-29T01:30:00+00:00", ("dst_gap",))


def test_both_answers_tell_one_event_alike(events: Events) -> None:
    scans = list(read("poczta_polska", (GOLDEN / "soap.xml").read_bytes(), via="answer"))
    first = scans[0]
    [same] = events("poczta_polska", mail(happened("P_NAD", time="2026-10-19T16:02:00")))
    assert isinstance(first, Scan)
    assert (first.occurred_at, first.raw_code, first.status) == (same.occurred_at, same.raw_code, same.status)


def test_a_soap_fault_is_refused_and_an_unknown_number_is_not() -> None:
    envelope = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{}</e:Body></e:Envelope>'
    with pytest.raises(BadPayload, match="fault"):
        read("poczta_polska", envelope.format("<e:Fault/>").encode(), via="answer")
    empty = "<sprawdzPrzesylkeResponse><return><status>-1</status></return></sprawdzPrzesylkeResponse>"
    assert list(read("poczta_polska", envelope.format(empty).encode(), via="answer")) == []


def test_opening_hours_without_a_pair_are_unknown(events: Events) -> None:
    odd: list[Any] = [[{"from": "08:00:00"}], [{"from": "20:00", "to": "08:00"}], [7], "8-20", {}]
    for hours in odd:
        office = {"name": "UP Warszawa 900", "description": {"openingHours": {"businessDays": hours}}}
        [scan] = events("poczta_polska", mail(happened("P_KWD", postOffice=office)))
        assert scan.facts.point.hours == ()
