"""Where Packeta's words mislead. A test's name is the trap."""

from collections.abc import Callable
from typing import Any

import pytest

from couriers.registry import read
from schemas.errors import BadPayload
from schemas.parcels import Malformed, Scan
from schemas.times import from_millis

Events = Callable[[str, Any], list[Any]]
NUMBER = "<packetId>1000000011</packetId>"


def scan(found: Scan | Malformed) -> Scan:
    assert isinstance(found, Scan)
    return found


def rest(result: str, asked: str = NUMBER) -> list[Scan | Malformed]:
    body = f"<response>{asked}<status>ok</status><result>{result}</result></response>"
    return list(read("packeta", body.encode(), via="answer"))


def state(code: str, more: str = "") -> str:
    return f"<dateTime>2026-10-22 10:00:00</dateTime><statusCode>{code}</statusCode>{more}"


def test_packeta_answer_does_not_say_of_which_packet_it_is() -> None:
    [found] = rest(state("7"), asked="")
    assert isinstance(found, Malformed)
    assert (found.place, "asked about" in found.reason) == ("packetId", True)


@pytest.mark.parametrize("asked", ["1000000011", "Z1000000011", "z 100 0000 011"])
def test_packeta_packet_is_named_by_its_barcode_however_it_was_asked_about(asked: str) -> None:
    [found] = rest(state("4"), asked=f"<packetId>{asked}</packetId>")
    assert scan(found).number == "Z1000000011"


@pytest.mark.parametrize(
    ("code", "api", "public"), [("2", "in_transit", "ready_for_pickup"), ("3", "in_transit", "delivered")]
)
def test_packeta_public_tracker_numbers_its_statuses_otherwise(
    code: str, api: str, public: str, events: Events
) -> None:
    item = {"barcode": "Z1000000011", "packetStatusId": code, "trackingDetails": [{"time": "2026-10-22 10:00:00"}]}
    [tracked] = events("packeta", {"item": item})
    [found] = rest(state(code))
    assert (scan(found).status, tracked.status) == (api, public)


def test_packeta_delivered_while_returning_closes_the_return() -> None:
    [found] = rest(state("7", "<isReturning>1</isReturning>"))
    assert (scan(found).status, scan(found).leg) == ("delivered", "return")


def test_packeta_posted_back_is_on_its_way_and_not_returned() -> None:
    assert [scan(found).status for code in ("9", "10") for found in rest(state(code))] == ["returning", "returned"]


@pytest.mark.parametrize(
    ("carrier", "ours"),
    [("PL InPost Paczkomaty", "inpost"), ("PL DPD HD", "dpd_pl"), ("DE DPD HD", "dpd"), ("RO Cargus HD", None)],
)
def test_packeta_partners_number_goes_on_only_with_a_courier_that_is_known(carrier: str, ours: str | None) -> None:
    partner = f"<externalTrackingCode>90000000011</externalTrackingCode><carrierName>{carrier}</carrierName>"
    [found] = rest(state("6", partner))
    next_ = scan(found).facts.successor
    assert (next_ and next_.courier, scan(found).reason) == (ours, "forwarded_to_partner")


def test_packeta_storage_time_as_a_day_lasts_until_its_last_second() -> None:
    [found] = rest(state("5", "<storedUntil>2026-10-25</storedUntil>"))
    deadline = scan(found).facts.deadline
    assert deadline is not None
    assert from_millis(deadline).isoformat() == "2026-10-25T22:59:59+00:00"


def test_packeta_of_unsorted_tracker_events_the_newest_dates_the_state(events: Events) -> None:
    times = [
        {"time": "2026-10-20 10:00:00"},
        {"time": "2026-10-22 10:00:00"},
        {"time": "soon"},
        {"time": "2026-10-21 10:00:00"},
    ]
    [found] = events("packeta", {"item": {"barcode": "1000000011", "packetStatusId": "3", "trackingDetails": times}})
    assert from_millis(found.occurred_at).isoformat() == "2026-10-22T08:00:00+00:00"


def test_packeta_not_found_is_no_event_and_another_error_is_refused(events: Events) -> None:
    assert events("packeta", {"error": "notFound"}) == []
    with pytest.raises(BadPayload):
        events("packeta", {"error": "tooManyRequests"})


def test_packeta_faults_and_entities_are_refused() -> None:
    fault = b"<response><status>fault</status><fault>IncorrectApiPasswordFault</fault></response>"
    soap = b"<S:Envelope xmlns:S='x'><S:Body><S:Fault><faultstring>no</faultstring></S:Fault></S:Body></S:Envelope>"
    bomb = b"<!DOCTYPE a [<!ENTITY b 'c'>]><response><status>&b;</status></response>"
    for body in (fault, soap, bomb):
        with pytest.raises(BadPayload):
            read("packeta", body, via="answer")
