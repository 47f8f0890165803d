"""`awizo doctor`: what is wrong, and what to do."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schemas.settings import SANDBOX, STORE, read

if TYPE_CHECKING:
    from connectors.examining import Finding
    from connectors.store.opening import Store

FAILURE = 1


@click.command("doctor")
@click.option(
    "--shops",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of bundles: their senders are looked up too.",
)
@click.option("--offline", is_flag=True, help="Ask no provider.")
@click.option("--close", metavar="BREAKER", help="Close this breaker now: what it stopped was mended.")
@click.option("--resume", is_flag=True, help="Take the halt flag down: what failed was mended.")
@click.option("--make", is_flag=True, help="Make the Pub/Sub topics and subscriptions that are missing.")
def command(shops: Path | None, offline: bool, close: str | None, resume: bool, make: bool) -> None:
    """Look at settings, store, log, provider accounts, senders, breakers, brakes and the halt flag.

    Nothing is sent. Each finding is a line: ok, note or wrong; what; and what to do. Exit code 0: nothing is wrong; 1:
    something is.
    """
    if close:
        _close(close.removeprefix("breaker/"))
    if resume:
        _resume()
    if make:
        from connectors.examining_log import make as make_topics

        click.echo(make_topics(os.environ))
    wrong = 0
    for finding in _findings(shops, offline):
        click.echo(_line(finding))
        wrong += finding.level == "wrong"
    if wrong:
        click.echo("1 thing is wrong" if wrong == 1 else f"{wrong} things are wrong", err=True)
        sys.exit(FAILURE)


def _findings(shops: Path | None, offline: bool) -> "Iterator[Finding]":
    from connectors.examining import examine_accounts, examine_senders, examine_settings, examine_store
    from connectors.examining_log import examine_log
    from connectors.transport import Transport

    yield from examine_settings(os.environ)
    yield from examine_store(os.environ)
    yield from examine_log(os.environ)
    if offline or read(SANDBOX, os.environ):
        return
    asking = Transport(connections=2, read_seconds=10.0)
    try:
        yield from examine_accounts(os.environ, asking)
        if shops is not None:
            from connectors.shops import load_shops

            bundles = [bundle for versions in load_shops(shops).values() for bundle in versions.values()]
            yield from examine_senders(os.environ, asking, bundles)
    finally:
        asking.close()


def _line(finding: "Finding") -> str:
    remedy = f"  → {finding.remedy}" if finding.remedy and finding.level != "ok" else ""
    return f"{finding.level:5}  {finding.about}: {finding.words}{remedy}"


def _close(breaker: str) -> None:
    """Close a breaker, and let what was put off for its reason be due: its own wait would be half an hour."""
    from connectors.breakers import PREFIX
    from connectors.clock import StoreClock
    from connectors.store.hastening import hasten
    from connectors.store.shared import Shared

    name = PREFIX + breaker
    with _opened() as store:
        reasons = [flag.reason for flag in Shared(store).flags(name) if flag.name == name]
        _lower(store, name, f"closed {breaker}", "no breaker of this name is open", "--close")
        due = sum(hasten(store, reason, StoreClock(store).at()) for reason in reasons)
        click.echo(f"{due} messages that waited for it are due now")


def _resume() -> None:
    with _opened() as store:
        _lower(store, "halt", "resumed: the log is read on within a second", "nothing is halted", "--resume")


def _opened() -> "closing[Store]":
    from connectors.store.opening import open_stamped

    return closing(open_stamped(read(STORE, os.environ)))


def _lower(store: "Store", flag: str, done: str, otherwise: str, option: str) -> None:
    """Take a flag down; workers see it within seconds."""
    from connectors.store.shared import Shared
    from schemas.errors import BadInput

    if not Shared(store).lower_flag(flag):
        raise BadInput(otherwise, option)
    click.echo(done)
