"""A table of orders and parcels, a row each, for shops that have nothing else: CSV in UTF-8, header first.

A row with a `number` is a parcel too; several rows of one order are its parcels. Empty cells are not told. A row that
cannot be read fails alone, with its line and column. Separators are `,` or `;`, as spreadsheets write them.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any, NamedTuple

from connectors.platforms.carriers import courier_of
from connectors.platforms.orders import cod_of, money, order_id, time_of
from connectors.platforms.paths import is_true_at
from connectors.platforms.platform import Shop, Told, event
from connectors.platforms.presets import rules_of
from couriers.fields import Record
from schemas.envelope import read_structured
from schemas.errors import BadEvent, BadInput, BadPayload
from schemas.webhooks import Reading, Unread, Webhooks


class Column(NamedTuple):
    """A column: its meaning, and whether every row needs it."""

    meaning: str
    needed: bool = False


COLUMNS: dict[str, Column] = {
    "order": Column("the shop's order id", needed=True),
    "placed_at": Column("when the order was placed: 2026-10-12T10:00:00+02:00; without a zone it is UTC", needed=True),
    "email": Column("the buyer's e-mail"),
    "phone": Column("the buyer's phone, national or international"),
    "customer": Column("the shop's customer id"),
    "locale": Column("the order's language: pl, uk, en; else the shop's"),
    "country": Column("country of delivery, two letters"),
    "total": Column("the order's sum, with a point"),
    "currency": Column("its currency, three letters"),
    "cod": Column("what is paid on delivery, with a point"),
    "order_number": Column("the order's number as the customer knows it"),
    "test": Column("yes: a test, nothing is sent"),
    "courier": Column("the carrier's title, or our courier id"),
    "number": Column("the parcel's tracking number"),
    "service": Column("the courier's service"),
    "shipped_at": Column("when the parcel got its number; else `placed_at`"),
    "status": Column("what happened to the order: paid, packed, cancelled, completed ..."),
    "status_at": Column("when that happened; else `placed_at`"),
}
"""Every column; others are refused, so that a misspelt one is not lost in silence."""

WORDS = frozenset(
    "confirmed paid payment_failed in_preparation packed on_hold resumed cancelled expired completed refunded".split()
)

MOST = 100_000
"""Rows of the longest table."""


def sheet_shop(shop: str, language: str, webhooks: Webhooks | None = None) -> Shop:
    """What the reader of a table must know of a shop: carriers' titles are those of its webhooks."""
    rules = rules_of(webhooks) if webhooks else Reading()
    return Shop(shop, "sheet", language, rules, webhooks is not None and webhooks.recognise)


def read_sheet(shop: Shop, body: bytes) -> Iterator[Told]:
    """The events of a table. Raises BadPayload, at the call, for a header that is not as it must be."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadPayload("not UTF-8: save the table as CSV in UTF-8") from None
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        header = [cell.strip().lower() for cell in next(rows, [])]
    except csv.Error:
        raise BadPayload("not CSV: save the table as CSV in UTF-8", "line 1") from None
    _hold_header(header)
    return _rows(shop, header, rows)


def _hold_header(header: list[str]) -> None:
    strange = [name[:40] for name in header if name not in COLUMNS]
    lost = [name for name, column in COLUMNS.items() if column.needed and name not in header]
    if strange:
        raise BadPayload(f"columns that are not known: {', '.join(strange)}; known are {', '.join(COLUMNS)}", "line 1")
    if lost:
        raise BadPayload(f"columns that are missing: {', '.join(lost)}", "line 1")
    if len(set(header)) != len(header):
        raise BadPayload("a column stands there twice: keep one", "line 1")


def _rows(shop: Shop, header: list[str], rows: Any) -> Iterator[Told]:
    """Each row's events; the order itself is told once for all its rows that say the same of it."""
    told: set[bytes] = set()
    for _ in range(MOST):
        try:
            row = next(rows, None)
        except csv.Error:
            yield Unread("a row that is not CSV, and all behind it", f"line {rows.line_num}", b"")
            return
        if row is None:
            return
        if any(cell.strip() for cell in row):
            for one in _row(shop, header, row, f"line {rows.line_num}"):
                if isinstance(one, Unread) or one not in told:
                    yield one
                if not isinstance(one, Unread):
                    told.add(one)
    yield Unread(f"more than {MOST:,} rows: send the rest as another table", "", b"")


def _row(shop: Shop, header: list[str], row: list[str], line: str) -> Iterator[Told]:
    original = ",".join(row).encode()
    if len(row) != len(header):
        yield Unread(f"{len(row)} cells, as many as the header's {len(header)} were expected", line, original)
        return
    cells = {name: cell.strip() for name, cell in zip(header, row, strict=True) if cell.strip()}
    try:
        made = list(_events(shop, cells))
        for one in made:
            read_structured(one)
    except BadEvent as problem:
        yield Unread(problem.reason, f"{line}, {problem.place.removeprefix('data.')}", original)
    except BadInput as problem:
        yield Unread(problem.reason, f"{line}, {problem.place}", original)
    else:
        yield from made


def _events(shop: Shop, cells: Record) -> Iterator[bytes]:
    named, placed_at = order_id(cells, "order"), time_of(cells, "placed_at")
    yield event(shop, "order.placed", placed_at, _placed(shop, cells, named), about=f"{named}/placed")
    if "number" in cells:
        courier = courier_of(cells.get("courier", ""), cells["number"], shop, "courier")
        data = {"order": named, "courier": courier, "number": "".join(cells["number"].split())}
        data |= {"service": cells.get("service", "")}
        at = time_of(cells, "shipped_at", "placed_at")
        yield event(shop, "shipment.created", at, data, about=f"{named}/created/{courier}/{data['number']}", named=True)
    word = cells.get("status", "").lower()
    if word and word not in WORDS:
        raise BadInput(f"no word that is known; known are {', '.join(sorted(WORDS))}", "status")
    if word:
        at = time_of(cells, "status_at", "placed_at")
        yield event(shop, f"order.{word}", at, {"order": named}, about=f"{named}/{word}")


def _placed(shop: Shop, cells: Record, named: str) -> dict[str, Any]:
    who = {name: cells[name] for name in ("customer", "email", "phone") if name in cells}
    if not who:
        raise BadInput("nobody to tell: one of email, phone, customer is needed", "email")
    currency = cells.get("currency", "")
    return {
        "order": named,
        "locale": cells.get("locale") or shop.language,
        "recipients": [who],
        "number": cells.get("order_number", ""),
        "country": cells.get("country", "").upper(),
        "total": _sum(cells, "total", currency),
        "test": is_true_at(cells, "test"),
        **cod_of("cod" in cells, _sum(cells, "cod", currency), currency),
    }


def _sum(cells: Record, name: str, currency: str) -> dict[str, str] | None:
    if name not in cells:
        return None
    found = money(cells[name], currency)
    if found is None:
        raise BadInput("no sum: 129.00 was expected, and its `currency` in three letters", name)
    return found
