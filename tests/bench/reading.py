"""How fast payloads are read: scans a second of each courier's shapes, on one core, of golden payloads grown to many
events. Processor time counts, so that other work on the machine does not."""

import cProfile
import json
import pstats
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, fromstring, tostring

from couriers.courier import Item
from couriers.registry import COURIERS, read
from schemas.errors import BadInput
from schemas.parcels import Malformed

GOLDEN = Path(__file__).parents[1] / "couriers" / "golden"

EVENTS = {"tiny": 100, "small": 1_000, "full": 10_000}
"""Events in each payload."""

GOAL = 20_000
"""Scans a second of a typical JSON payload."""


class Sample(NamedTuple):
    """A payload of many events."""

    courier: str
    shape: str
    kind: str  # json | xml
    body: bytes
    events: int


def measure(size: str) -> dict[str, Any]:
    """Scans a second by courier and shape, and what takes the time where a JSON payload misses the goal."""
    found = [(sample, _speed(sample)) for sample in samples(EVENTS[size])]
    slow = [sample for sample, speed in found if sample.kind == "json" and speed < GOAL]
    return {
        "scans_per_s": {f"{sample.courier}: {sample.shape} ({sample.kind})": speed for sample, speed in found},
        "figures": {"slowest_json_scans_per_s": min(speed for sample, speed in found if sample.kind == "json")},
        "profile": {f"{sample.courier}: {sample.shape}": heaviest(sample) for sample in slow},
    }


def missed(found: dict[str, Any]) -> list[str]:
    """The JSON shapes below the goal, each with the functions that take its time."""
    return [
        f"reading {name}: {found['scans_per_s'][f'{name} (json)']} scans/s, goal at least {GOAL}: {', '.join(lines)}"
        for name, lines in found["profile"].items()
    ]


def samples(events: int) -> Iterator[Sample]:
    """The first golden payload of each shape that is a list of events, grown to so many."""
    met: set[tuple[str, str]] = set()
    for path in sorted(GOLDEN.glob("*/*")):
        if path.name.endswith((".expected.json", ".codes.json")):
            continue
        courier, body = COURIERS[path.parent.name], path.read_bytes()
        payload = courier.form.decode(body)
        shape = next(shape for shape in courier.shapes if shape.fits(payload))
        grown = _grown(body, _places(shape.items, payload), events)
        if grown is None or (courier.id, shape.name) in met:
            continue
        count = len(list(read(courier.id, grown, via="answer")))
        if count > events // 2:  # else it is no list that can be longer
            met.add((courier.id, shape.name))
            yield Sample(courier.id, shape.name, path.suffix[1:], grown, count)


def heaviest(sample: Sample) -> list[str]:
    """The three functions that take the most time of their own."""
    profile = cProfile.Profile()
    profile.runcall(_read, sample)
    stats = pstats.Stats(profile, stream=StringIO())
    own = sorted(stats.stats.items(), key=lambda row: -row[1][2])  # type: ignore[attr-defined]
    whole = sum(row[1][2] for row in own)
    return [f"{where[2]} {round(100 * times[2] / whole)}%" for where, times in own[:3]]


def _speed(sample: Sample) -> int:
    """The best of three, after one in which the tables are read: what else the machine does only slows."""
    _read(sample)
    return round(sample.events / max(min(_took(sample) for _ in range(3)), 1e-6))


def _took(sample: Sample) -> float:
    begun = time.process_time()
    _read(sample)
    return time.process_time() - begun


def _read(sample: Sample) -> None:
    for _ in read(sample.courier, sample.body, via="answer"):
        pass


def _places(items: Any, payload: Any) -> list[str]:
    try:
        found: list[Item | Malformed] = items(payload)
    except BadInput:
        return []
    return [item.place.rpartition("[")[0] for item in found if item.place.endswith("]")]


def _grown(body: bytes, lists: list[str], events: int) -> bytes | None:
    """The payload with its first list of events repeated to so many; None if it has none."""
    if not lists:
        return None
    times = -(-events // lists.count(lists[0]))
    if body.lstrip().startswith(b"<"):
        return _grown_xml(body, lists[0], times)
    payload = json.loads(body)
    owner, way = {"": payload}, ("", *lists[0].replace("]", "").replace("[", ".").split(".")) if lists[0] else ("",)
    inner: Any = owner
    for step in way[:-1]:
        inner = inner[int(step) if isinstance(inner, list) else step]
    inner[int(way[-1]) if isinstance(inner, list) else way[-1]] *= times
    return json.dumps(owner[""]).encode()


def _grown_xml(body: bytes, label: str, times: int) -> bytes:
    root = fromstring(body)
    owner = next(parent for parent in root.iter() if any(_label(child) == label for child in parent))
    owner.extend([child for child in owner if _label(child) == label] * (times - 1))
    return tostring(root)


def _label(element: Element) -> str:
    local = element.tag.rpartition("}")[2]
    return element.get("name", local) if local == "data" else local
