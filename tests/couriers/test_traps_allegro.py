"""Where Allegro's words mislead. A test's name is the trap."""

from collections.abc import Callable
from typing import Any

import pytest

from schemas.errors import BadPayload
from schemas.parcels import Malformed

Events = Callable[[str, Any], list[Any]]
NUMBER = "A000000011"


def happened(day: int, code: str, said: str = "") -> dict[str, Any]:
    return {"occurredAt": f"2026-10-{day}T09:00:00Z", "code": code, "description": said}


def waybill(*found: dict[str, Any], number: Any = NUMBER) -> dict[str, Any]:
    return {"waybill": number, "trackingDetails": {"statuses": list(found)}}


def answer(*waybills: Any, carrier: str = "ALLEGRO") -> dict[str, Any]:
    return {"carrierId": carrier, "waybills": list(waybills)}


def test_allegro_second_delivered_after_the_parcel_moved_again_is_on_the_return_leg(events: Events) -> None:
    found = events(
        "allegro",
        answer(waybill(happened(28, "DELIVERED"), happened(25, "IN_TRANSIT"), happened(22, "DELIVERED"))),
    )
    assert [(scan.status, scan.leg) for scan in found] == [
        ("returned", "return"),
        ("in_transit", "outbound"),
        ("delivered", "outbound"),
    ]


def test_allegro_delivered_told_twice_is_no_return(events: Events) -> None:
    found = events("allegro", answer(waybill(happened(22, "DELIVERED"), happened(23, "DELIVERED"))))
    assert [scan.leg for scan in found] == ["outbound", "outbound"]


def test_allegro_issue_after_delivered_is_no_return(events: Events) -> None:
    found = events(
        "allegro", answer(waybill(happened(22, "DELIVERED"), happened(23, "ISSUE"), happened(24, "DELIVERED")))
    )
    assert [(scan.status, scan.leg) for scan in found] == [
        ("delivered", "outbound"),
        ("exception", "outbound"),
        ("delivered", "outbound"),
    ]


def test_allegro_one_bad_waybill_harms_no_other(events: Events) -> None:
    good = waybill(happened(22, "IN_TRANSIT"))
    found = events("allegro", answer(waybill(happened(22, "DELIVERED"), number=None), good, 7, good))
    assert [isinstance(event, Malformed) for event in found] == [True, False, True, False]


def test_allegro_number_that_it_knows_nothing_of_is_no_event(events: Events) -> None:
    assert events("allegro", answer({"waybill": NUMBER, "trackingDetails": None})) == []


def test_allegro_refusal_is_no_empty_history(events: Events) -> None:
    with pytest.raises(BadPayload, match="one by one"):
        events("allegro", {"errors": [{"code": "VALIDATION_ERROR"}]})


@pytest.mark.parametrize(
    ("carrier", "ours", "via"),
    [("ALLEGRO", "allegro", "answer"), ("INPOST", "inpost", "aggregator"), ("DPD", "dpd_pl", "aggregator")],
)
def test_allegro_relays_others_parcels_under_their_own_names(carrier: str, ours: str, via: str, events: Events) -> None:
    [scan] = events("allegro", answer(waybill(happened(22, "DELIVERED")), carrier=carrier))
    assert (scan.courier, scan.source, scan.via) == (ours, "allegro", via)


@pytest.mark.parametrize("carrier", ["UNKNOWN", "CARRIER_PIGEON", ""])
def test_allegro_carrier_that_is_not_known_is_one_malformed_and_no_guess(carrier: str, events: Events) -> None:
    [found] = events("allegro", answer(waybill(happened(22, "IN_TRANSIT"), happened(23, "DELIVERED")), carrier=carrier))
    assert isinstance(found, Malformed)
    assert carrier in found.reason


def test_allegro_in_transit_is_the_hand_over_only_if_its_sentence_says_so(events: Events) -> None:
    found = events(
        "allegro",
        answer(
            waybill(
                happened(20, "IN_TRANSIT", "Przesyłka została nadana w punkcie"),
                happened(21, "IN_TRANSIT", "Przesyłka została doręczona"),
                happened(22, "DELIVERED", "Przesyłka została nadana"),
            )
        ),
    )
    assert [scan.status for scan in found] == ["accepted", "in_transit", "delivered"]


def test_allegro_buyers_feed_is_not_sure_enough_for_an_end(events: Events) -> None:
    [scan] = events("allegro", answer(waybill(happened(22, "PICKED_UP"))))
    assert (scan.status, scan.flags) == ("unknown", ("doubt",))
