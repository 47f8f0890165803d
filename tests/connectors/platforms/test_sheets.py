"""Tables of orders: a header held strictly, and rows that fail alone."""

import json
import random
from typing import Any

import pytest

from connectors.platforms.sheets import COLUMNS, read_sheet, sheet_shop
from schemas.envelope import read_structured
from schemas.errors import BadPayload
from schemas.webhooks import Unread

HEADER = "order,placed_at,email,courier,number"
INPOST = "600000000000000000001001"


def told(text: str | bytes) -> list[Any]:
    body = text if isinstance(text, bytes) else text.encode()
    found = read_sheet(sheet_shop("sowa", "pl"), body)
    return [one if isinstance(one, Unread) else json.loads(one) for one in found]


def types(found: list[Any]) -> list[str]:
    return [one["type"][6:-3] for one in found if not isinstance(one, Unread)]


def test_a_row_is_an_order_and_its_parcel() -> None:
    found = told(f"{HEADER}\n7,2026-10-12T10:00:00+02:00,a@example.com,InPost,{INPOST}\n")
    assert types(found) == ["order.placed", "shipment.created"]
    assert found[0]["time"] == "2026-10-12T08:00:00.000Z"
    assert found[1]["data"] == {"shop": "sowa", "order": "7", "courier": "inpost", "number": INPOST}


def test_an_order_of_two_rows_is_told_once_with_both_parcels() -> None:
    row = "7,2026-10-12T10:00:00+02:00,a@example.com,InPost,"
    assert types(told(f"{HEADER}\n{row}{INPOST}\n{row}{INPOST[:-1]}2\n")) == [
        "order.placed",
        "shipment.created",
        "shipment.created",
    ]


def test_every_column_is_read() -> None:
    cells = {
        **dict.fromkeys(COLUMNS, ""),
        "order": "7",
        "placed_at": "2026-10-12 10:00",
        "phone": "500 000 123",
        "customer": "c-1",
        "locale": "uk",
        "country": "ua",
        "total": "129.00",
        "currency": "PLN",
        "cod": "141.00",
        "order_number": "SOWA/7",
        "test": "tak",
        "courier": "nova_poshta",
        "number": "20450000001001",
        "service": "postomat",
        "shipped_at": "2026-10-13T10:00:00Z",
        "status": "Packed",
        "status_at": "2026-10-13T09:00:00Z",
    }
    found = told(";".join(cells) + "\r\n" + ";".join(cells.values()) + "\r\n")
    assert [(one["type"][6:-3], one["time"][:16]) for one in found] == [
        ("order.placed", "2026-10-12T10:00"),
        ("shipment.created", "2026-10-13T10:00"),
        ("order.packed", "2026-10-13T09:00"),
    ]
    assert found[0]["data"] == {
        "shop": "sowa",
        "order": "7",
        "locale": "uk",
        "recipients": [{"customer": "c-1", "phone": "500 000 123"}],
        "number": "SOWA/7",
        "country": "UA",
        "total": {"amount": "129.00", "currency": "PLN"},
        "test": True,
        "payment": "cod",
        "cod": {"currency": "PLN", "total": "141.00"},
    }
    assert found[1]["data"]["service"] == "postomat"


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("7,yesterday,a@example.com,,", "line 2, placed_at"),
        (",2026-10-12T10:00:00Z,a@example.com,,", "line 2, order"),
        ("7,2026-10-12T10:00:00Z,,,", "line 2, email"),
        ("7,2026-10-12T10:00:00Z,a@example.com,Sowi Goniec,123", "line 2, courier"),
        ("7,2026-10-12T10:00:00Z,a@example.com,,123", "line 2, courier"),
        ("7,2026-10-12T10:00:00Z,a@example.com,InPost,1/2", "line 2, number"),
        ("7,2026-10-12T10:00:00Z,a@example.com", "line 2"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_column_and_the_rest_goes_on(row: str, place: str) -> None:
    bad, *good = told(f"{HEADER}\n{row}\n8,2026-10-12T10:00:00Z,b@example.com,,\n")
    assert (type(bad), bad.place) == (Unread, place)
    assert "example.com" not in bad.reason
    assert types(good) == ["order.placed"]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("order,placed_at,e-mail", "not known: e-mail"),
        ("order,email", "missing: placed_at"),
        ("order,placed_at,email,email", "twice"),
        ("", "missing"),
    ],
)
def test_a_header_that_is_not_as_it_must_be_is_refused_whole(header: str, words: str) -> None:
    with pytest.raises(BadPayload, match=words):
        told(f"{header}\n7,2026-10-12T10:00:00Z,a@example.com\n")


def test_a_table_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(BadPayload, match="UTF-8"):
        told("order,placed_at\nzażółć".encode("cp1250"))


def test_the_mark_that_spreadsheets_put_first_does_not_matter() -> None:
    assert types(told(b"\xef\xbb\xbforder;placed_at;email\n7;2026-10-12T10:00:00Z;a@example.com\n")) == ["order.placed"]


def test_rows_at_random_give_only_events_and_words() -> None:
    chance, cells = random.Random(7), ["", "7", "InPost", "a@example.com", "2026-10-12T10:00:00Z", "x" * 200, '"', "\0"]
    for _ in range(2_000):
        names = chance.sample(list(COLUMNS), chance.randint(2, len(COLUMNS)))
        rows = "\n".join(",".join(chance.choices(cells, k=len(names))) for _ in range(3))
        header = ",".join(dict.fromkeys(["order", "placed_at", *names]))
        for one in read_sheet(sheet_shop("sowa", "pl"), f"{header}\n{rows}\n".encode()):
            assert isinstance(one, Unread) or read_structured(one)
