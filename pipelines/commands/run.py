"""`awizo run`: the live pipeline on one machine."""

import logging
import os
import signal
import threading
from pathlib import Path

import click

from schemas.errors import BadInput, StoreDown

FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command("run")
@click.option("--shops", type=FOLDER, help="Folder of bundles: those that the store does not have are put there first.")
@click.option(
    "--since",
    metavar="TIME",
    help="At the very first start: what is decided from then on may be said.  [default: now]",
)
@click.option(
    "--metrics", "port", type=click.IntRange(0, 65_535), help="Answer Prometheus on this port; 0: a free one."
)
@click.option("--metrics-host", "host", default="127.0.0.1", show_default=True, help="Where that port is open.")
@click.option("--json", "as_json", is_flag=True, help="Log JSON lines, with one for each scan, decision and outcome.")
def command(shops: Path | None, since: str | None, port: int | None, host: str, as_json: bool) -> None:
    """Read the log in the store (AWIZO_STORE) and tell customers, until stopped.

    States are rebuilt from the log at every start, so a crash loses nothing: what was decided and not yet in the
    ledger is decided again, what is in the ledger is never sent twice. With AWIZO_SANDBOX nobody real is reached.
    """
    quieten()
    from connectors.journal import log_as_json
    from connectors.live import settings_of
    from connectors.shelving import put
    from connectors.store.bundles import BundleShelf
    from pipelines.commands.replay import moment
    from pipelines.running import Run

    if as_json:
        log_as_json()
    settings = settings_of(os.environ)
    live = settings()
    if port is not None:
        click.echo(f"metrics: http://{host}:{live.meter.serve(port, host)}/metrics", err=True)
    if shops is not None:
        for bundle in put(BundleShelf(live.store), shops, live.clock.now()):
            click.echo(f"accepted: {bundle.shop} {bundle.version}", err=True)
        live.surroundings.look()
    begin = moment(since, "--since") if since else None
    if begin is not None and begin > live.clock.now():
        raise BadInput("is still to come", "--since")
    Run(settings, _tell, stop_on_signals(), begin)()
    click.echo("stopped", err=True)


def _tell(words: str) -> None:
    click.echo(words, err=True)


def stop_on_signals() -> threading.Event:
    """What is set when somebody asks this process to end."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopped.set())
    return stopped


def quieten() -> None:
    """Beam's own warnings at its start say nothing to an operator, and at DEBUG it would log elements."""
    logging.getLogger().addFilter(
        lambda record: not str(record.msg).startswith(("apitools not found", "This input type"))
    )
    for name in ("apache_beam", "PrismRunner"):
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in ("apache_beam.runners.common", "apache_beam.runners.worker.sdk_worker"):
        logging.getLogger(name).addFilter(is_news)


def is_news(record: logging.LogRecord) -> bool:
    """Whether a line of Beam's says more than that the store is away: the run tells that in a sentence, and a hundred
    lines of where it was missed would bury it."""
    cause = record.exc_info[1] if record.exc_info else None
    return not isinstance(cause, StoreDown) and StoreDown.__name__ not in record.getMessage()
