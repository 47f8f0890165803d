"""Where ORLEN Paczka's words mislead. A test's name is the trap."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from couriers.registry import read
from schemas.errors import BadPayload
from schemas.times import from_millis

Events = Callable[[str, Any], list[Any]]


def tracker(*found: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"status": "OK", "number": "2100000000001", "history": [*found], **more}


def happened(code: Any, label: str = "", **more: Any) -> dict[str, Any]:
    return {"date": "22-10-2026, 10:00", "code": code, "label": label, **more}


def test_690_means_two_things_and_its_label_says_which(events: Events) -> None:
    waits, abroad = events(
        "orlen_paczka",
        tracker(happened("690", "Paczka czeka na odbiór"), happened("690", "Paczka w innym kraju")),
    )
    assert (waits.status, abroad.status) == ("ready_for_pickup", "in_transit")
    assert waits.raw_code != abroad.raw_code


def test_the_full_label_is_trusted_and_not_the_short_one(events: Events) -> None:
    [scan] = events("orlen_paczka", tracker(happened("690", "Paczka w innym kraju", labelShort="Czeka na odbiór")))
    assert scan.status == "in_transit"


def test_a_label_alone_never_makes_an_unknown_code_wait(events: Events) -> None:
    [scan] = events("orlen_paczka", tracker(happened("691", "Paczka czeka na odbiór")))
    assert (scan.status, scan.raw_code, scan.flags) == ("unknown", "691", ("unmapped",))


def test_a_parcel_on_its_way_to_a_point_is_not_out_for_delivery(events: Events) -> None:
    [scan] = events("orlen_paczka", tracker(happened("680")))
    assert scan.status == "in_transit"


@pytest.mark.parametrize("call", ["callback({})", "callback({});", " jQuery.cb_1 ( {} ) ;\n", "{}"])
def test_the_answer_comes_wrapped_in_a_call(call: str) -> None:
    body = call.replace("{}", json.dumps(tracker(happened(1000)))).encode()
    [scan] = read("orlen_paczka", body, via="answer")
    assert scan == next(read("orlen_paczka", json.dumps(tracker(happened("1000"))).encode(), via="answer"))


def test_a_call_of_anything_else_is_refused() -> None:
    for body in (b"alert(1)", b"callback()", b"callback(" * 1_000, b"callback([])"):
        with pytest.raises(BadPayload):
            read("orlen_paczka", body, via="answer")


def test_an_empty_status_is_no_data_yet_and_another_is_a_refusal(events: Events) -> None:
    assert events("orlen_paczka", {"status": "", "number": "2100000000001"}) == []
    with pytest.raises(BadPayload, match="refused"):
        events("orlen_paczka", {"status": "ERROR 1003", "number": "AD00000000"})


def test_a_return_is_said_of_the_parcel_and_only_its_last_line_says_it(events: Events) -> None:
    found = events("orlen_paczka", tracker(happened("240"), happened("100"), **{"return": True}))
    assert [scan.leg for scan in found] == ["outbound", "return"]


def test_times_are_warsaws_with_the_doubled_hour_and_the_missing_one(events: Events) -> None:
    doubled, missing = events(
        "orlen_paczka",
        tracker(happened("300", date="25-10-2026, 02:30"), happened("300", date="29-03-2026, 02:30")),
    )
    assert (from_millis(doubled.occurred_at).isoformat(), doubled.flags) == ("2026-10-25T00:30:00+00:00", ("dst_fold",))
    assert (from_millis(missing.occurred_at).isoformat(), missing.flags) == ("2026-03-29T01:30:00+00:00", ("dst_gap",))
