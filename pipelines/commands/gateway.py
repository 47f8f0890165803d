"""`awizo gateway`: the doors, served on one port."""

import os
import sys
from contextlib import suppress

import click

from schemas.errors import BadInput, ConfigurationError
from schemas.settings import GATEWAY_URL, SANDBOX

FAILURE = 1
DEFAULT_PORT = 8080


@click.command("gateway")
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 behind a proxy or in a container.")
@click.option("--port", type=click.IntRange(0, 65_535), default=DEFAULT_PORT, show_default=True, help="0: a free one.")
@click.option("--sandbox", is_flag=True, help="Take posts of a sandbox alone, by its keys; reach nobody real.")
@click.option("--metrics", type=click.IntRange(0, 65_535), help="Answer Prometheus here; 0: a free port.")
@click.option("--metrics-host", default="127.0.0.1", show_default=True, help="Where that port is open.")
@click.option("--check", is_flag=True, help="Serve nothing: read the settings and say what is missing or wrong.")
def command(host: str, port: int, sandbox: bool, metrics: int | None, metrics_host: str, check: bool) -> None:
    """Take webhooks of couriers and shops, callbacks and replies of providers, and show customers their pages.

    Who sent it is proved, it goes into the log as it came, and it is acknowledged when it is there. Behind it,
    `awizo run` reads the log. Put a proxy with TLS in front.
    """
    environment = dict(os.environ)
    if check:
        _check(environment)
        return
    if metrics is not None:
        from connectors.prometheus import process_meter

        click.echo(f"metrics: http://{metrics_host}:{process_meter().serve(metrics, metrics_host)}/metrics", err=True)
    _serve(environment, host, port, sandbox)


def _serve(environment: dict[str, str], host: str, port: int, sandbox: bool) -> None:
    try:
        from connectors.gateway.serving import listening_at, serve
    except ImportError:
        raise ConfigurationError("the gateway is not installed", "install awizo[gateway]") from None
    from connectors.gateway.app import guarded
    from connectors.gateway.opening import open_reception
    from connectors.prometheus import process_meter

    try:
        socket = listening_at(host, port)
    except OSError as error:
        reason = f"cannot listen on {host}:{port} ({error.strerror}); choose another port, 0 takes a free one"
        raise BadInput(reason, "--port") from None
    here = f"http://{host}:{socket.getsockname()[1]}"
    if sandbox:
        environment = {GATEWAY_URL.name: here, SANDBOX.name: "yes"} | environment
    reception = open_reception(environment, process_meter())
    app = guarded(reception)
    click.echo(f"listening on {here} as {reception.url} (Ctrl-C stops it)", err=True)
    with suppress(KeyboardInterrupt):  # uvicorn passes Ctrl-C on, when all requests are answered
        serve(app, socket)
    reception.store.close()


def _check(environment: dict[str, str]) -> None:
    from connectors.gateway.examining import examine_gateway

    wrong = 0
    for finding in examine_gateway(environment):
        remedy = f"  → {finding.remedy}" if finding.remedy and finding.level != "ok" else ""
        click.echo(f"{finding.level:5}  {finding.about}: {finding.words}{remedy}")
        wrong += finding.level == "wrong"
    if wrong:
        sys.exit(FAILURE)
