"""Where InPost Group's words mislead. A test's name is the trap."""

from collections.abc import Callable
from typing import Any

import pytest

from schemas.parcels import Malformed

Events = Callable[[str, Any], list[Any]]


def happened(code: str, **more: Any) -> dict[str, Any]:
    return {
        "trackingNumber": "620000000000000001",
        "eventId": f"e-1#{code}",
        "eventCode": code,
        "timestamp": "2026-10-23T09:14:05.374675Z",
        **more,
    }


@pytest.mark.parametrize("code", ["LMD.1003", "LMD.1004", "LMD.1005", "LMD.1006", "LMD.9013"])
def test_ready_to_collect_is_ready_for_pickup_and_not_delivered(code: str, events: Events) -> None:
    [scan] = events("inpost", happened(code))
    assert scan.status == "ready_for_pickup"


def test_arrived_at_destination_is_a_depot_and_no_delivery(events: Events) -> None:
    [scan] = events("inpost", happened("LMD.1002"))
    assert (scan.status, scan.reason) == ("in_transit", "arrived_at_hub")


def test_returning_to_sender_is_not_yet_returned(events: Events) -> None:
    [on_its_way] = events("inpost", happened("RTS.1001", shipment={"type": "OUTBOUND"}))
    [arrived] = events("inpost", happened("RTS.1002", shipment={"type": "OUTBOUND"}))
    assert [(scan.status, scan.leg) for scan in (on_its_way, arrived)] == [
        ("returning", "return"),
        ("returned", "return"),
    ]


def test_a_return_shipment_is_on_the_return_leg_from_its_first_event(events: Events) -> None:
    [scan] = events("inpost", happened("FMD.1002", shipment={"type": "RETURN"}))
    assert (scan.status, scan.leg) == ("accepted", "return")


def test_a_cancelled_redirect_does_not_cancel_the_parcel(events: Events) -> None:
    [scan] = events("inpost", happened("LMD.3012"))
    assert (scan.status, scan.informational) == ("in_transit", True)


def test_a_cancelled_collection_does_not_cancel_the_parcel(events: Events) -> None:
    [scan] = events("inpost", happened("FMD.1014"))
    assert (scan.status, scan.reason, scan.informational) == ("label_created", "handover_failed", True)


def test_webhook_and_answer_tell_one_event_alike(events: Events) -> None:
    event = happened("MMD.1001", location={"type": "LOGISTIC_CENTER", "city": "Łódź", "country": "PL"})
    answer = {"parcels": [{"trackingNumber": event["trackingNumber"], "status": "MMD.1001", "events": [event]}]}
    assert events("inpost", event) == events("inpost", answer)


def test_the_return_goes_on_under_a_new_number(events: Events) -> None:
    [scan] = events("inpost", happened("RTS.1001", returnToSender={"trackingNumber": "620000000000000091"}))
    assert (scan.number, scan.facts.successor.number) == ("620000000000000001", "620000000000000091")
    assert scan.facts.successor.kind == "return"


def test_the_name_of_who_received_it_is_not_kept(events: Events) -> None:
    [scan] = events("inpost", happened("EOL.1001", delivery={"recipientName": "Ola Przykładowa", "deliveryNotes": ""}))
    assert "Ola" not in repr(scan)


def test_one_parcel_without_a_number_costs_the_others_nothing(events: Events) -> None:
    whole = {"trackingNumber": "620000000000000001", "events": [happened("MMD.1001")]}
    found = events("inpost", {"parcels": [{"events": [happened("MMD.1001")]}, whole]})
    assert isinstance(found[0], Malformed)
    assert found[0].place == "parcels[0].trackingNumber"
    assert [scan.raw_code for scan in found[1:]] == ["MMD.1001"]
