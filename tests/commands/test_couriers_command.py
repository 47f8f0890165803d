"""`awizo couriers`: the table, a payload in our words, codes to map, mappings as a patch."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from connectors.mappings import load_mappings
from couriers.canonical import canonical
from couriers.overrides import Reading
from couriers.recognising import recognise
from couriers.registry import COURIERS, read
from couriers.sources import SOURCES, ways
from pipelines.commands.couriers import command
from pipelines.report.rows import ParcelRow, ScanRow
from pipelines.report.run import Run, write_run
from schemas.errors import BadBundle, BadPayload
from schemas.parcels import Scan

GOLDEN = Path(__file__).parents[1] / "couriers" / "golden"
PAYLOADS = sorted(path for path in GOLDEN.glob("*/*") if not path.name.endswith((".expected.json", ".codes.json")))
OPEN = {
    "orlen_paczka/unknown_yet",
    "poczta_polska/unknown_yet",
    "seventeentrack/webhook_stopped",
    "seventeentrack/webhook_unknown_courier",
    "shippo/webhook_unknown_courier",
}
"""Payloads that hold no scan at all, and look like another's too: nothing tells whose they are."""

MAPPINGS = """\
version: "7"
mappings:
  - {courier: inpost, code: sorted_by_owls, status: in_transit, reason: departed_hub, author: Zofia, why: asked InPost}
  - {courier: gls, code: "9", discriminator: "9", status: held, doubt: true, author: Zofia}
"""


def run(*arguments: str, given: bytes | None = None) -> Any:
    return CliRunner().invoke(command, arguments, input=given)


def test_the_table_has_every_courier_with_its_shapes_and_sources() -> None:
    said = run()
    assert said.exit_code == 0
    assert set(SOURCES) == set(COURIERS)
    for courier in COURIERS.values():
        assert courier.id in said.output
        assert all(shape.name in said.output for shape in courier.shapes)


@pytest.mark.parametrize(
    ("courier", "way"),
    [
        ("fedex", "push and poll"),
        ("dhl", "push and poll"),
        ("ups", "push and poll"),
        ("seventeentrack", "push"),
        ("dpd_pl", "poll"),
    ],
)
def test_a_shape_that_is_both_asked_for_and_sent_counts_as_both(courier: str, way: str) -> None:
    assert ways(tuple(shape.name for shape in COURIERS[courier].shapes)) == way


def test_a_payload_is_printed_as_lines_of_scans_and_of_what_was_malformed() -> None:
    said = run("read", "inpost", str(GOLDEN / "inpost" / "tracking_courier.json"))
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    assert said.exit_code == 0
    assert [set(line) for line in lines].count({"scan"}) == 7
    assert [line["malformed"]["courier"] for line in lines if "malformed" in line] == ["inpost"]
    assert "7 scans, 1 malformed" in said.stderr


def test_standard_input_is_read_and_its_courier_recognised() -> None:
    said = run("read", "auto", "-", given=(GOLDEN / "gls" / "v1.json").read_bytes())
    assert said.exit_code == 0
    assert "read as gls" in said.stderr
    assert json.loads(said.stdout.splitlines()[0])["scan"]["courier"] == "gls"


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_auto_recognises_every_golden_payload_or_says_that_it_is_open(path: Path) -> None:
    if f"{path.parent.name}/{path.stem}" in OPEN:
        with pytest.raises(BadPayload, match="name the courier"):
            recognise(path.read_bytes())
    else:
        assert recognise(path.read_bytes()) == path.parent.name


def test_parcels_of_inpost_group_and_of_gls_are_told_apart() -> None:
    assert recognise((GOLDEN / "inpost" / "group_tracking.json").read_bytes()) == "inpost"
    assert recognise((GOLDEN / "gls" / "v1.json").read_bytes()) == "gls"
    with pytest.raises(BadPayload, match="inpost or of gls"):
        recognise(b'{"parcels": []}')


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"a": 1}', b"<a/>"])
def test_what_is_no_courier_s_payload_is_not_recognised(body: bytes) -> None:
    with pytest.raises(BadPayload):
        recognise(body)


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_scan_written_in_our_words_reads_as_the_same_scan(path: Path) -> None:
    via = json.loads(path.with_name(f"{path.stem}.expected.json").read_bytes())["via"]
    for event in read(path.parent.name, path.read_bytes(), via=via):
        if isinstance(event, Scan):
            assert list(read("awizo", json.dumps(canonical(event)).encode(), via=via)) == [event]


