"""MyGLS, GLS of Hungary, Czechia, Slovakia, Romania, Slovenia and Croatia: the answer GetParcelStatuses.

Times are .NET's: milliseconds UTC with an offset that is only for display. Codes may be padded with zeros. A parcel
that was sent back (23) ends with the code of any delivery (5). Source: MyGLS API, ParcelService.
"""

from couriers.courier import Item, Shape, each, has, told
from couriers.fields import Record, moment, needed, number, rows, text
from couriers.legs import homeward, turned_back, turns_back
from couriers.meanings import Table, plain
from couriers.timestamps import dotnet
from schemas.errors import BadPayload
from schemas.parcels import Facts, Malformed, Scan


def _key(code: str) -> str:
    return plain(code).lstrip("0")


MYGLS = Table("gls", ("mygls_cee",), _key)


def statuses(payload: Record) -> list[Item | Malformed]:
    """The events of one number. Raises BadPayload if MyGLS refused the question."""
    listed = rows(payload, "ParcelStatusList")
    if not listed and rows(payload, "GetParcelStatusErrors"):
        raise BadPayload(
            "MyGLS refused the question: see its errors, the number and the login", "GetParcelStatusErrors"
        )
    turned = turned_back(listed, "StatusCode", "StatusDate", dotnet, MYGLS, turns_back)
    return each(listed, "ParcelStatusList", (number(payload, "ParcelNumber"), turned)) if listed else []


def status_scan(item: Item, via: str) -> Scan:
    """One event."""
    record, (named, turned) = item.record, item.about
    code, when = needed(record, "StatusCode"), moment(record, "StatusDate", dotnet)
    facts = Facts(place=text(record, "DepotCity"))
    meaning = homeward(MYGLS.meaning(code), when.at, turned)
    return told("gls", named, when, code, meaning, via=via, text=text(record, "StatusDescription"), facts=facts)


SHAPE = Shape("MyGLS answer", has("ParcelStatusList"), statuses, status_scan)
