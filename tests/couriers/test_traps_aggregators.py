"""Where aggregators' words mislead. A test's name is the trap."""

from collections.abc import Callable
from typing import Any

import pytest

from schemas.parcels import Malformed
from schemas.times import from_millis

Events = Callable[[str, Any], list[Any]]


def utc(at: int) -> str:
    return from_millis(at).isoformat()


def seventeentrack(*found: dict[str, Any], latest: Any = None, name: str = "InPost", **info: Any) -> dict[str, Any]:
    provider = {"provider": {"key": 7, "name": name}, "events": list(found)}
    track_info = {"latest_event": latest, "tracking": {"providers": [provider]}, **info}
    data = {"number": "600000000000000000000011", "carrier": 7, "track_info": track_info}
    return {"event": "TRACKING_UPDATED", "data": data}


def seen(sub_status: str | None, **more: Any) -> dict[str, Any]:
    return {"time_utc": "2026-10-22T10:00:00Z", "sub_status": sub_status, **more}


@pytest.mark.parametrize("sub_status", ["Expired_Other", "Expired"])
def test_seventeentrack_expired_is_stale_data_and_no_expired_pickup(sub_status: str, events: Events) -> None:
    [scan] = events("seventeentrack", seventeentrack(seen(sub_status)))
    assert scan.status == "unknown"


def test_seventeentrack_latest_event_is_told_once(events: Events) -> None:
    latest = seen("InTransit_Arrival", description="In the country")
    eta = {"estimated_delivery_date": {"from": "2026-10-27", "to": None}}
    found = events(
        "seventeentrack", seventeentrack(latest, seen("InTransit_PickedUp"), latest=latest, time_metrics=eta)
    )
    assert [scan.raw_code for scan in found] == ["InTransit_Arrival", "InTransit_PickedUp"]
    assert [scan.facts.eta is not None for scan in found] == [True, False]
    assert found[0].facts.eta.day_only


def test_seventeentrack_time_utc_counts_and_not_the_offset_beside_it(events: Events) -> None:
    [scan] = events("seventeentrack", seventeentrack(seen("InTransit_Other", time_iso="2026-10-22T10:00:00+08:00")))
    assert utc(scan.occurred_at) == "2026-10-22T10:00:00+00:00"


def test_seventeentrack_sub_status_of_tomorrow_means_what_its_first_word_does(events: Events) -> None:
    [scan] = events("seventeentrack", seventeentrack(seen("Exception_Tomorrow")))
    assert (scan.status, scan.raw_code) == ("exception", "Exception_Tomorrow")


def test_seventeentrack_stopped_tracking_is_said_and_no_status(events: Events) -> None:
    [found] = events("seventeentrack", {"event": "TRACKING_STOPPED", "data": {"number": "600000000000000000000011"}})
    assert isinstance(found, Malformed)
    assert "stopped" in found.reason


@pytest.mark.parametrize("name", ["Carrier Pigeon", "DPD", ""])
def test_seventeentrack_courier_that_is_not_known_is_one_malformed_and_no_guess(name: str, events: Events) -> None:
    [found] = events("seventeentrack", seventeentrack(seen("InTransit_Other"), seen("Delivered_Other"), name=name))
    assert isinstance(found, Malformed)
    assert name in found.reason


def test_seventeentrack_returning_is_not_returned(events: Events) -> None:
    found = events("seventeentrack", seventeentrack(seen("Exception_Returning"), seen("Exception_Returned")))
    assert [(scan.status, scan.leg) for scan in found] == [("returning", "return"), ("returned", "return")]


def easypost(*found: dict[str, Any], carrier: str = "UPS", **more: Any) -> dict[str, Any]:
    return {"tracking_code": "1Z0000000000000011", "carrier": carrier, "tracking_details": list(found), **more}


def detail(status: str, fine: str = "", **more: Any) -> dict[str, Any]:
    return {"status": status, "status_detail": fine, "datetime": "2026-10-22T10:00:00Z", **more}


@pytest.mark.parametrize(
    ("status", "fine", "read"),
    [
        ("delivered", "arrived_at_destination", "delivered"),
        ("delivered", "arrived_at_pickup_location", "ready_for_pickup"),
        ("in_transit", "arrived_at_destination", "at_delivery_depot"),
        ("in_transit", "delivered", "in_transit"),
        ("in_transit", "cancelled", "in_transit"),
        ("failure", "lost", "lost"),
        ("error", "delivered", "unknown"),
    ],
)
def test_easypost_detail_refines_and_never_contradicts_the_status(
    status: str, fine: str, read: str, events: Events
) -> None:
    [scan] = events("easypost", easypost(detail(status, fine)))
    assert scan.status == read


