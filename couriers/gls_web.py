"""GLS's public page: its detailed answer (rstt028), and its overview (rstt029) where that has a history.

The present state is a word of the group's (`progressBar.statusInfo`) and has no time but that of the newest event. An
event of the history has a number of two parts, of which few are sure, or only its sentence. Times are naive, local to
the scan's country. Source: gls-group.com, open/rest.
"""

from functools import partial
from html import unescape
from typing import Any, NamedTuple

from couriers.countries import alpha_2
from couriers.courier import Item, Shape, each, has, told, unread
from couriers.fields import Record, first, moment, needed, number, part, rows, text
from couriers.meanings import Table
from couriers.timestamps import Moment, iso
from schemas.errors import BadInput
from schemas.parcels import Facts, Malformed, Scan
from schemas.places import zone_of


def _key(code: str) -> str:
    return " ".join(unescape(code).casefold().split()).rstrip(".")


PROGRESS = Table("gls", ("group_v1_status", "pl_app_extra"))
EVENT_NUMBERS = Table("gls", ("codeno_main_reason", "web_text"), _key)


class Unit(NamedTuple):
    """What the page says of a parcel as a whole."""

    number: str
    country: str  # of the GLS company that delivers: the clock of scans whose country is not given
    newest: Record | None = None  # only of the present state: its time is that of this event
    leg: str = ""


def page(payload: Record) -> list[Item | Malformed]:
    """The present state and the history of one parcel."""
    return _unit(payload, "")


def overview(payload: Record) -> list[Item | Malformed]:
    """The same of each parcel of an overview; one without a number is one Malformed, the others go on."""
    found: list[Item | Malformed] = []
    for index, unit in enumerate(rows(payload, "tuStatus")):
        place = f"tuStatus[{index}]"
        try:
            found += _unit(unit, f"{place}.") if isinstance(unit, dict) else [Item(place, unit)]
        except BadInput as problem:
            found.append(unread("gls", unit, place, problem))
    return found


def _unit(unit: Record, place: str) -> list[Item | Malformed]:
    history, bar = rows(unit, "history"), part(unit, "progressBar")
    about = Unit(number(unit, "tuNo"), text(unit, "deliveryOwnerCode")[:2].upper())
    newest = history[0] if history and isinstance(history[0], dict) else None
    present: list[Item | Malformed] = []
    if newest is not None and text(bar, "statusInfo"):
        leg = "return" if bar.get("retourFlag") is True else ""
        present = [Item(f"{place}progressBar", bar, about._replace(newest=newest, leg=leg))]
    return [*present, *each(history, f"{place}history", about)]


def web_scan(item: Item, via: str) -> Scan:
    """The present state, or one event of the history."""
    return _event(item, via) if item.about.newest is None else _present(item, via)


def _present(item: Item, via: str) -> Scan:
    code = needed(item.record, "statusInfo")
    when, said = _moment(item.about.newest, item.about), unescape(text(item.record, "statusText"))
    return told("gls", item.about.number, when, code, PROGRESS.meaning(code), via=via, leg=item.about.leg, text=said)


def _event(item: Item, via: str) -> Scan:
    record, said = item.record, unescape(text(item.record, "evtDscr"))
    code = text(record, "evtNo") or said or needed(record, "evtNo")
    facts = Facts(place=text(part(record, "address"), "city"), country=_country(record))
    when = _moment(record, item.about)
    return told("gls", item.about.number, when, code, EVENT_NUMBERS.meaning(code), via=via, text=said, facts=facts)


def _moment(record: Record, about: Any) -> Moment:
    clock, home = needed(record, "time"), zone_of(_country(record) or about.country) or ""
    return moment(record, "date", partial(_local, clock=clock, home=home))


def _local(day: str, clock: str, home: str) -> Moment:
    return iso(f"{day}T{clock}", home)


def _country(record: Record) -> str:
    return alpha_2(first(part(record, "address"), "countryCode", "countryName"))


SHAPES = (
    Shape("public page's answer", has("tuNo"), page, web_scan),
    Shape("public page's overview", has("tuStatus"), overview, web_scan),
)
