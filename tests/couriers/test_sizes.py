"""Absurd sizes are refused early and clearly, for every courier; so is XML that asks for more than it holds."""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from couriers import registry
from couriers.courier import XML, Courier
from couriers.registry import read
from schemas.errors import BadPayload
from schemas.parcels import Malformed, Scan

ROOM = Path(registry.__file__).parent


def test_a_payload_that_is_too_long_is_refused_before_it_is_taken_apart(courier: Courier) -> None:
    with pytest.raises(BadPayload, match="bytes, at most"):
        read(courier.id, b" " * (registry.LONGEST + 1), via="answer")


@pytest.mark.parametrize("levels", [61, 900, 200_000])
def test_a_payload_that_is_nested_too_deeply_is_refused(courier: Courier, levels: int) -> None:
    body = (
        b"<a>" * levels + b"</a>" * levels if courier.form is XML else b'{"a":' + b"[" * levels + b"]" * levels + b"}"
    )
    with pytest.raises(BadPayload, match="nested deeper than 60 levels"):
        read(courier.id, body, via="answer")


def test_brackets_within_texts_are_no_levels(events: Callable[[str, Any], list[Scan | Malformed]]) -> None:
    scan = {"courier": "inpost", "number": "0000", "occurred_at": "2026-10-12T08:00:00Z", "status": "in_transit"}
    (found,) = events("awizo", {**scan, "raw_text": "[" * 200 + "{" * 200})
    assert isinstance(found, Scan)
    with pytest.raises(BadPayload, match="nested deeper"):
        events("awizo", {**scan, "raw_text": "[", "facts": json.loads("[" * 60 + "]" * 60)})


def test_a_payload_of_too_many_events_is_refused(golden: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    count = len(golden.items())
    if count > 1:
        monkeypatch.setattr(registry, "MOST", count - 1)
        with pytest.raises(BadPayload, match=f"{count:,} events, at most {count - 1:,} are read"):
            golden.read()
    monkeypatch.setattr(registry, "MOST", count)
    golden.read()


def test_a_number_of_absurd_length_is_no_number(events: Callable[[str, Any], list[Scan | Malformed]]) -> None:
    scan = {"courier": "inpost", "number": "1" * 100_000, "occurred_at": "2026-10-12T08:00:00Z", "status": "held"}
    (found,) = events("awizo", scan)
    assert isinstance(found, Malformed)
    with pytest.raises(BadPayload, match="not JSON"):
        read("awizo", b'{"scans": [' + b"1" * 100_000 + b"]}", via="answer")


TRICKS = {
    "entities": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "entities of entities": '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
    "a file": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
    "an address": '<!DOCTYPE a SYSTEM "http://courier.example/a.dtd"><a/>',
    "a parameter": '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://courier.example/b"> %b;]><a/>',
}


@pytest.mark.parametrize("trick", TRICKS)
def test_xml_with_entities_or_references_to_elsewhere_is_refused(courier: Courier, trick: str) -> None:
    for body in (TRICKS[trick].encode(), TRICKS[trick].encode("utf-16")):
        with pytest.raises(BadPayload, match=r"entities|not JSON"):
            read(courier.id, body, via="answer")


PURE = sorted(ROOM.glob("*.py"))
EFFECTS = {"open", "print", "input", "exec", "eval", "globals", "setattr", "__import__"}


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.stem)
def test_functions_of_the_room_are_pure(path: Path) -> None:
    """No `global`, no printing, no files; only the tables, which are package data, are read, once."""
    nodes = list(ast.walk(ast.parse(path.read_bytes())))
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & EFFECTS
    assert not any(isinstance(node, ast.Global | ast.Nonlocal) for node in nodes)
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    assert not imported & {"os", "sys", "pathlib", "time", "random", "logging"}


def test_reading_changes_no_input_and_no_golden_reads_otherwise_after_the_others(goldens: list[Any]) -> None:
    once = [golden.read() for golden in goldens]
    again = [golden.read(bytes(bytearray(golden.body))) for golden in reversed(goldens)]
    assert once == again[::-1]
