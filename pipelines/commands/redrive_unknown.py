"""`awizo redrive unknown`: the kept scans of a code, once it is mapped, as events for the log."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from couriers.meanings import Meaning
    from pipelines.report.rows import ParcelRow, ScanRow


@click.command("unknown")
@click.argument("courier")
@click.argument("code")
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False), default="out")
@click.option(
    "--shops",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder of bundles with the mappings.yaml that says what the code means.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of events to write.  [default: RUN/redriven.jsonl]",
)
@click.option("--go", is_flag=True, help="Do it; without, only say what would be done.")
def unknown(courier: str, code: str, run: Path, shops: Path, out: Path | None, go: bool) -> None:
    """Make events of the scans that RUN (default: out) kept with COURIER's CODE unread, now that SHOPS/mappings.yaml
    maps it.

    CODE is as `awizo couriers unknown` shows it. The events happened when the scans did and are learned of now: who is
    still told of them, the age gates decide, as of any late scan.
    """
    import msgspec

    out = out or run / "redriven.jsonl"
    meaning = _meaning(shops, courier, code)
    lines = [msgspec.json.encode(event_of(parcel, scan, meaning, _now())) for parcel, scan in kept(run, courier, code)]
    if not go:
        click.echo(f"{len(lines)} events would be written to {out}; add --go to do it")
        return
    out.write_bytes(b"".join(line + b"\n" for line in lines))
    click.echo(f"{len(lines)} events written to {out}: give them to `awizo replay` after the log, or publish them")


def kept(run: Path, courier: str, code: str) -> "list[tuple[ParcelRow, ScanRow]]":
    """The unread scans of that code, with their parcels, each once. Raises BadInput for a folder that is no run's."""
    from couriers.meanings import plain
    from pipelines.report.run import read_run
    from pipelines.report.summary import UNMAPPED

    found = {
        (parcel.key, scan.name or str(scan.occurred_at)): (parcel, scan)
        for parcel in read_run(run).parcels
        for scan in parcel.scans
        if UNMAPPED in scan.flags and scan.source == courier and plain(scan.raw_code) == plain(code)
    }
    return [found[key] for key in sorted(found)]


def event_of(parcel: "ParcelRow", scan: "ScanRow", meaning: "Meaning", now: str) -> dict[str, Any]:
    """A courier's payload in our own words that says the scan again, read by the mapping. It has a name of its own, as
    the log has that of the scan already; the same scan redriven twice is one event."""
    said = {
        "courier": parcel.courier,
        "number": parcel.number,
        "occurred_at": scan.occurred_at,
        "status": meaning.status,
        "reason": meaning.reason,
        "leg": meaning.leg,
        "raw_code": scan.raw_code,
        "raw_text": scan.raw_text,
        "source": scan.source,
        "via": scan.via,
        "zone": scan.zone or "carrier",
        "event_id": f"redriven/{scan.name or scan.occurred_at}",
        "flags": [*meaning.flags, "overridden"],
    }
    return {
        "specversion": "1.0",
        "id": f"redriven-{scan.name or scan.occurred_at}",
        "source": "/couriers/awizo",
        "type": "awizo.courier.reported.v1",
        "subject": "awizo",
        "time": scan.occurred_at,
        "recordedtime": now,
        "data": said,
    }


def _meaning(shops: Path, courier: str, code: str) -> "Meaning":
    from connectors.mappings import MAPPINGS_FILE, load_mappings
    from couriers.meanings import plain
    from schemas.errors import BadInput

    found = load_mappings(shops).meanings().get((courier, plain(code)))
    if found is None:
        raise BadInput(f"{courier} {code} is not mapped there: map it first", str(shops / MAPPINGS_FILE))
    return found


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
