"""ORLEN Paczka: the answer of the public tracker (api-status), as JSON or wrapped in a call (JSONP).

One code means two things: 690 is a parcel that waits if its full label says so, else one on its way. The short label
disagrees at times and is not read. Times are naive and taken as Warsaw's, to the minute. Codes of returns and of
storage that ended are not known. Source: observed answers; ORLEN publishes no document of it.
"""

import re
from typing import Any

from couriers.courier import JSON, Courier, Form, Item, Shape, has, told
from couriers.fields import Record, moment, needed, number, rows, text
from couriers.meanings import Table
from couriers.timestamps import Moment, mixed
from schemas.errors import BadPayload
from schemas.parcels import Malformed, Scan

STATUSES = Table("orlen_paczka", ("history_code",))
WAITING = Table("orlen_paczka", ("history_code_waiting",))  # of codes that mean another thing when it waits

WAITS = "czeka na odbi"
"""How the label of a parcel that waits goes on; beside the code it is the discriminator."""

_CALL = re.compile(rb"\s*[\w.$]+\s*\((.*)\)\s*;?\s*", re.DOTALL)


def _decode(body: bytes) -> Any:
    call = _CALL.fullmatch(body)
    return JSON.decode(call[1] if call else body)


JSONP = Form(_decode, JSON.encode)


def history(payload: Record) -> list[Item | Malformed]:
    """The events of an answer, oldest first; none if the tracker knows nothing (its status is empty then).

    Raises BadPayload for a status that is neither.
    """
    status, listed = text(payload, "status"), rows(payload, "history")
    if not listed and status not in ("", "OK"):
        raise BadPayload("the tracker refused the question: see its error and the number", "status")
    named = number(payload, "number") if listed else ""
    returns = payload.get("return") is True
    last = len(listed) - 1
    return [Item(f"history[{at}]", record, (named, returns and at == last)) for at, record in enumerate(listed)]


def event_scan(item: Item, via: str) -> Scan:
    """One line of the history. That the parcel goes back is said of it as a whole, so only its last line says it."""
    named, returns = item.about
    code, label = needed(item.record, "code"), text(item.record, "label")
    waits = WAITS in label.casefold() and "unmapped" not in WAITING.meaning(code).flags
    table = WAITING if waits else STATUSES
    return told(
        "orlen_paczka",
        named,
        moment(item.record, "date", _minute),
        f"{code}/{WAITS}" if waits else code,
        table.meaning(code),
        via=via,
        leg="return" if returns else "",
        text=label or text(item.record, "labelShort"),
    )


def _minute(text_: str) -> Moment:
    """`24-10-2026, 14:32`."""
    try:
        return mixed(text_.replace(",", ""), "Europe/Warsaw")
    except ValueError:
        raise ValueError("a time such as 24-10-2026, 14:32 was expected") from None


ORLEN_PACZKA = Courier(
    "orlen_paczka", (Shape("tracker answer", has("status"), history, event_scan),), (STATUSES, WAITING), JSONP
)
