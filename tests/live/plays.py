"""What the tests of live runs share: small made stories, and what a run left behind as the checker reads it."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from checking.run import Outputs, read_outputs

from connectors.log.publisher import Entry
from connectors.log.store_log import StoreLog
from connectors.store.schema import ledger
from pipelines.playing import Cue
from pipelines.report.run import write_run
from schemas.streams import COURIERS, ORDERS
from schemas.times import Millis, from_millis, to_millis

WARSAW = ZoneInfo("Europe/Warsaw")
PATIENCE = 300.0
"""Seconds after which a test gives up; none passes because of them."""


def at(text: str) -> Millis:
    """The moment when clocks in Warsaw show "12.10 08:00" (2026)."""
    return to_millis(datetime.strptime(f"2026 {text}", "%Y %d.%m %H:%M").replace(tzinfo=WARSAW))


def event(thing: str, source: str, name: str, moment: Millis, data: Any, **more: str) -> bytes:
    envelope = {"specversion": "1.0", "id": name, "source": source, "type": f"awizo.{thing}.v1"}
    times = {"time": from_millis(moment).isoformat(), "recordedtime": from_millis(moment).isoformat()}
    return json.dumps(envelope | times | more | {"data": data}).encode()


def placed(order: str, moment: Millis, shop: str = "sowa") -> Cue:
    """Somebody with a mailbox of no one buys."""
    guest = {"customer": f"c-{order}", "email": f"c-{order}@poczta.example.com", "locale": "pl"}
    data = {"shop": shop, "order": order, "locale": "pl", "country": "PL", "recipients": [guest]}
    return Cue(moment, Entry(ORDERS, event("order.placed", f"/shops/{shop}", f"{order}-p", moment, data)))


def created(order: str, moment: Millis, shop: str = "sowa") -> Cue:
    """The parcel of an order gets its number."""
    data = {"shop": shop, "order": order, "courier": "dpd_pl", "number": number_of(order)}
    return Cue(moment, Entry(ORDERS, event("shipment.created", f"/shops/{shop}", f"{order}-s", moment, data)))


def scanned(order: str, status: str, moment: Millis, recorded: Millis = 0) -> Cue:
    """The courier says what became of it."""
    scan = {"courier": "dpd_pl", "number": number_of(order), "status": status}
    scan["occurred_at"] = from_millis(moment).isoformat()
    name = f"{order}-{status}-{moment}"
    more = {"subject": "awizo", "via": "push"}
    recorded = recorded or moment
    return Cue(recorded, Entry(COURIERS, event("courier.reported", "/couriers/awizo", name, recorded, scan, **more)))


def number_of(order: str) -> str:
    return f"LIVE{order}PL"


def in_order(cues: Iterable[Cue]) -> list[Cue]:
    return sorted(cues, key=lambda cue: cue.at)


# --- what was said


def sent(stage: Any) -> Counter[tuple[str, str]]:
    """(order, kind) -> how often a provider took a message about it, by the provider's own word."""
    with stage.store.reading() as connection:
        rows = connection.execute(ledger.select()).all()
    about = {row.key: (row.order_id, row.kind) for row in rows if row.key == row.leader}
    return Counter(about[one.key] for one in stage.sandbox.accepted())


def doubled(stage: Any) -> list[str]:
    """Keys that a provider took twice."""
    keys = Counter(one.key for one in stage.sandbox.accepted())
    return [key for key, times in keys.items() if times > 1]


def outputs(stage: Any, folder: Path) -> Outputs:
    """What the run left behind, as files. The views hold no addresses: those of the messages that went are the
    provider's."""
    write_run(folder, stage.run())
    found = read_outputs(folder)
    to = {one.key: one.to for one in stage.sandbox.accepted()}
    keys = {_name(row): row["key"] for row in found.outcomes}
    messages = [{**row, "to": to.get(keys.get(_name(row), ""), row["to"])} for row in found.messages]
    return found._replace(messages=messages)


def _name(row: dict[str, Any]) -> tuple[Any, ...]:
    slots = tuple((slot["subject"], slot["kind"], slot["occurrence"]) for slot in row["slots"])
    return row["shop"], row["recipient"], row["channel"], row["generation"], slots


def lines(stage: Any) -> list[bytes]:
    """The log as it was recorded."""
    logged = StoreLog(stage.store, lambda: 0).read(0, 1_000_000)
    return [_recorded(one.event, one.recorded_at) for one in logged]


def _recorded(line: bytes, moment: Millis) -> bytes:
    try:
        said = json.loads(line)
        said["recordedtime"] = from_millis(moment).isoformat()
    except (ValueError, TypeError):
        return line
    return json.dumps(said).encode()


# --- waiting


def until(is_so: Callable[[], bool], what: str) -> None:
    """Wait for something that must come. Raises TimeoutError with what it was."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.05)
