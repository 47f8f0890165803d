"""`awizo schemas`: what publishers of events must send, as documents for machines and people."""

from pathlib import Path

import click

from schemas.documents import write_documents


@click.command("schemas")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("schemas"),
    show_default=True,
    help="Folder of EVENTS.md and json/.",
)
def command(out: Path) -> None:
    """Write the JSON Schema of every event, the AsyncAPI document and the table of optional fields."""
    written = write_documents(out)
    click.echo(f"{len(written)} documents written below {out}")
