"""Where FedEx's words mislead. A test's name is the trap."""

from collections.abc import Callable
from typing import Any

import pytest

from pipelines.rules.fold import fold
from pipelines.rules.track_log import EMPTY, take
from schemas.parcels import Malformed, Scan
from schemas.times import from_millis

NUMBER = "986578788855"
Events = Callable[[str, Any], list[Any]]


def result(*found: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"trackingNumberInfo": {"trackingNumber": NUMBER}, "scanEvents": [*found], **more}


def track(*results: dict[str, Any]) -> dict[str, Any]:
    return {"output": {"completeTrackResults": [{"trackingNumber": NUMBER, "trackResults": [*results]}]}}


def happened(kind: str, date: str = "2026-10-22T10:00:00+02:00", **more: Any) -> dict[str, Any]:
    return {"date": date, "eventType": kind, **more}


def utc(scan: Scan) -> str:
    return from_millis(scan.occurred_at).isoformat()


def test_the_event_type_counts_and_not_the_coarse_derived_status(events: Events) -> None:
    [scan] = events("fedex", track(result(happened("HP", derivedStatusCode="IT", derivedStatus="In transit"))))
    assert (scan.status, scan.raw_code) == ("ready_for_pickup", "HP")


def test_the_derived_status_speaks_for_a_type_that_is_not_known(events: Events) -> None:
    known, unknown = events(
        "fedex", track(result(happened("Q9", derivedStatusCode="IT"), happened("Q9", derivedStatusCode="Q8")))
    )
    assert (known.status, known.raw_code) == ("in_transit", "Q9/IT")
    assert (unknown.status, unknown.flags) == ("unknown", ("unmapped",))


@pytest.mark.parametrize(
    ("kind", "exception", "status"),
    [
        ("DE", "08", "delivery_attempted"),
        ("DE", "A47", "in_transit"),
        ("DE", "ZZ", "delivery_attempted"),
        ("SE", "A25", "in_customs"),
        ("SE", "ZZ", "exception"),
        ("OD", "08", "out_for_delivery"),
    ],
)
def test_an_exception_code_is_a_discriminator(kind: str, exception: str, status: str, events: Events) -> None:
    [scan] = events("fedex", track(result(happened(kind, exceptionCode=exception))))
    assert (scan.status, scan.raw_code) == (status, f"{kind}/{exception}")


def test_a_package_taken_to_a_place_nearby_is_no_failed_attempt(events: Events) -> None:
    [scan] = events("fedex", track(result(happened("DE", exceptionCode="A47"))))
    assert (scan.status, scan.reason) == ("in_transit", "redirected_by_carrier")


def test_ea_is_on_its_way_to_an_airport_unless_customs_say_it(events: Events) -> None:
    airport, export = events(
        "fedex", track(result(happened("EA", derivedStatusCode="IT"), happened("EA", derivedStatusCode="CP")))
    )
    assert (airport.status, airport.notice) == ("in_transit", "")
    assert (export.status, export.notice) == ("in_transit", "customs_released")


def test_mixed_case_codes_are_the_same_code(events: Events) -> None:
    found = events("fedex", track(result(*map(happened, ("Ow", "OW", "ow", " oW ")))))
    assert {scan.status for scan in found} == {"in_transit"}


def test_offsets_change_inside_one_history(events: Events) -> None:
    dates = ("2026-10-22T10:00:00+02:00", "2026-10-22T02:00:00-06:00", "2026-10-22T08:00:00Z")
    found = events("fedex", track(result(*(happened("IT", date) for date in dates))))
    assert {utc(scan) for scan in found} == {"2026-10-22T08:00:00+00:00"}


def test_a_date_without_offset_is_local_to_its_place(events: Events) -> None:
    place = {"city": "Kyiv", "countryCode": "UA"}
    there, nowhere = events(
        "fedex",
        track(result(happened("IT", "2026-10-22T10:00:00", scanLocation=place), happened("IT", "2026-10-22T10:00:00"))),
    )
    assert (utc(there)[11:16], there.zone) == ("07:00", "assumed_local")
    assert (utc(nowhere)[11:16], nowhere.zone) == ("10:00", "assumed_utc")


def test_several_results_for_one_number_let_only_the_newest_move_the_parcel(events: Events) -> None:
    old = result(
        happened("DL", "2025-01-07T10:00:00+01:00"), dateAndTimes=[{"type": "SHIP", "dateTime": "2025-01-02T00:00:00"}]
    )
    new = result(
        happened("IT", "2026-10-22T10:00:00+02:00"), dateAndTimes=[{"type": "SHIP", "dateTime": "2026-10-20T00:00:00"}]
    )
    for order in ((old, new), (new, old)):
        found = {scan.status: scan for scan in events("fedex", track(*order))}
        assert not found["in_transit"].informational
        assert found["delivered"].informational
        assert found["delivered"].reason == "duplicate_number_suspected"


def test_delivered_after_returning_to_shipper_closes_the_return(events: Events) -> None:
    scans = events(
        "fedex",
        track(
            result(
                happened("DL", "2026-10-28T10:00:00-06:00"),
                happened("RS", "2026-10-24T10:00:00+02:00"),
                happened("DE", "2026-10-22T10:00:00+02:00", exceptionCode="08"),
            )
        ),
    )
    log = EMPTY
    for scan in scans:
        log, _ = take(log, scan, scans[0].occurred_at, scans[0].occurred_at)
    assert fold(log.scans, "fedex").course.status == "returned"


def test_a_return_label_that_ran_out_cancels_nothing(events: Events) -> None:
    for kind in ("RD", "RG", "RP", "LP"):
        [scan] = events("fedex", track(result(happened(kind))))
        assert (scan.status, scan.informational) == ("label_created", True)


def test_a_wish_of_the_recipient_moves_nothing(events: Events) -> None:
    for kind in ("RR", "RM", "RC", "HA", "RT"):
        [scan] = events("fedex", track(result(happened(kind))))
        assert scan.informational


def test_a_forecast_is_no_event(events: Events) -> None:
    for kind in ("AE", "AO"):
        [scan] = events("fedex", track(result(happened(kind))))
        assert scan.informational


def test_a_number_that_is_not_found_yet_is_no_event_and_another_error_is_told(events: Events) -> None:
    missing = result(error={"code": "TRACKING.TRACKINGNUMBER.NOTFOUND"})
    broken = result(error={"code": "SYSTEM.UNEXPECTED.ERROR"})
    [event] = events("fedex", track(missing, broken))
    assert isinstance(event, Malformed)
    assert event.place.endswith("trackResults[1].error.code")


def test_only_the_newest_event_carries_what_is_planned(events: Events) -> None:
    planned = [{"type": "ESTIMATED_DELIVERY", "dateTime": "2026-10-27T00:00:00+01:00"}]
    newest, before = events(
        "fedex",
        track(result(happened("IT"), happened("PU", "2026-10-21T10:00:00+02:00"), dateAndTimes=planned)),
    )
    assert newest.facts.eta.day_only
    assert before.facts.eta is None


def test_a_weather_delay_says_its_reason(events: Events) -> None:
    [scan] = events("fedex", track(result(happened("DY", delayDetail={"type": "WEATHER"}))))
    assert (scan.status, scan.reason) == ("delayed", "weather_delay")
