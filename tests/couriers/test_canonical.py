"""Awizo's own words: strict, and able to say everything that a scan can."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from couriers import awizo
from schemas.parcels import Cod, Eta, Facts, Malformed, Point, Scan, Successor

PLAIN = {"courier": "gls", "number": "90000000001", "occurred_at": "2026-10-22T10:00:00Z", "status": "in_transit"}
Events = Callable[[str, Any], list[Any]]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Scan, awizo._Scan),
        (Facts, awizo._Facts),
        (Point, awizo._Point),
        (Cod, awizo._Cod),
        (Eta, awizo._Eta),
        (Successor, awizo._Successor),
    ],
)
def test_every_field_of_a_scan_can_be_said(ours: type, theirs: type) -> None:
    names = [{field.encode_name for field in msgspec.structs.fields(struct)} for struct in (ours, theirs)]
    assert names[0] == names[1]


def test_the_least_that_works_is_four_fields(events: Events) -> None:
    [scan] = events("awizo", PLAIN)
    assert (scan.courier, scan.status, scan.raw_code, scan.source, scan.via) == (
        "gls",
        "in_transit",
        "in_transit",
        "awizo",
        "answer",
    )


@pytest.mark.parametrize("missing", sorted(PLAIN))
def test_a_missing_field_is_named(missing: str, events: Events) -> None:
    [event] = events("awizo", [{key: value for key, value in PLAIN.items() if key != missing}])
    assert isinstance(event, Malformed)
    assert missing in event.reason


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "shipped"),
        ("occurred_at", "2026-10-22T10:00:00"),
        ("occurred_at", "1826-10-22T10:00:00Z"),
        ("courier", "No Such"),
        ("number", "12"),
        ("notice", "reminder"),
        ("reason", "because"),
        ("leg", "sideways"),
        ("via", "pigeon"),
        ("facts", {"cod": {"currency": "zl"}}),
        ("facts", {"cod": {"currency": "PLN", "total": "NaN"}}),
        ("facts", {"cod": {"currency": "PLN", "total": "-1.00"}}),
        ("facts", {"cod": {"currency": "PLN", "goods": "10000000000"}}),
        ("facts", {"point": {"hours": [[7, 0, 60]]}}),
        ("facts", {"eta": {"at": "tomorrow"}}),
        ("colour", "red"),
    ],
)
def test_what_is_not_in_our_words_fails_alone(field: str, value: Any, events: Events) -> None:
    found = events("awizo", {"scans": [PLAIN, {**PLAIN, field: value}, PLAIN]})
    assert [type(event) for event in found] == [Scan, Malformed, Scan]
    assert found[1].place.startswith("scans[1]")
