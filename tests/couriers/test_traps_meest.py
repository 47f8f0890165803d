"""Where Meest's words mislead. A test's name is the trap."""

from collections.abc import Callable
from typing import Any

import pytest

from couriers.registry import read
from schemas.errors import BadPayload
from schemas.parcels import Malformed
from schemas.times import from_millis

Events = Callable[[str, Any], list[Any]]


def answer(*found: dict[str, Any], status: str = "OK") -> dict[str, Any]:
    return {"status": status, "result": list(found)}


def event(code: Any, **more: Any) -> dict[str, Any]:
    return {"parcelNumber": "711-0000011", "eventDateTime": "2026-10-22 10:00:00", "eventCode": code, **more}


def test_meest_upu_code_is_a_hint_and_606_with_emi_is_no_delivery(events: Events) -> None:
    [scan] = events("meest", answer(event(606, eventCodeUPU="EMI")))
    assert scan.status == "accepted"


def test_meest_upu_code_does_not_stand_in_for_a_code_that_is_not_known(events: Events) -> None:
    [scan] = events("meest", answer(event(9999, eventCodeUPU="EMI")))
    assert (scan.status, scan.flags) == ("unknown", ("unmapped",))


def test_meest_delivered_list_without_codes_is_malformed_and_no_delivery(events: Events) -> None:
    record = event(0)
    del record["eventCode"]
    [found] = events("meest", answer(record))
    assert isinstance(found, Malformed)
    assert found.place == "result[0].eventCode"


@pytest.mark.parametrize("code", [1213, 1214, 1215])
def test_meest_parcel_at_the_recipients_unit_is_not_said_to_wait_there(code: int, events: Events) -> None:
    [scan] = events("meest", answer(event(code)))
    assert scan.status == "in_transit"


def test_meest_parcel_that_did_not_come_in_is_not_lost(events: Events) -> None:
    [scan] = events("meest", answer(event(5051)))
    assert (scan.status, scan.flags) == ("exception", ("doubt",))


def test_meest_same_number_is_another_status_at_meest_polska(events: Events) -> None:
    [home] = events("meest", answer(event(707)))
    soap = b"""<S:Envelope xmlns:S="x"><S:Body><trackingParcelResponse><return><idParcel>7000011</idParcel>
    <eventDate>2026-10-20T08:30:00Z</eventDate><statusCode>707</statusCode></return></trackingParcelResponse></S:Body>
    </S:Envelope>"""
    [abroad] = list(read("meest", soap, via="answer"))
    assert home.status == "returning"
    assert not isinstance(abroad, Malformed)
    assert abroad.status == "accepted"


@pytest.mark.parametrize("status", ["ok", "OK"])
def test_meest_status_of_the_answer_is_not_the_parcels(status: str, events: Events) -> None:
    assert events("meest", answer(status=status)) == []
    [scan] = events("meest", answer(event(1216), status=status))
    assert scan.status == "ready_for_pickup"


def test_meest_refusal_and_soap_fault_are_no_empty_histories() -> None:
    fault = b"<S:Envelope xmlns:S='x'><S:Body><S:Fault><faultstring>no</faultstring></S:Fault></S:Body></S:Envelope>"
    for body in (b'{"status": "Error", "result": []}', fault):
        with pytest.raises(BadPayload):
            read("meest", body, via="answer")


def test_meest_times_are_naive_and_kyivs(events: Events) -> None:
    plain, doubled = events("meest", answer(event(606), event(1216, eventDateTime="2026-10-25 03:30:00")))
    assert from_millis(plain.occurred_at).isoformat() == "2026-10-22T07:00:00+00:00"
    assert (plain.zone, doubled.flags) == ("assumed_local", ("dst_fold",))
