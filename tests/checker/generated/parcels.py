"""Parcels of generated weeks: their scans in couriers' payloads, and all that goes wrong with scans on the way."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from generated.courses import Step, course
from generated.sheet import Sheet, iso

from infra.demo.payloads import Place, Seen, inpost_webhook, nova_poshta_classic
from schemas.status import Status

INPOST_CODES = {
    "label_created": "confirmed",
    "accepted": "collected_from_sender",
    "in_transit": "adopted_at_sorting_center",
    "out_for_delivery": "out_for_delivery",
    "ready_for_pickup": "ready_to_pickup",
    "pickup_expired": "pickup_time_expired",
    "delivered": "delivered",
    "returned": "returned_to_sender",
}
NOVA_POSHTA_CODES = {
    "label_created": "1",
    "in_transit": "5",
    "ready_for_pickup": "7",
    "delivered": "9",
    "returning": "103",
    "pickup_expired": "105",
}
POINT = Place("7", "вул. Вишнева, 3", "Київ", kind="branch")
HOURS = [[day, 480, 1140] for day in range(6)]


class Parcel(NamedTuple):
    """A parcel and who carries it. `own_words`: its courier's own payloads, else the canonical one."""

    courier: str
    number: str
    own_words: bool


def travel(sheet: Sheet, parcel: Parcel, begins: datetime) -> datetime:
    """Writes down a parcel's scans; gives the moment of its last."""
    at = begins
    steps = list(_timed(sheet, course(sheet.chance), begins))
    for step, at in steps:
        payload = _payload(sheet, parcel, step, at)
        known = at + _delay(sheet)
        sheet.report(*payload[:2], at, known, payload[2])
        if sheet.sometimes(0.1):
            sheet.report(*payload[:2], at, known + timedelta(minutes=sheet.chance.randint(1, 900)), payload[2])
    if not parcel.own_words:
        _trouble(sheet, parcel, steps)
    return at


def _timed(sheet: Sheet, steps: list[Step], begins: datetime) -> Iterator[tuple[Step, datetime]]:
    at = begins
    for step in steps:
        at += timedelta(hours=step.hours * sheet.chance.uniform(0.3, 1.8))
        if sheet.sometimes(0.02):
            at += timedelta(days=4)  # nothing moves, and nobody says why
        yield step, at.replace(microsecond=0)


def _delay(sheet: Sheet) -> timedelta:
    """How long a scan takes to the log: seconds, a poll, or far too long."""
    kind = sheet.chance.choices(("push", "poll", "late", "very late"), (60, 25, 12, 3))[0]
    hours = {"push": 0.0, "poll": 1.5, "late": 16.0, "very late": 70.0}[kind]
    return timedelta(seconds=10) + timedelta(seconds=int(sheet.chance.uniform(0, hours) * 3600))


def _payload(sheet: Sheet, parcel: Parcel, step: Step, at: datetime) -> tuple[str, str, Any]:
    """Which feed brings the scan, by push or by answer, and the payload."""
    if parcel.own_words and parcel.courier == "inpost" and step.status in INPOST_CODES:
        return "inpost", "push", inpost_webhook(parcel.number, Seen(at, INPOST_CODES[step.status]))
    if parcel.own_words and parcel.courier == "nova_poshta" and step.status in NOVA_POSHTA_CODES:
        seen = Seen(at, NOVA_POSHTA_CODES[step.status], "Київ")
        return "nova_poshta", "answer", nova_poshta_classic(parcel.number, seen, POINT, None)
    return "awizo", sheet.chance.choice(("push", "answer")), canonical(parcel, step, at)


def canonical(parcel: Parcel, step: Step, at: datetime, **more: Any) -> dict[str, Any]:
    """The scan in our own words."""
    said = {name: step.more[name] for name in ("reason", "action", "notice") if name in step.more}
    named = {"courier": parcel.courier, "number": parcel.number, "source": parcel.courier}
    return {**named, "occurred_at": iso(at), "status": step.status, **said, "facts": _facts(step, at), **more}


def _facts(step: Step, at: datetime) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if "deadline" in step.more:
        facts["deadline"] = iso(at + timedelta(hours=step.more["deadline"]))
        staffed = step.more["deadline"] > 50
        facts["point"] = {"id": "P1", "name": "Kiosk", "kind": "shop" if staffed else "locker"}
        facts["point"] |= {"hours": HOURS} if staffed else {}
    if "eta" in step.more:
        facts["eta"] = {"at": iso(at + timedelta(hours=step.more["eta"]))}
    return facts


def _trouble(sheet: Sheet, parcel: Parcel, steps: list[tuple[Step, datetime]]) -> None:
    """What couriers do: take a scan back, remind, extend, and let a second source say the same, or something else."""
    if sheet.sometimes(0.12):
        _take_back(sheet, parcel, steps)
    for step, at in steps:
        if step.status == Status.READY_FOR_PICKUP and sheet.sometimes(0.3):
            _extend(sheet, parcel, step, at + timedelta(hours=20))
    if sheet.sometimes(0.25):
        _second_source(sheet, parcel, steps)


def _take_back(sheet: Sheet, parcel: Parcel, steps: list[tuple[Step, datetime]]) -> None:
    (_, first), (_, second) = sheet.chance.choice(list(pairwise(steps)))
    at = first + (second - first) / 2
    back = canonical(parcel, Step("unknown", 0), at, retracts="previous", informational=True)
    sheet.report("awizo", "push", at, at + timedelta(seconds=20), back)


def _extend(sheet: Sheet, parcel: Parcel, step: Step, at: datetime) -> None:
    notice = sheet.chance.choice(("pickup_reminder", "deadline_extended"))
    hours = {"deadline": 48} if notice == "deadline_extended" else {}
    said = canonical(parcel, Step(step.status, 0, {"notice": notice, **hours}), at)
    sheet.report("awizo", "push", at, at + _delay(sheet), said)


def _second_source(sheet: Sheet, parcel: Parcel, steps: list[tuple[Step, datetime]]) -> None:
    """An aggregator that repeats the scans a little off, and sometimes makes up one of its own."""
    for step, at in steps:
        said = step
        if sheet.sometimes(0.15):
            said = Step(sheet.chance.choice(sorted(Status)[1:]), 0)
        moment = at + timedelta(minutes=sheet.chance.randint(-20, 90))
        scan = canonical(parcel, said, moment) | {"source": "aftership", "via": "aggregator"}
        sheet.report("awizo", "answer", moment, max(moment, at) + timedelta(minutes=sheet.chance.randint(1, 400)), scan)
