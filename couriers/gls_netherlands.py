"""GLS Netherlands: the details answer, whose scans have a state from 0 to 4.

Scans are oldest first, naive and Amsterdam's; the window of delivery is UTC. State 4 of a parcel for a ParcelShop may
mean the shop or the recipient: it is doubted, and waits. Source: GLS-NL parcel details.
"""

from functools import partial
from typing import NamedTuple

from couriers.courier import Item, Shape, has, told
from couriers.fields import Record, maybe, moment, needed, number, part, rows, text
from couriers.meanings import Meaning, Table
from couriers.timestamps import iso
from schemas.parcels import Eta, Facts, Malformed, Scan
from schemas.status import Status

STATES = Table("gls", ("nl_state",))

_amsterdam = partial(iso, home="Europe/Amsterdam")


class Details(NamedTuple):
    """What an answer says of the parcel as a whole."""

    number: str
    for_shop: bool
    eta: Eta | None = None


def scans(payload: Record) -> list[Item | Malformed]:
    """The scans of one parcel. What is planned goes with the last."""
    listed = rows(payload, "scans")
    for_shop = part(payload, "deliveryListInfo").get("isParcelShop") is True
    past = Details(number(payload, "parcelNo"), for_shop)
    newest = past._replace(eta=_eta(part(payload, "deliveryStatus")))
    last = len(listed) - 1
    return [Item(f"scans[{at}]", scan, newest if at == last else past) for at, scan in enumerate(listed)]


def scan_scan(item: Item, via: str) -> Scan:
    """One scan."""
    record, about = item.record, item.about
    code = needed(record, "state")
    meaning = _meaning(code, about.for_shop)
    facts = Facts(None if meaning.status == Status.DELIVERED else about.eta)
    when, said = moment(record, "dateTime", _amsterdam), text(record, "eventReasonDescr")
    return told("gls", about.number, when, code, meaning, via=via, text=said, facts=facts)


def _meaning(code: str, for_shop: bool) -> Meaning:
    found = STATES.meaning(code)
    if for_shop and found.status == Status.DELIVERED:
        return found._replace(status=Status.READY_FOR_PICKUP.value, flags=("doubt",))
    return found


def _eta(planned: Record) -> Eta | None:
    begins, ends = maybe(planned, "etaTimestampMin", _amsterdam), maybe(planned, "etaTimestampMax", _amsterdam)
    return Eta(begins.at, ends.at if ends else None) if begins else None


SHAPE = Shape("Dutch details answer", has("scans"), scans, scan_scan)
