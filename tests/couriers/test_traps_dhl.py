"""Where DHL's words mislead. A test's name is the trap."""

from collections.abc import Callable
from typing import Any

from schemas.parcels import Scan
from schemas.times import from_millis

Events = Callable[[str, Any], list[Any]]


def shipment(*found: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "JD014600000000000001", "service": "express", "events": list(found), **more}


def happened(status_code: str, **more: Any) -> dict[str, Any]:
    return {"timestamp": "2026-10-22T10:00:00Z", "statusCode": status_code, **more}


def utc(scan: Scan) -> str:
    return from_millis(scan.occurred_at).isoformat()


def test_mixed_zones_in_one_dhl_answer(events: Events) -> None:
    berlin = {"address": {"addressLocality": "Berlin", "countryCode": "DE"}}
    kyiv = {"address": {"addressLocality": "Kyiv", "countryCode": "UA"}}
    found = events(
        "dhl",
        {
            "shipments": [
                shipment(
                    happened("transit", timestamp="2026-10-22T10:00:00Z"),
                    happened("transit", timestamp="2026-10-22T10:00:00+02:00"),
                    happened("transit", timestamp="2026-10-22T10:00:00", location=berlin),
                    happened("transit", timestamp="2026-10-22T10:00:00", location=kyiv),
                    happened("transit", timestamp="2026-10-22T10:00:00"),
                )
            ]
        },
    )
    assert [(utc(scan)[11:16], scan.zone) for scan in found] == [
        ("10:00", "carrier"),
        ("08:00", "carrier"),
        ("08:00", "assumed_local"),
        ("07:00", "assumed_local"),
        ("10:00", "assumed_utc"),
    ]


def test_dhl_status_text_against_the_status_code_is_not_believed(events: Events) -> None:
    [scan] = events("dhl", {"shipments": [shipment(happened("pre-transit", status="DELIVERED"))]})
    assert (scan.status, scan.raw_code) == ("label_created", "pre-transit/DELIVERED")


def test_dhl_code_of_a_unit_refines_and_never_contradicts_the_status_code(events: Events) -> None:
    def status(code: str, sub: str) -> str:
        found = events("dhl", {"shipments": [shipment(happened(code, status=sub), service="parcel-pl")]})
        return str(found[0].status)

    assert status("transit", "LK") == "out_for_delivery"
    assert status("transit", "DOR") == "in_transit"
    assert status("failure", "DOR") == "exception"
    assert status("failure", "ZWN") == "returned"


def test_dhl_present_status_is_told_once(events: Events) -> None:
    present = happened("transit", status="DF")
    found = events("dhl", {"shipments": [shipment(present, status=present, estimatedTimeOfDelivery="2026-10-27")]})
    assert len(found) == 1
    assert found[0].facts.eta.day_only


def test_several_dhl_results_for_one_number_let_only_the_newest_move_the_parcel(events: Events) -> None:
    old = shipment(happened("delivered", timestamp="2025-01-07T10:00:00Z"))
    new = shipment(happened("transit", timestamp="2026-10-22T10:00:00Z"))
    found = events("dhl", {"shipments": [old, new]})
    assert [(scan.status, scan.informational) for scan in found] == [("delivered", True), ("in_transit", False)]
    assert found[0].reason == "duplicate_number_suspected"


def test_dhl_id_as_a_json_number_has_lost_its_zeros(events: Events) -> None:
    found = events("dhl", {"shipments": [shipment(happened("transit"), id=340434161094000002)]})
    assert found[0].number == "00340434161094000002"


def test_dhl_retraction_takes_back_the_event_before(events: Events) -> None:
    found = events("dhl", {"shipments": [shipment(happened("transit", status="STORN/NRQRD/DD"), service="parcel-de")]})
    assert (found[0].retracts, found[0].informational) == ("previous", True)


def test_dhl_delivered_to_a_point_is_ready_for_pickup(events: Events) -> None:
    for unit, code in (("parcel-pl", "DELIVEREDTOPOINT"), ("parcel-de", "DLVRD/SERPT/ZU")):
        found = events("dhl", {"shipments": [shipment(happened("delivered", status=code), service=unit)]})
        assert found[0].status == "ready_for_pickup"
