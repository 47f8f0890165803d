"""`awizo redrive`: what was buried or parked, once more; every last check holds."""

import base64
import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.commands.redrive_source import source
from pipelines.commands.redrive_unknown import unknown

if TYPE_CHECKING:
    from pipelines.report.rows import DeadLetterRow


class Ways(click.Group):
    """The ways to redrive; each may be written as an option, too: `--unknown` is `unknown`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0].removeprefix("--") in self.commands:
            args = [args[0].removeprefix("--"), *args[1:]]
        return super().parse_args(ctx, args)


@click.group("redrive", cls=Ways)
def command() -> None:
    """Take up again what was buried (dead letters) or parked, or whose code was not known. First each only says what it
    would do; add --go."""


command.add_command(source)
command.add_command(unknown)


@command.command("parked")
@click.option("--shop", default="", help="Only this shop's.")
@click.option("--kind", default="", help="Only this kind of message.")
@click.option("--channel", default="", help="Only this channel.")
@click.option("--reason", default="", help="Only those parked for this reason, e.g. brake, in_doubt.")
@click.option("--since", metavar="TIME", help="Only those parked since, as 2026-11-22T08:00:00+01:00.")
@click.option("--in-doubt", is_flag=True, help="Also those that may have been sent: they may come a second time.")
@click.option("--drop", is_flag=True, help="Never send them, instead of letting them go.")
@click.option("--go", is_flag=True, help="Do it; without, only say what would be done.")
def parked(
    shop: str, kind: str, channel: str, reason: str, since: str | None, in_doubt: bool, drop: bool, go: bool
) -> None:
    """Let parked messages go: they are due at once, and every last check holds (validity, hours, suppressions)."""
    from connectors.opening import open_providers
    from connectors.store.claims import At
    from connectors.store.parked import MAY_HAVE_BEEN_SENT, Filter, Parking
    from pipelines.commands.replay import moment

    wanted = Filter(shop, kind, channel, reason, moment(since, "--since") if since else 0)
    opened = open_providers(os.environ)
    try:
        parking = Parking(opened.delivery.ledger)
        found = parking.find(wanted)
        rows = [row for row in found if in_doubt or drop or row.reason not in MAY_HAVE_BEEN_SENT]
        _list((row.shop, row.channel, row.kind, row.reason) for row in rows)
        if len(rows) < len(found):
            click.echo(f"left: {len(found) - len(rows)} that may have been sent; --in-doubt takes them too")
        if not go:
            click.echo(f"{len(rows)} would be {'dropped' if drop else 'let go'}; add --go to do it")
            return
        at = At(_now(), _now())
        moved = parking.drop(rows, at) if drop else parking.release(rows, at)
        click.echo(f"{moved} were {'dropped' if drop else 'let go'}")
    finally:
        opened.close()


@command.command("dead")
@click.argument("letters", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File of events to write.")
@click.option("--stage", default="", help="Only letters of this stage, e.g. Normalize.")
@click.option("--reason", default="", help="Only those whose reason contains these words.")
@click.option("--go", is_flag=True, help="Do it; without, only say what would be done.")
def dead(letters: Path, out: Path, stage: str, reason: str, go: bool) -> None:
    """Take the original events out of LETTERS (a run's dead_letters.jsonl), to be replayed or published once more.

    Letters that hold no whole event (one scan of a payload, what a stage within the pipeline had) are left: what they
    came from is in the log.
    """
    found = [row for row in _letters(letters) if stage in ("", row.stage) and reason in row.reason]
    events = [row for row in found if _is_event(_original(row))]
    _list((row.stage, row.reason) for row in events)
    if len(events) < len(found):
        click.echo(f"left: {len(found) - len(events)} that hold no whole event; replay the log they came from")
    if not go:
        click.echo(f"{len(events)} events would be written to {out}; add --go to do it")
        return
    out.write_bytes(b"".join(_original(row).rstrip(b"\n") + b"\n" for row in events))
    click.echo(f"{len(events)} events written to {out}: give them to `awizo replay`, or publish them")


def _letters(path: Path) -> "Iterator[DeadLetterRow]":
    import msgspec

    from pipelines.report.rows import DeadLetterRow
    from schemas.errors import BadInput

    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            yield msgspec.json.decode(line, type=DeadLetterRow)
        except msgspec.MsgspecError:
            raise BadInput("not a dead letter: give a run's dead_letters.jsonl", f"{path}:{number}") from None


def _original(row: "DeadLetterRow") -> bytes:
    return base64.b64decode(row.original) if row.encoding == "base64" else row.original.encode()


def _is_event(original: bytes) -> bool:
    try:
        return "specversion" in json.loads(original)
    except (ValueError, TypeError):
        return False


def _list(named: Iterable[tuple[str, ...]]) -> None:
    """A line for each sort, with its number."""
    for names, number in sorted(Counter(named).items()):
        click.echo(f"{number:6}  {'  '.join(names)}")


def _now() -> int:
    return time.time_ns() // 1_000_000