def test_easypost_z_without_a_place_may_be_the_couriers_local_time(events: Events) -> None:
    placed = detail("in_transit", tracking_location={"city": None, "country": "PL"})
    found = events("easypost", easypost(detail("in_transit"), placed))
    assert [scan.zone for scan in found] == ["assumed_utc", "carrier"]


def test_easypost_midnight_is_a_day_where_the_recipient_is(events: Events) -> None:
    there = {"destination_tracking_location": {"country": "PL"}}
    payload = easypost(detail("in_transit"), est_delivery_date="2026-10-27T00:00:00Z", carrier_detail=there)
    [scan] = events("easypost", payload)
    assert (utc(scan.facts.eta.at), scan.facts.eta.day_only) == ("2026-10-26T23:00:00+00:00", True)


def test_easypost_technical_error_is_no_status_of_the_parcel(events: Events) -> None:
    [scan] = events("easypost", easypost(detail("error")))
    assert (scan.status, scan.flags) == ("unknown", ())


def shippo(present: dict[str, Any], *before: dict[str, Any], **more: Any) -> dict[str, Any]:
    track = {"carrier": "ups", "tracking_number": "1Z0000000000000011", "tracking_status": present}
    return {"event": "track_updated", "data": {**track, "tracking_history": list(before), **more}}


def substatus(status: str, code: str = "", **more: Any) -> dict[str, Any]:
    return {"status": status, "substatus": {"code": code}, "status_date": "2026-10-22T10:00:00Z", **more}


@pytest.mark.parametrize("sub", ["", "return_to_sender", "delivered"])
def test_shippo_returned_stays_returning(sub: str, events: Events) -> None:
    [scan] = events("shippo", shippo(substatus("RETURNED", sub)))
    assert (scan.status, scan.leg) == ("returning", "return")


def test_shippo_present_status_is_told_once_and_alone_carries_what_is_planned(events: Events) -> None:
    present, before = substatus("TRANSIT", "package_arrived"), substatus("TRANSIT", "package_accepted")
    found = events("shippo", shippo(present, before, present, eta="2026-10-27T00:00:00Z"))
    assert [(scan.raw_code, scan.facts.eta is not None) for scan in found] == [
        ("TRANSIT/package_arrived", True),
        ("TRANSIT/package_accepted", False),
    ]


def test_shippo_substatus_refines_and_never_contradicts_the_status(events: Events) -> None:
    found = events(
        "shippo",
        shippo(
            substatus("TRANSIT", "delivered"),
            substatus("FAILURE", "delivered"),
            substatus("FAILURE", "package_lost"),
            substatus("UNKNOWN", "delivered"),
        ),
    )
    assert [scan.status for scan in found] == ["in_transit", "exception", "lost", "unknown"]


def test_shippo_scheduled_delivery_does_not_move_the_parcel(events: Events) -> None:
    [scan] = events("shippo", shippo(substatus("TRANSIT", "delivery_scheduled")))
    assert (scan.informational, scan.reason) == (True, "appointment_set")


def shipengine(*found: dict[str, Any], **more: Any) -> dict[str, Any]:
    data = {"carrier_code": "ups", "tracking_number": "1Z0000000000000011", "events": list(found), **more}
    return {"resource_type": "API_TRACK", "data": data}


def scanned(status: str, fine: str | None = None, **more: Any) -> dict[str, Any]:
    return {"status_code": status, "status_detail_code": fine, "occurred_at": "2026-10-22T10:00:00Z", **more}


@pytest.mark.parametrize(
    ("status", "fine", "read"),
    [
        ("DE", "DELIVERED_TO_PICKUP_POINT", "ready_for_pickup"),
        ("DE", "DELIVERED_TO_ALTERNATIVE_DELIVERY_LOCATION", "ready_for_pickup"),
        ("SP", None, "ready_for_pickup"),
        ("SP", "DELIVERED", "ready_for_pickup"),
        ("DE", "UNDELIVERABLE_RETURNED_TO_SENDER", "returned"),
        ("EX", "RETURN_TO_SENDER", "returning"),
        ("EX", "DELIVERED", "exception"),
        ("IT", "PARCEL_LOST", "in_transit"),
        ("NY", "CANCELLED_BEFORE_DESPATCH", "cancelled"),
        ("UN", "DELIVERED", "unknown"),
    ],
)
def test_shipengine_delivered_to_a_point_or_to_the_sender_is_not_delivered(
    status: str, fine: str | None, read: str, events: Events
) -> None:
    [scan] = events("shipengine", shipengine(scanned(status, fine)))
    assert scan.status == read


