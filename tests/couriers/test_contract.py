"""What every courier in the registry keeps, tried on every golden payload. A new courier is found by its files."""

from collections.abc import Callable
from cProfile import Profile
from typing import Any

import msgspec
import pytest

from couriers.courier import Courier
from couriers.meanings import Meaning
from couriers.registry import COURIERS, read
from schemas.errors import BadPayload
from schemas.parcels import Malformed, Scan
from schemas.status import REASONS, Action, Notice, Status

NEVER_SEEN = "zz_never_seen_before"


def test_every_courier_has_golden_payloads(courier: Courier, goldens: list[Any]) -> None:
    assert [golden for golden in goldens if golden.courier == courier.id]


def test_every_golden_payload_belongs_to_a_courier(golden: Any) -> None:
    assert golden.courier in COURIERS


def test_every_shape_of_a_courier_is_met_by_a_golden_payload(courier: Courier, goldens: list[Any]) -> None:
    payloads = [courier.form.decode(golden.body) for golden in goldens if golden.courier == courier.id]
    for shape in courier.shapes:
        assert any(shape.fits(payload) for payload in payloads), shape.name


def test_a_golden_payload_reads_as_written(golden: Any) -> None:
    found, expected = golden.read(), golden.expected
    canonical = msgspec.json.encode({"scans": expected["scans"]})
    assert [event for event in found if isinstance(event, Scan)] == list(read("awizo", canonical, via=golden.via))
    malformed = [{"place": event.place, "reason": event.reason} for event in found if isinstance(event, Malformed)]
    assert malformed == expected.get("malformed", [])


def test_reading_twice_gives_the_same(golden: Any) -> None:
    assert golden.read() == golden.read()


def test_damage_in_one_place_yields_events_and_malformed_and_harms_no_sibling(
    golden: Any, attempt: Callable[..., list[Scan | Malformed]]
) -> None:
    whole = list(zip(golden.items(), golden.read(), strict=True))
    tried = 0
    for place, body in golden.damaged():
        found = attempt(golden, body)
        tried += 1
        assert all(_is_scan_or_says_why_not(event) for event in found)
        for item, event in whole:
            if _inside_another(place, item):
                assert event in found, f"damage at {place} changed {item}"
    assert tried


def _is_scan_or_says_why_not(event: object) -> bool:
    return isinstance(event, Scan) or (isinstance(event, Malformed) and bool(event.reason and event.original))


def _inside_another(place: tuple[str | int, ...], item: str) -> bool:
    """Whether a place lies in another entry of a list of which the item is in one: then it must not matter to it."""
    path = ""
    for step in place:
        if isinstance(step, int) and item.startswith(f"{path}[") and not item.startswith(f"{path}[{step}]"):
            return True
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return False


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"7", b'"x"', b"[]]", b"\xff\xfe", b"<a", b"<a/>", b'{"a": 1}'])
def test_what_cannot_be_taken_apart_is_refused_at_the_call(courier: Courier, body: bytes) -> None:
    with pytest.raises(BadPayload):
        read(courier.id, body, via="answer")


def test_deep_nesting_is_refused_and_not_a_crash(courier: Courier) -> None:
    with pytest.raises(BadPayload):
        read(courier.id, b"[" * 200_000, via="answer")


def test_an_unknown_courier_is_refused_with_the_known_ones_named() -> None:
    with pytest.raises(BadPayload, match="inpost"):
        read("carrier-pigeon", b"{}", via="answer")


def test_the_lines_of_every_table_use_our_words(courier: Courier) -> None:
    for table in courier.tables:
        for _, code, meaning in table.lines():
            assert meaning.status in set(Status), code
            assert meaning.reason in REASONS | {""}, code
            assert meaning.notice in {*Notice, ""}, code
            assert meaning.action in set(Action), code


def test_what_is_in_doubt_never_ends_a_parcel(courier: Courier) -> None:
    for table in courier.tables:
        for _, code, meaning in table.lines():
            if "doubt" in meaning.flags:
                assert meaning.status not in {"delivered", "returned", "destroyed", "cancelled", "lost"}, code


