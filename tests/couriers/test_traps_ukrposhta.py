"""Where Ukrposhta's words mislead. A test's name is the trap."""

from collections.abc import Callable
from typing import Any

import pytest

from schemas.times import from_millis

Events = Callable[[str, Any], list[Any]]
BARCODE = "0500000000011"


def status(event: Any, **more: Any) -> dict[str, Any]:
    return {"barcode": BARCODE, "date": "2026-10-22T10:00:00", "event": event, **more}


def test_ukrposhta_step_does_not_rise_with_time_so_an_event_stands_by_its_date(events: Events) -> None:
    found = events(
        "ukrposhta",
        [
            status(10100, step=3, date="2026-10-20T16:33:00"),
            status(20700, step=2, date="2026-10-20T16:51:57"),
            status(20800, step=4, date="2026-10-20T16:58:18"),
        ],
    )
    in_time = sorted(found, key=lambda scan: scan.occurred_at)
    assert [scan.raw_code for scan in in_time] == ["10100", "20700", "20800"]


def test_ukrposhta_41000_with_reason_10_is_the_return_and_not_a_delivery(events: Events) -> None:
    found = events("ukrposhta", [status(41000, eventReason_id=2), status(41000, eventReason_id=10), status(41000)])
    assert [(scan.status, scan.leg, scan.raw_code) for scan in found] == [
        ("delivered", "outbound", "41000/2"),
        ("returned", "return", "41000/10"),
        ("delivered", "outbound", "41000"),
    ]


@pytest.mark.parametrize("reason", [65, "65", "66"])
def test_ukrposhta_41000_with_a_reason_of_trouble_is_no_delivery(reason: Any, events: Events) -> None:
    [scan] = events("ukrposhta", [status("41000", eventReason_id=reason)])
    assert (scan.status, scan.flags) == ("exception", ("doubt",))


def test_ukrposhta_returned_to_the_office_is_not_yet_returned_to_the_sender(events: Events) -> None:
    [scan] = events("ukrposhta", [status(35500)])
    assert (scan.status, scan.flags) == ("returning", ("doubt",))


@pytest.mark.parametrize("barcode", [500000000011, "500000000011", BARCODE])
def test_ukrposhta_barcode_as_a_number_has_lost_its_zero(barcode: Any, events: Events) -> None:
    [scan] = events("ukrposhta", [status(20700, barcode=barcode)])
    assert scan.number == BARCODE


def test_ukrposhta_container_scans_do_not_move_the_parcel(events: Events) -> None:
    for code in (2100, 4014, 4050, 4082):
        [scan] = events("ukrposhta", [status(code)])
        assert scan.informational, code


@pytest.mark.parametrize("event", [20700, "20700", " 20700 "])
def test_ukrposhta_events_are_strings_and_numbers(event: Any, events: Events) -> None:
    [scan] = events("ukrposhta", [status(event)])
    assert (scan.status, scan.reason) == ("in_transit", "arrived_at_hub")


def test_ukrposhta_times_are_naive_and_kyivs(events: Events) -> None:
    summer, doubled, missing = events(
        "ukrposhta",
        [
            status(20700, date="2026-07-22T10:00:00"),
            status(20700, date="2026-10-25T03:30:00"),
            status(20700, date="2026-03-29T03:30:00"),
        ],
    )
    assert from_millis(summer.occurred_at).isoformat() == "2026-07-22T07:00:00+00:00"
    assert from_millis(doubled.occurred_at).isoformat() == "2026-10-25T00:30:00+00:00"
    assert [scan.flags for scan in (summer, doubled, missing)] == [(), ("dst_fold",), ("dst_gap",)]
    assert {scan.zone for scan in (summer, doubled, missing)} == {"assumed_local"}


def test_ukrposhta_barcode_that_was_not_found_is_no_event(events: Events) -> None:
    assert events("ukrposhta", {"found": {}, "notFound": [BARCODE]}) == []
    assert events("ukrposhta", {"found": None, "notFound": [BARCODE]}) == []
