"""`awizo couriers`: what each courier's words become, tried on a payload or on a run."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from schemas.parcels import Malformed, Scan

AUTO = "auto"
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.group("couriers", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Couriers: what is read of each, a payload in our words, codes that nobody has mapped yet.

    Alone: a table of all, with the shapes that are read, how many codes are mapped, whether they push or are polled,
    what their pushes are sealed with, and where the facts come from.
    """
    if context.invoked_subcommand is None:
        _show_all()


@command.command("read")
@click.argument("courier")
@click.argument("file", type=click.File("rb"))
@click.option("--via", type=click.Choice(["push", "answer", "shop", "aggregator"]), default="answer")
@click.option("--shops", type=FOLDER, help="Folder of bundles, for its mappings.yaml.")
def read_one(courier: str, file: Any, via: str, shops: Path | None) -> None:
    """Read FILE (`-`: standard input) as COURIER's payload, or as whose it is (`auto`).

    Prints a JSON line for each event, in the payload's order: {"scan": ...} in our words, or {"malformed": {"courier",
    "place", "reason"}}. Exit code 2 if the payload cannot be taken apart at all.
    """
    from couriers.recognising import recognise

    body: bytes = file.read()
    named = recognise(body) if courier == AUTO else courier
    if courier == AUTO:
        click.echo(f"read as {named}", err=True)
    events = list(_reader(shops)(named, body, via=via))
    for event in events:
        click.echo(json.dumps(_line(event), ensure_ascii=False))
    failed = sum("malformed" in _line(event) for event in events)
    click.echo(f"{len(events) - failed} scans, {failed} malformed", err=True)


@command.command("unknown")
@click.argument("run", type=FOLDER)
def unknown(run: Path) -> None:
    """The codes that a run's folder met and no table has: lines for the courier's table, the commonest first.

    Fill in what `?` stands for and add the line to couriers/tables/<courier>.csv, or to mappings.yaml.
    """
    from pipelines.report.run import read_run
    from pipelines.report.summary import unknown_codes

    found = sorted(unknown_codes(read_run(run).parcels), key=lambda code: (-code.count, code.courier, code.code))
    for one in found:
        click.echo(f"# {one.courier}: met {one.count} times, of {len(one.parcels)} parcels")
        click.echo(_table_line(one.code, "?", "", "", one.text))
    click.echo(f"{len(found)} codes are not mapped", err=True)


@command.command("patch")
@click.argument("shops", type=FOLDER)
def patch(shops: Path) -> None:
    """The mappings of SHOPS/mappings.yaml as lines for the couriers' tables, so that all have them.

    The set of a code is not known here: name it where `?` stands.
    """
    from connectors.mappings import load_mappings

    mappings = load_mappings(shops)
    for one in sorted(mappings.mappings, key=lambda one: (one.courier, one.raw_code)):
        click.echo(f"# couriers/tables/{one.courier}.csv: said by {one.author}, {mappings.version}")
        marks = "doubt" if one.doubt else ""
        click.echo(_table_line(one.raw_code, one.status, one.reason, marks, one.why))


def _reader(shops: Path | None) -> Any:
    from couriers.overrides import Reading

    if shops is None:
        return Reading()
    from connectors.mappings import load_mappings

    return Reading(load_mappings(shops).meanings())


def _line(event: "Scan | Malformed") -> dict[str, Any]:
    from schemas.parcels import Malformed

    if isinstance(event, Malformed):  # not its original: it may hold a person's data
        return {"malformed": {"courier": event.courier, "place": event.place, "reason": event.reason}}
    from couriers.canonical import canonical

    return {"scan": canonical(event)}


def _table_line(code: str, status: str, reason: str, marks: str, comment: str) -> str:
    """A line of couriers/tables: set, code, status, reason, notice, action, marks, comment."""
    import csv
    from io import StringIO

    written = StringIO()
    csv.writer(written, lineterminator="").writerow(["?", code, status, reason, "", "", marks, comment])
    return written.getvalue()


def _show_all() -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("courier", "shapes read", "codes", "comes by", "seal", "source of the facts")
    for row in _rows():
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def _rows() -> Iterator[tuple[str, str, str, str, str, str]]:
    from couriers.meanings import codes
    from couriers.registry import COURIERS
    from couriers.seals import SEALS
    from couriers.sources import SOURCES, ways

    for courier in COURIERS.values():
        shapes = tuple(shape.name for shape in courier.shapes)
        mapped = sum(map(len, codes(courier.id).values())) if courier.tables else 0
        seals = ", ".join(seal.name for seal in SEALS.get(courier.id, ()))
        yield courier.id, "\n".join(shapes), str(mapped), ways(shapes), seals or "none known", SOURCES[courier.id]