def test_shipengine_carriers_own_time_is_local_to_the_event(events: Events) -> None:
    local = scanned("IT", occurred_at=None, carrier_occurred_at="2026-10-22T10:00:00", country_code="PL")
    found = events("shipengine", shipengine(scanned("IT"), local))
    assert [(utc(scan.occurred_at)[11:16], scan.zone) for scan in found] == [
        ("10:00", "carrier"),
        ("08:00", "assumed_local"),
    ]


def test_shipengine_signer_is_a_proof_and_the_name_is_not_kept(events: Events) -> None:
    [scan] = events("shipengine", shipengine(scanned("DE", signer="A. Example")))
    assert scan.facts.proof == "signed"
    assert "Example" not in repr(scan)


def shopify(status: str, **more: Any) -> dict[str, Any]:
    event = {"id": 11, "fulfillment_id": 22, "status": status, "happened_at": "2026-10-22T12:00:00+02:00"}
    return {**event, "tracking_company": "InPost", "tracking_number": "600000000000000000000011", **more}


def test_shopify_event_without_the_fulfilments_number_is_one_malformed(events: Events) -> None:
    [found] = events("shopify", shopify("delivered", tracking_number=None))
    assert isinstance(found, Malformed)
    assert found.place == "tracking_number"


def test_shopify_event_is_the_shops_word_about_the_couriers_parcel(events: Events) -> None:
    [scan] = events("shopify", shopify("in_transit"))
    assert (scan.courier, scan.source, scan.via) == ("inpost", "shopify", "shop")


def test_shopify_picked_up_is_the_recipient_and_carrier_picked_up_the_courier(events: Events) -> None:
    found = [events("shopify", shopify(status))[0].status for status in ("picked_up", "CARRIER_PICKED_UP")]
    assert found == ["delivered", "accepted"]


def test_shopify_webhook_and_answer_name_one_event_alike(events: Events) -> None:
    node = {"id": "gid://shopify/FulfillmentEvent/11", "status": "IN_TRANSIT", "happenedAt": "2026-10-22T10:00:00.417Z"}
    given = {"trackingInfo": [{"company": "InPost", "number": "600000000000000000000011"}], "events": {"nodes": [node]}}
    [answered] = events("shopify", {"data": {"fulfillment": given}})
    [pushed] = events("shopify", shopify("in_transit"))
    assert (answered.event_id, answered.occurred_at) == (pushed.event_id, pushed.occurred_at)


def test_shopify_fulfilment_with_several_numbers_does_not_say_whose_its_events_are(events: Events) -> None:
    both = [{"company": "UPS", "number": number} for number in ("1Z0000000000000011", "1Z0000000000000022")]
    node = {"status": "DELIVERED", "happenedAt": "2026-10-22T10:00:00Z"}
    payload = {"data": {"fulfillment": {"trackingInfo": both, "events": {"nodes": [node]}}}}
    [found] = events("shopify", payload)
    assert isinstance(found, Malformed)


@pytest.mark.parametrize("teller", ["easypost", "shippo", "shipengine", "shopify"])
@pytest.mark.parametrize("name", ["Carrier Pigeon", "DPD", "", None])
def test_aggregators_courier_that_is_not_known_is_one_malformed_and_no_guess(
    teller: str, name: Any, events: Events
) -> None:
    payloads = {
        "easypost": easypost(detail("delivered"), detail("in_transit"), carrier=name),
        "shippo": shippo(substatus("DELIVERED"), substatus("TRANSIT"), carrier=name),
        "shipengine": shipengine(scanned("DE"), scanned("IT"), carrier_code=name),
        "shopify": shopify("delivered", tracking_company=name),
    }
    [found] = events(teller, payloads[teller])
    assert isinstance(found, Malformed)
    assert (name or "") in found.reason


@pytest.mark.parametrize("name", ["DHLExpress", "dhl_express", "DHL Express", "dhl-express"])
def test_a_courier_is_the_same_however_an_aggregator_spells_it(name: str, events: Events) -> None:
    [scan] = events("shipengine", shipengine(scanned("IT"), carrier_code=name))
    assert scan.courier == "dhl"


def test_reasons_of_aggregators_malformed_events_name_no_values(events: Events) -> None:
    secret = "ul. Tajna 7"
    found = [
        *events("easypost", easypost(detail("delivered", datetime=secret), tracking_code="1Z0000000000000011")),
        *events("easypost", easypost(carrier=secret)),
        *events("shippo", shippo(substatus("DELIVERED"), tracking_number=secret)),
        *events("shopify", shopify("delivered", tracking_number=secret)),
        *events("seventeentrack", seventeentrack(seen("Delivered_Other", time_utc=secret))),
    ]
    assert len(found) == 5
    assert all(isinstance(event, Malformed) and secret not in event.reason + event.place for event in found)
