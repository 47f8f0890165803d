"""`awizo redrive unknown`: kept scans of a code that is mapped by now, as events."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from couriers.overrides import Reading
from pipelines.commands.redrive import command
from pipelines.report.rows import ParcelRow, ScanRow
from pipelines.report.run import Run, write_run
from pipelines.rules.track import TRACK
from schemas.envelope import Reported, read_structured
from schemas.errors import BadInput
from schemas.parcels import ParcelUpdate, Report, Scan, Subscription
from schemas.times import DAY
from schemas.wire import Arrival, Stream

MAPPINGS = """\
version: "7"
mappings:
  - {courier: inpost, code: sorted_by_owls, status: in_transit, author: Zofia}
"""
NUMBER = "600000000000000000000001"
HAPPENED = "2026-10-12T08:00:00.000Z"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    scan = ScanRow(
        HAPPENED, "unknown", name="n1", flags=("unmapped",), raw_code="sorted_by_owls", source="inpost", via="push"
    )
    other = ScanRow(HAPPENED, "unknown", name="n2", flags=("unmapped",), raw_code="eaten", source="inpost", via="push")
    write_run(tmp_path / "run", Run(parcels=(ParcelRow("inpost", NUMBER, history=(scan, scan, other)),)))
    (tmp_path / "mappings.yaml").write_text(MAPPINGS, "utf-8")
    return tmp_path


def redrive(folder: Path, code: str, *more: str) -> Any:
    out = str(folder / "events.jsonl")
    return CliRunner().invoke(
        command, ["unknown", "inpost", code, str(folder / "run"), "--shops", str(folder), "--out", out, *more]
    )


def scans(folder: Path) -> list[Scan]:
    found = []
    for line in (folder / "events.jsonl").read_bytes().splitlines():
        event = read_structured(line).data
        assert isinstance(event, Reported)
        found += [scan for scan in Reading()(event.courier, event.body, via=event.via) if isinstance(scan, Scan)]
    return found


def test_without_go_it_only_says_what_it_would_do(folder: Path) -> None:
    assert "1 events would be written" in redrive(folder, "sorted_by_owls").output
    assert not (folder / "events.jsonl").exists()


def test_each_kept_scan_becomes_an_event_of_the_same_moment_that_is_read_by_the_mapping(folder: Path) -> None:
    assert redrive(folder, " Sorted_By_Owls", "--go").exit_code == 0
    (scan,) = scans(folder)
    assert (scan.courier, scan.number, scan.status, scan.raw_code) == ("inpost", NUMBER, "in_transit", "sorted_by_owls")
    assert (scan.source, scan.via, scan.flags) == ("inpost", "push", ("overridden",))
    line = json.loads((folder / "events.jsonl").read_bytes())
    assert line["time"] == HAPPENED
    assert line["recordedtime"] > "2026-10-12T08:00:00.000Z"


def test_a_code_that_is_not_mapped_is_refused(folder: Path) -> None:
    said = redrive(folder, "eaten", "--go")
    assert isinstance(said.exception, BadInput)
    assert "map it first" in str(said.exception)


def test_track_takes_the_redriven_scan_beside_the_unread_one_and_moves(folder: Path) -> None:
    redrive(folder, "sorted_by_owls", "--go")
    (mapped,) = scans(folder)
    unread = Scan("inpost", NUMBER, mapped.occurred_at, "unknown", "sorted_by_owls", "inpost", "push")
    wish = Subscription("inpost", NUMBER, "sowa", "1", mapped.occurred_at - DAY, mapped.occurred_at + 30 * DAY)
    state, now, updates = None, mapped.occurred_at + 1_000, list[ParcelUpdate]()
    for body in (wish, Report((unread,)), Report((mapped,)), Report((mapped,))):
        arrival = Arrival(now, Stream.PARCELS, "/couriers/inpost", f"e{len(updates)}", body)
        step = TRACK.step(state, now, arrival, None)  # type: ignore[arg-type]
        state = step.state
        updates += [output for output in step.outputs if isinstance(output, ParcelUpdate)]
    assert [update.status for update in updates if update.status == "in_transit"] == ["in_transit"]


def test_it_may_be_written_as_an_option_and_writes_beside_the_run(folder: Path) -> None:
    asked = ["--unknown", "inpost", "sorted_by_owls", str(folder / "run"), "--shops", str(folder), "--go"]
    assert "1 events written" in CliRunner().invoke(command, asked).output
    assert len((folder / "run" / "redriven.jsonl").read_bytes().splitlines()) == 1
