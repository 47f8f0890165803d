"""`awizo redrive source`: what a source in quarantine has sent, once more."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from schemas.settings import STORE, read

if TYPE_CHECKING:
    from connectors.log.publisher import Entry
    from connectors.log.store_log import StoreLog

_AT_ONCE = 500


@click.command("source")
@click.argument("source")
@click.option("--go", is_flag=True, help="Do it; without, only say what would be done.")
def source(source: str, go: bool) -> None:
    """Let SOURCE out of quarantine, and publish again what of it the log has kept since.

    The run decides as of any late event: the age gates say who is still told. What still cannot be read is left.
    Should what is published be broken in other ways, the source is set aside again.
    """
    from connectors.clock import StoreClock
    from connectors.guarding import QUARANTINE
    from connectors.log.store_log import StoreLog
    from connectors.store.opening import open_stamped
    from connectors.store.progress import Progress
    from connectors.store.shared import Shared
    from schemas.errors import BadInput

    store = open_stamped(read(STORE, os.environ))
    try:
        name = QUARANTINE + source
        if not any(flag.name == name for flag in Shared(store).flags(QUARANTINE)):
            raise BadInput("is not in quarantine; `awizo doctor` names those that are", source)
        log = StoreLog(store, StoreClock(store).now)
        if go:  # before the log is looked at: what comes from now on is read by the run, or is found here, or both
            Shared(store).lower_flag(name)
        kept = list(_of_source(log, source, Progress(store).mark(name) or 0))
        entries = [entry for entry in kept if _can_be_read(entry)]
        if len(entries) < len(kept):
            click.echo(f"left: {len(kept) - len(entries)} that still cannot be read")
        if not go:
            click.echo(f"{len(entries)} events would be published again; add --go to do it")
            return
        for begin in range(0, len(entries), _AT_ONCE):
            log.publish(entries[begin : begin + _AT_ONCE])
        click.echo(f"{len(entries)} events were published again")
    finally:
        store.close()


def _can_be_read(entry: "Entry") -> bool:
    """Whether the event is whole: what is not would set its source aside again, before the good ones behind it."""
    from connectors.log.publisher import entry_of
    from schemas.errors import BadInput

    try:
        entry_of(entry.event)
    except BadInput:
        return False
    return True


def _of_source(log: "StoreLog", source: str, after: int) -> "Iterator[Entry]":
    """What the log holds of a source behind a position."""
    from connectors.guarding import source_of
    from connectors.log.publisher import Entry
    from schemas.streams import LOG

    streams = {stream.name: stream for stream in LOG}
    while found := log.read(after):
        after = found[-1].position
        yield from (Entry(streams[one.stream], one.event) for one in found if source_of(one.event) == source)
