"""`awizo replay`: a log in, messages out, in a sandbox."""

import logging
import os
import re
import sys
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from schemas.errors import BadInput
from schemas.times import Millis, to_millis

if TYPE_CHECKING:
    from connectors.sandbox.faults import Fault
    from pipelines.report.summary import Summary

FOLDER = click.Path(path_type=Path, file_okay=False)
EXISTING = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command("replay")
@click.argument("events", nargs=-1, required=True)
@click.option("--shops", type=EXISTING, required=True, help="Folder of bundles: <shop>/<version>/shop.yaml.")
@click.option("--out", type=FOLDER, required=True, help="Folder to write; the run's store is kept there too.")
@click.option(
    "--from", "since", metavar="TIME", help="Report what is said from then on; earlier events build the state."
)
@click.option(
    "--until", metavar="TIME|quiet", help="End there, or when nothing is left to do.  [default: the log's end]"
)
@click.option(
    "--faults",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="JSON or YAML: the sandbox's bad hours.",
)
@click.option("--against", type=EXISTING, help="Folder of a former run: say what was decided otherwise.")
def command(
    events: tuple[str, ...],
    shops: Path,
    out: Path,
    since: str | None,
    until: str | None,
    faults: Path | None,
    against: Path | None,
) -> None:
    """Replay EVENTS (files of JSON lines, plain or .gz, archives of topics as .avro, here or as gs://bucket/...; or
    quoted patterns of them): what would customers have heard?

    Only the sandbox and the store in --out are opened, whatever the environment says. Bad events become dead letters
    and the rest goes on; a failure of Awizo's own code does too, but ends in exit code 1.
    """
    _quieten()
    from pipelines.replay import Wanted, replay
    from schemas.settings import person_keys

    end = "quiet" if until == "quiet" else "last" if until is None else moment(until, "--until")
    begin = moment(since, "--from") if since else 0
    wanted = Wanted(events, shops, out, begin, end, load_faults(faults) if faults else ())  # type: ignore[arg-type]
    with _progress():
        summary = replay(wanted, person_keys(os.environ))
    _tell(summary, out)
    if against is not None:
        _compare(against, out)
    if bugs := own_failures(summary):
        click.echo(
            f"awizo: {bugs} dead letters are failures of Awizo's own code: see {out}/dead_letters.jsonl", err=True
        )
        sys.exit(1)


def moment(text: str, option: str) -> Millis:
    """The moment of an ISO 8601 time with a zone. Raises BadInput."""
    try:
        return to_millis(datetime.fromisoformat(text))
    except ValueError:
        raise BadInput("not a time with its zone: write it as 2026-10-12T08:00:00+02:00", option) from None


def load_faults(path: Path) -> "tuple[Fault, ...]":
    """The sandbox's bad hours: a list (JSON or YAML) of `connectors.sandbox.faults.Fault`, times with their zones.
    Raises BadInput."""
    import yaml

    from connectors.sandbox.faults import Fault, Trouble

    try:
        rows = yaml.safe_load(path.read_text("utf-8")) or []
        return tuple(Fault(**{**_timed(row), "what": Trouble(row["what"])}) for row in rows)
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"not a list of faults: {type(error).__name__}: {error}", str(path)) from None


def _timed(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its times as moments; YAML has read some of them already."""
    times = {name: row[name] for name in ("since", "until") if name in row}
    return row | {name: to_millis(datetime.fromisoformat(str(value))) for name, value in times.items()}


def _quieten() -> None:
    """Beam says at import that a Google library is missing; who replays files does not need it."""
    logging.getLogger().addFilter(lambda record: not str(record.msg).startswith("apitools not found"))


def _progress() -> AbstractContextManager[Any]:
    """A line that changes on a terminal, now and then a line in a log."""
    from pipelines.progress import watched

    if sys.stderr.isatty():
        return _live()
    last: dict[str, int] = {}

    def show(counts: dict[str, int]) -> None:
        if counts != last:
            click.echo(f"replay: {_counted(counts)}", err=True)
            last.update(counts)

    return watched(show, every=2.0)


def _live() -> AbstractContextManager[Any]:
    from contextlib import ExitStack

    from rich.console import Console

    from pipelines.progress import watched

    stack = ExitStack()
    status = stack.enter_context(Console(stderr=True).status("reading"))
    stack.enter_context(watched(lambda counts: status.update(_counted(counts)), every=0.2))
    return stack


WORDS = {"lines": "lines", "track": "parcels", "gather": "orders", "plan": "customers"}
"""What each stage counts."""


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{counts[stage]:,} {word}" for stage, word in WORDS.items() if stage in counts) or "reading"


def _tell(summary: "Summary", out: Path) -> None:
    """A table at the end, and where to look."""
    from pipelines.commands.tables import summary_lines, summary_table

    if sys.stdout.isatty():
        from rich.console import Console

        Console().print(summary_table(summary))
    else:
        click.echo("\n".join(summary_lines(summary)))
    click.echo(f"Open {(out / 'index.html').absolute()}")


def own_failures(summary: "Summary") -> int:
    """How many dead letters name an exception and its place, not bad input."""
    return sum(count for cause, count in summary.dead_letters.items() if _A_PLACE.search(cause))


_A_PLACE = re.compile(r" at \w+\.py:\d+ in ")


def _compare(against: Path, out: Path) -> None:
    from pipelines.report.against import as_text, differences
    from pipelines.report.run import read_run

    click.echo(as_text(differences(against, out), read_run(out)), nl=False)