def test_a_malformed_event_is_printed_without_its_original() -> None:
    body = json.dumps({"scans": [{"courier": "inpost", "number": "secret person"}]}).encode()
    said = run("read", "awizo", "-", given=body)
    assert "secret person" not in said.output
    assert "malformed" in said.stdout


def kept_run(folder: Path) -> Path:
    scan = ScanRow(
        "2026-10-12T08:00:00.000Z", "unknown", flags=("unmapped",), raw_code="sorted_by_owls", source="inpost"
    )
    told = msgspec.structs.replace(scan, raw_text="Posortowana, przez sowy")
    parcels = tuple(ParcelRow("inpost", f"60000000000000000000000{n}", history=(told, scan)[: n + 1]) for n in (0, 1))
    write_run(folder, Run(parcels=parcels))
    return folder


def test_codes_that_nobody_mapped_are_lines_for_the_table_with_their_words(tmp_path: Path) -> None:
    said = run("unknown", str(kept_run(tmp_path)))
    assert said.exit_code == 0
    assert "# inpost: met 3 times, of 2 parcels" in said.stdout
    assert '?,sorted_by_owls,?,,,,,"Posortowana, przez sowy"' in said.stdout
    assert "1 codes are not mapped" in said.stderr


def owls(code: str = "sorted_by_owls") -> bytes:
    payload = json.loads((GOLDEN / "inpost" / "webhook.json").read_bytes())
    payload["payload"]["status"] = code
    return json.dumps(payload).encode()


def test_a_mapping_says_what_a_code_means_and_leaves_the_rest(tmp_path: Path) -> None:
    (tmp_path / "mappings.yaml").write_text(MAPPINGS, "utf-8")
    reading = Reading(load_mappings(tmp_path).meanings())
    (before,) = read("inpost", owls(), via="push")
    (after,) = reading("inpost", owls("  Sorted_By_OWLS "), via="push")
    assert isinstance(before, Scan)
    assert isinstance(after, Scan)
    assert (before.status, before.flags) == ("unknown", ("unmapped",))
    assert (after.status, after.reason, after.flags) == ("in_transit", "departed_hub", ("overridden",))
    assert (after.occurred_at, after.number, after.facts) == (before.occurred_at, before.number, before.facts)


def test_codes_that_are_not_in_the_mappings_read_as_before(tmp_path: Path) -> None:
    (tmp_path / "mappings.yaml").write_text(MAPPINGS, "utf-8")
    reading = Reading(load_mappings(tmp_path).meanings())
    for path in PAYLOADS:
        body = path.read_bytes()
        assert list(reading(path.parent.name, body, via="push")) == list(read(path.parent.name, body, via="push"))


def test_mappings_are_exported_as_lines_for_the_tables(tmp_path: Path) -> None:
    (tmp_path / "mappings.yaml").write_text(MAPPINGS, "utf-8")
    said = run("patch", str(tmp_path))
    assert (
        "# couriers/tables/inpost.csv: said by Zofia, 7\n?,sorted_by_owls,in_transit,departed_hub,,,,asked InPost"
        in said.stdout
    )
    assert "?,9/9,held,,,,doubt," in said.stdout


def test_without_a_file_there_are_no_mappings(tmp_path: Path) -> None:
    assert load_mappings(tmp_path).meanings() == {}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{courier: pigeon, code: UP, status: held, author: Zofia}", "pigeon: no courier"),
        ("{courier: gls, code: UP, status: flown, author: Zofia}", "mappings.0.status"),
        ("{courier: gls, code: UP, status: held}", "mappings.0.author"),
        ("{courier: ups, code: 021, status: held, author: Zofia}", "mappings.0.code: Input should be a valid string"),
        ("{courier: gls, code: UP, status: held, author: Zofia, reason: owls}", "none of schemas.status.REASONS"),
        ("{courier: gls, code: UP, status: delivered, doubt: true, author: Zofia}", "never means delivered"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_with_its_place(line: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "mappings.yaml").write_text(f'version: "1"\nmappings: [{line}]\n', "utf-8")
    with pytest.raises(BadBundle) as error:
        load_mappings(tmp_path)
    assert said in error.value.findings[0]


def test_a_code_that_is_mapped_twice_is_refused(tmp_path: Path) -> None:
    line = "{courier: gls, code: UP, status: held, author: Zofia}"
    (tmp_path / "mappings.yaml").write_text(f'version: "1"\nmappings: [{line}, {line.replace("UP", "up")}]\n', "utf-8")
    with pytest.raises(BadBundle, match="1 findings"):
        load_mappings(tmp_path)
