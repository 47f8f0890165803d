"""Where DPD's words mislead outside Poland. A test's name is the trap."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from couriers.registry import read
from schemas.errors import BadPayload
from schemas.parcels import Malformed, Scan
from schemas.times import from_millis

SOAP = (Path(__file__).parent / "golden" / "dpd" / "lifecycle.xml").read_text("utf-8")
Events = Callable[[str, Any], list[Any]]


def lifecycle(body: str = SOAP) -> list[Scan | Malformed]:
    return list(read("dpd", body.encode(), via="answer"))


def scans(body: str = SOAP) -> list[Scan]:
    return [event for event in lifecycle(body) if isinstance(event, Scan)]


def public(*statuses: dict[str, Any]) -> dict[str, Any]:
    data = {"shipmentInfo": {"parcelLabelNumber": "01000000000002"}, "statusInfo": list(statuses)}
    return {"parcellifecycleResponse": {"parcelLifeCycleData": data}}


def milestone(status: str, **more: Any) -> dict[str, Any]:
    return {"status": status, "statusHasBeenReached": True, "date": "20.10.2026, 09:02", "location": "", **more}


def consumer(*happened: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"parcelNumber": "01000000000003", "status": {}, "parcelEvents": list(happened), **more}


def happened(event_type: str, **more: Any) -> dict[str, Any]:
    return {"date": "2026-10-23", "time": "08:15:00", "eventType": event_type, "country": "DE", **more}


def utc(scan: Scan) -> str:
    return from_millis(scan.occurred_at).isoformat()


def test_dpd_afternoon_is_written_the_american_way() -> None:
    [scan] = [scan for scan in scans() if scan.raw_code == "PickedUp"]
    assert utc(scan) == "2026-10-20T15:11:26+00:00"  # 5:11:26 PM in Belgium


def test_dpd_twelve_am_is_midnight_and_twelve_pm_is_noon() -> None:
    by_code = {scan.raw_code: utc(scan) for scan in scans()}
    assert by_code["Depot"] == "2026-10-21T21:05:00+00:00"
    assert by_code["ParcelShop"] == "2026-10-23T09:40:00+00:00"


def test_dpd_lifecycle_is_not_in_time_order_and_keeps_each_milestones_own_time() -> None:
    codes = [scan.raw_code for scan in sorted(scans(), key=lambda scan: scan.occurred_at)]
    assert codes == ["SHIPMENT", "PickedUp", "BetweenDepots", "Depot", "Courier", "ParcelShop"]


def test_dpd_milestone_that_is_still_to_come_is_no_event() -> None:
    assert "Delivered" not in {scan.raw_code for scan in scans()}


def test_dpd_delivered_to_the_parcel_shop_is_ready_for_pickup() -> None:
    [scan] = [scan for scan in scans() if scan.raw_code == "ParcelShop"]
    assert scan.status == "ready_for_pickup"


def test_dpd_returning_from_delivery_is_a_failed_attempt_and_no_return() -> None:
    found = scans(SOAP.replace("<status>Courier</status>", "<status>ReturningFromDelivery</status>"))
    [scan] = [scan for scan in found if scan.raw_code == "ReturningFromDelivery"]
    assert (scan.status, scan.leg) == ("delivery_attempted", "outbound")


def test_dpd_answer_without_the_number_says_where_to_put_it() -> None:
    [event] = lifecycle(SOAP.replace("<parcelLabelNumber>05000000000001</parcelLabelNumber>", ""))
    assert isinstance(event, Malformed)
    assert (event.place, "envelope's header" in event.reason) == ("parcelLabelNumber", True)


def test_dpd_soap_fault_is_refused() -> None:
    fault = '<s:Envelope xmlns:s="x"><s:Body><s:Fault><faultstring>no</faultstring></s:Fault></s:Body></s:Envelope>'
    with pytest.raises(BadPayload, match="SOAP fault"):
        lifecycle(fault)


def test_dpd_germany_accepted_means_only_that_the_data_came(events: Events) -> None:
    [scan] = events("dpd", public(milestone("ACCEPTED")))
    assert scan.status == "label_created"


def test_dpd_germany_reads_the_doubled_hour_of_october_as_its_first(events: Events) -> None:
    [scan] = events("dpd", public(milestone("ON_THE_ROAD", date="25.10.2026, 02:30")))
    assert (utc(scan), scan.flags) == ("2026-10-25T00:30:00+00:00", ("dst_fold",))


def test_dpd_germany_number_that_is_not_known_is_an_answer_and_no_event(events: Events) -> None:
    assert events("dpd", {"parcellifecycleResponse": {"parcelLifeCycleData": None}}) == []


@pytest.mark.parametrize("code", ["DODEI"])
def test_dpd_received_at_a_pudo_is_ready_for_pickup(code: str, events: Events) -> None:
    [scan] = events("dpd", consumer(happened(code)))
    assert scan.status == "ready_for_pickup"


def test_dpd_heads_up_before_delivery_is_not_out_for_delivery(events: Events) -> None:
    [notice, scan] = events("dpd", consumer(happened("MSDLO"), happened("DLO")))
    assert (notice.status, notice.informational, scan.status) == ("in_transit", True, "out_for_delivery")


def test_dpd_told_that_it_waits_is_doubted_and_moves_nothing(events: Events) -> None:
    [scan] = events("dpd", consumer(happened("DOMSDLO")))
    assert (scan.informational, "doubt" in scan.flags) == (True, True)


def test_dpd_drivers_return_to_the_depot_is_a_failed_attempt(events: Events) -> None:
    [scan] = events("dpd", consumer(happened("DLR")))
    assert scan.status == "delivery_attempted"


def test_dpd_hour_of_an_event_is_that_of_its_country(events: Events) -> None:
    [in_germany, in_britain] = events("dpd", consumer(happened("HUI"), happened("HUI", country="GB")))
    assert in_britain.occurred_at - in_germany.occurred_at == 3_600_000


def test_dpd_day_of_delivery_without_hours_is_a_day(events: Events) -> None:
    [scan] = events("dpd", consumer(happened("HUI"), deliveryDate="2026-10-24"))
    assert scan.facts.eta.day_only
