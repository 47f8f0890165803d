"""Golden payloads: every file under `golden/<courier>/` is a test case of the contract; nothing here names a courier.

Beside `<name>.json` or `<name>.xml` stands `<name>.expected.json`: {"via", "scans": canonical scans, "malformed":
[{"place", "reason"}]}. `<name>.codes.json`, if there is one, says at which places of the payload which sets of codes
stand: [{"sets": [...], "at": "path"}].
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring, tostring

import msgspec
import pytest

from couriers.registry import COURIERS, read
from schemas.errors import BadInput, BadPayload
from schemas.parcels import Malformed, Scan

decode, encode = msgspec.json.decode, msgspec.json.encode
HERE = Path(__file__).parent / "golden"
DAMAGE: tuple[Any, ...] = (None, "", 0, [], {}, 7, [7])
Steps = tuple[str | int, ...]


def steps_of(path: str) -> Steps:
    """`msg.checkpoints[2].tag` as the steps that lead there."""
    parts = path.replace("[", ".[").split(".")
    return tuple(int(part[1:-1]) if part.startswith("[") else part for part in parts if part)


@dataclass(frozen=True)
class Golden:
    """One payload, and how it can be changed in one place."""

    courier: str
    name: str
    body: bytes

    @property
    def via(self) -> str:
        return str(self.expected["via"])

    @cached_property
    def expected(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((HERE / self.courier / f"{self.name}.expected.json").read_bytes())
        return found

    @cached_property
    def coded(self) -> list[dict[str, Any]]:
        file = HERE / self.courier / f"{self.name}.codes.json"
        found: list[dict[str, Any]] = json.loads(file.read_bytes()) if file.exists() else []
        return found

    @property
    def is_xml(self) -> bool:
        return self.body.lstrip().startswith(b"<")

    def read(self, body: bytes | None = None) -> list[Scan | Malformed]:
        return list(read(self.courier, self.body if body is None else body, via=self.via))

    def items(self) -> list[str]:
        """The places of the payload's items, in the order of its events."""
        courier = COURIERS[self.courier]
        payload = courier.form.decode(self.body)
        shape = next(shape for shape in courier.shapes if shape.fits(payload))
        try:
            return [item.place for item in shape.items(payload)]
        except BadInput:
            return [""]  # what all events need is missing: the payload is one item

    @cached_property
    def label(self) -> str:
        """What the events of an XML payload are called; their n-th is the item `label[n]`."""
        return next((place.partition("[")[0] for place in self.items() if place.endswith("]")), "")

    def damaged(self) -> Iterator[tuple[Steps, bytes]]:
        """The payload damaged in each place, in each way, one at a time."""
        return _damaged_xml(self.body, self.label) if self.is_xml else _damaged_json(self.body)

    def with_code(self, path: str, code: str | None) -> bytes:
        """The payload with another code at the path; None: with none there."""
        if self.is_xml:
            return _with_text(self.body, steps_of(path), code)
        payload = decode(self.body)
        *way, last = steps_of(path)
        if code is None:
            del _down(payload, way)[last]
        else:
            _down(payload, way)[last] = code
        return encode(payload)

    def grown(self, events: int) -> bytes | None:
        """The payload with its first list of events repeated to that many; None if it has no list."""
        lists = [place.rpartition("[")[0] for place in self.items() if place.endswith("]")]
        if not lists:
            return None
        times = -(-events // lists.count(lists[0]))
        if self.is_xml:
            return _grown_xml(self.body, lists[0], times)
        payload = json.loads(self.body)
        way = steps_of(lists[0])
        if not way:
            return json.dumps(payload * times).encode()
        _down(payload, list(way[:-1]))[way[-1]] *= times
        return json.dumps(payload).encode()


def _down(payload: Any, way: list[str | int]) -> Any:
    for step in way:
        payload = payload[step]
    return payload


def _places(payload: Any, so_far: Steps = ()) -> Iterator[Steps]:
    inside = payload.items() if isinstance(payload, dict) else enumerate(payload) if isinstance(payload, list) else ()
    for key, value in inside:
        yield (*so_far, key)
        yield from _places(value, (*so_far, key))


def _damaged_json(body: bytes) -> Iterator[tuple[Steps, bytes]]:
    for place in _places(decode(body)):
        *way, last = place
        changed = decode(body)
        owner = _down(changed, way)
        for value in DAMAGE:
            owner[last] = value
            yield place, encode(changed)
        if isinstance(last, str):
            del owner[last]
            yield place, encode(changed)


def _label(element: Element) -> str:
    """What an element is called: its tag without namespace, or the name that a general `data` element carries."""
    local = element.tag.rpartition("}")[2]
    return element.get("name", local) if local == "data" else local


def _events_of(root: Element, label: str) -> list[Element]:
    return [element for element in root.iter() if _label(element) == label]


def _named(root: Element, label: str) -> dict[int, Steps]:
    """Paths of the elements inside an answer's events, as the items are named."""
    events = _events_of(root, label)
    inside = {id(field): (label, at, _label(field)) for at, event in enumerate(events) for field in event.iter()}
    return {**inside, **{id(event): (label, at) for at, event in enumerate(events)}}


def _damaged_xml(body: bytes, label: str) -> Iterator[tuple[Steps, bytes]]:
    for index, original in enumerate(fromstring(body).iter()):
        for how in (_gone, _empty, _zero, _childless) if index else ():
            root = fromstring(body)
            parents = {id(child): parent for parent in root.iter() for child in parent}
            element = list(root.iter())[index]
            place: Steps = _named(root, label).get(id(element), ("envelope",))
            if how is _gone and isinstance(place[-1], int):
                continue  # an event fewer is no damage
            how(element, parents[id(element)])
            yield place, tostring(root)
        for attribute in original.attrib:
            yield from _damaged_attribute(body, label, index, attribute)


def _damaged_attribute(body: bytes, label: str, index: int, attribute: str) -> Iterator[tuple[Steps, bytes]]:
    for value in (None, "", "0"):
        root = fromstring(body)
        element = list(root.iter())[index]
        place = (*_named(root, label).get(id(element), ("envelope",)), attribute)
        if attribute == "name" and isinstance(place[-2], int):
            continue  # without its name it is no event any more
        _put(element, attribute, value)
        yield place, tostring(root)


def _put(element: Element, attribute: str, value: str | None) -> None:
    if value is None:
        del element.attrib[attribute]
    else:
        element.set(attribute, value)


def _gone(element: Element, parent: Element) -> None:
    parent.remove(element)


def _empty(element: Element, parent: Element) -> None:
    element.text = None
    element[:] = []


def _zero(element: Element, parent: Element) -> None:
    element.text = "0"
    element[:] = []


def _childless(element: Element, parent: Element) -> None:
    element[:] = []


def _with_text(body: bytes, steps: Steps, code: str | None) -> bytes:
    root = fromstring(body)
    label, index, name = steps
    event = _events_of(root, str(label))[int(index)]
    if name in event.attrib:
        _put(event, str(name), code)
        return tostring(root)
    field = next(child for child in event.iter() if child is not event and _label(child) == name)
    if code is None:
        next(parent for parent in event.iter() if field in parent).remove(field)
    field.text = code
    return tostring(root)


def _grown_xml(body: bytes, label: str, times: int) -> bytes:
    root = fromstring(body)
    first = _events_of(root, label)[0]
    owner = next(parent for parent in root.iter() if first in parent)
    owner.extend([child for child in owner if _label(child) == label] * (times - 1))
    return tostring(root)


def _goldens() -> list[Golden]:
    files = [file for file in sorted(HERE.glob("*/*")) if not file.name.endswith((".expected.json", ".codes.json"))]
    return [Golden(file.parent.name, file.stem, file.read_bytes()) for file in files]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`golden`: each payload. `coded`: each payload that says where codes stand. `courier`: each of the registry."""
    goldens = _goldens()
    if "golden" in metafunc.fixturenames:
        metafunc.parametrize("golden", goldens, ids=[f"{golden.courier}/{golden.name}" for golden in goldens])
    if "coded" in metafunc.fixturenames:
        some = [golden for golden in goldens if golden.coded]
        metafunc.parametrize("coded", some, ids=[f"{golden.courier}/{golden.name}" for golden in some])
    if "courier" in metafunc.fixturenames:
        metafunc.parametrize("courier", list(COURIERS.values()), ids=list(COURIERS))


@pytest.fixture
def goldens() -> list[Golden]:
    """All golden payloads."""
    return _goldens()


@pytest.fixture
def attempt() -> Callable[[Golden, bytes], list[Scan | Malformed]]:
    """Reads a body as a golden's courier; nothing for one that cannot be taken apart at all."""

    def tried(golden: Golden, body: bytes) -> list[Scan | Malformed]:
        try:
            return golden.read(body)
        except BadPayload:
            return []

    return tried


@pytest.fixture
def events() -> Callable[[str, Any], list[Scan | Malformed]]:
    """Reads a payload written as Python data."""
    return lambda courier, payload: list(read(courier, json.dumps(payload).encode(), via="answer"))