def test_every_code_of_every_table_reads_as_its_line_says(courier: Courier, goldens: list[Any]) -> None:
    lines = {(name, code): meaning for table in courier.tables for name, code, meaning in table.lines()}
    met = {
        (name, code)
        for name, code in lines
        if any(
            _reads(golden, golden.with_code(path, code), code, lines[name, code])
            for golden, path in _stands(courier, goldens, name)
        )
    }
    assert sorted(set(lines) - met) == []


def test_case_and_padding_of_a_code_do_not_matter(courier: Courier, goldens: list[Any]) -> None:
    for table in courier.tables:
        for name, code, meaning in table.lines():
            worn = f"  {code.swapcase()} "
            stands = _stands(courier, goldens, name)
            assert any(_reads(golden, golden.with_code(path, worn), worn.strip(), meaning) for golden, path in stands)


def test_an_unknown_code_is_kept_raw_and_never_mapped_by_default(coded: Any) -> None:
    """UNKNOWN; or, where the code only refines another, what that other says by itself."""
    for entry in coded.coded:
        found = [event for event in coded.read(coded.with_code(entry["at"], NEVER_SEEN)) if _has(event, NEVER_SEEN)]
        without = coded.read(coded.with_code(entry["at"], None))
        assert found
        for event in found:
            told = (event.status, event.reason, event.occurred_at)
            coarse = [(other.status, other.reason, other.occurred_at) for other in without if isinstance(other, Scan)]
            assert (event.status == "unknown" and "unmapped" in event.flags) or told in coarse


def test_ten_times_the_events_are_ten_times_the_work(courier: Courier, goldens: list[Any]) -> None:
    for golden in _growing(courier, goldens):
        assert _calls(golden, golden.grown(1_000)) <= 10.5 * _calls(golden, golden.grown(100))


def test_ten_thousand_events_are_read(courier: Courier, goldens: list[Any]) -> None:
    """That it takes no longer an event than a few do is counted above, for each shape."""
    for golden in _growing(courier, goldens)[:1]:
        assert len(golden.read(golden.grown(10_000))) >= 10_000


def _growing(courier: Courier, goldens: list[Any]) -> list[Any]:
    """One payload of each shape whose events are a list."""
    found: dict[str, Any] = {}
    for golden in [golden for golden in goldens if golden.courier == courier.id]:
        payload = courier.form.decode(golden.body)
        name = next(shape.name for shape in courier.shapes if shape.fits(payload))
        if name not in found and (more := golden.grown(100)) and len(golden.read(more)) > 50:
            found[name] = golden
    return list(found.values())


def _calls(golden: Any, body: bytes) -> int:
    """How many calls it takes to read the body: counted, not timed."""
    golden.read()  # the tables are read before
    profile = Profile()
    profile.runcall(golden.read, body)
    return sum(entry.callcount for entry in profile.getstats())


def _stands(courier: Courier, goldens: list[Any], name: str) -> list[tuple[Any, str]]:
    """The payloads and places where codes of that set stand."""
    return [
        (golden, entry["at"])
        for golden in goldens
        if golden.courier == courier.id
        for entry in golden.coded
        if name in entry["sets"]
    ]


def _has(event: Scan | Malformed, code: str) -> bool:
    """Whether the raw code is this one, alone or beside its discriminators."""
    return isinstance(event, Scan) and f"/{code}/" in f"/{event.raw_code}/"


def _reads(golden: Any, body: bytes, code: str, meaning: Meaning) -> bool:
    return any(_has(event, code) and _means(event, meaning) for event in golden.read(body))


def _means(event: Scan | Malformed, meaning: Meaning) -> bool:
    assert isinstance(event, Scan)
    return (
        event.status == meaning.status
        and (meaning.reason or event.reason) == event.reason
        and event.notice == meaning.notice
        and event.informational == meaning.informational
        and event.action == meaning.action
        and event.retracts == meaning.retracts
        and set(meaning.flags) <= set(event.flags)
    )
