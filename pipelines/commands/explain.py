"""`awizo explain`: why somebody was told what, or nothing."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schemas.settings import STORE

if TYPE_CHECKING:
    from pipelines.report.run import Run
    from pipelines.report.story import Line, Story
    from schemas.times import Millis

STYLES: dict[str, str] = {
    "scan": "cyan",
    "odd": "dim",
    "said": "green",
    "silent": "default",
    "held": "yellow",
    "message": "bold",
    "sent": "green",
    "doubt": "yellow",
    "failed": "red",
    "waiting": "yellow",
}
"""How a line looks on a terminal, by its tone."""


@click.command("explain")
@click.argument("name", metavar="ORDER|PARCEL|RECIPIENT")
@click.option(
    "--run", "folder", type=click.Path(path_type=Path), help="Folder that `awizo replay` wrote.  [default: out]"
)
@click.option("--store", "url", metavar="URL", help="The store of a live run, while it runs.  [default: AWIZO_STORE]")
def command(name: str, folder: Path | None, url: str | None) -> None:
    """Tell what happened to an order, a parcel or a recipient, and why.

    Scans, decisions, messages and what became of them, in the order of time, by the clocks of the delivery country.
    An order is named by its id or number, a parcel by its number, a recipient by the id, phone or e-mail; put
    `shop/` before it where shops share a name. Addresses are masked. With --store, or where AWIZO_STORE is set and no
    --run is given, the live store answers; it holds no addresses and no words, so there a recipient goes by the id.
    What it holds back is told as of its last start or `awizo rebuild`.
    """
    from pipelines.report.index import index_of
    from pipelines.report.lookup import stories_of
    from pipelines.report.run import read_run

    url = url or (None if folder else os.environ.get(STORE.name))
    run, note = _live_run(url, name) if url else (read_run(folder or Path("out")), "")
    for story in stories_of(name, run, index_of(run)):
        _show(story)
    if note:
        click.echo(note)


def _live_run(url: str, name: str) -> "tuple[Run, str]":
    """What the live store knows of whatever goes by this name, and up to when it knows what is held."""
    from connectors.holding import Holding
    from connectors.store.opening import open_stamped
    from connectors.store.records import Records
    from pipelines.sinks import run_of

    store = open_stamped(url)
    try:
        holding = Holding(store)
        found = Records(store).named(name, holding.orders_of(name))
        return run_of([*found, *holding.beside(found)]), _as_of(holding.generation.cut_off)
    finally:
        store.close()


def _as_of(moment: "Millis") -> str:
    from schemas.times import from_millis

    if not moment:
        return "What is held shows after `awizo rebuild`."
    return f"What is held is known as of {from_millis(moment):%Y-%m-%d %H:%M} UTC; `awizo rebuild` brings it up to now."


def _show(story: "Story") -> None:
    """With colours on a terminal, as plain lines elsewhere."""
    if sys.stdout.isatty():
        _show_richly(story)
    else:
        click.echo(as_text(story))


def as_text(story: "Story") -> str:
    """The story as plain lines, a day above its own."""
    lines = [story.title, *(f"  {fact}" for fact in story.facts), f"  Times of {story.clock.zone}."]
    day = ""
    for line in story.lines:
        if (new := _day(story, line)) != day:
            day = new
            lines += ["", day]
        lines.append(f"  {_time(story, line):5}  {line.who:<12}  {line.words}")
        lines += [f"  {'':5}  {'':<12}  | {note}" for note in line.notes]
    return "\n".join(lines) + "\n"


def _show_richly(story: "Story") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    console.print(f"[bold]{escape(story.title)}[/]")
    for fact in (*story.facts, f"Times of {story.clock.zone}."):
        console.print(f"  {escape(fact)}", style="dim", highlight=False)
    table = Table.grid(padding=(0, 2))
    day = ""
    for line in story.lines:
        new = _day(story, line)
        table.add_row(escape(new) if new != day else "", _time(story, line), escape(line.who), _words(line))
        day = new
    console.print(table, "")


def _words(line: "Line") -> str:
    from rich.markup import escape

    notes = "".join(f"\n[dim]{escape(note)}[/]" for note in line.notes)
    return f"[{STYLES.get(line.tone, 'default')}]{escape(line.words)}[/]{notes}"


def _day(story: "Story", line: "Line") -> str:
    from pipelines.report.story import NEVER

    return "No time given" if line.at == NEVER else story.clock.day(line.at)


def _time(story: "Story", line: "Line") -> str:
    from pipelines.report.story import NEVER

    return "" if line.at == NEVER else story.clock.time(line.at)
