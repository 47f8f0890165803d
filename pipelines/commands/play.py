"""`awizo play`: a recorded log, live."""

import os
import subprocess
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.commands.run import stop_on_signals
from schemas.settings import GATEWAY_URL, SANDBOX, STORE

if TYPE_CHECKING:
    from connectors.sandbox.faults import Fault
    from connectors.sandbox.server import Sandbox
    from pipelines.playing import Player

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = "live.db"
_STOP_SECONDS = 15
_TELL_SECONDS = 0.5


@click.command("play")
@click.argument("events", nargs=-1, required=True)
@click.option("--shops", type=click.Path(path_type=Path, file_okay=False, exists=True), required=True)
@click.option("--out", type=FOLDER, default=Path("out/live"), show_default=True, help="Folder of the run's store.")
@click.option(
    "--pace", type=click.FloatRange(1, 20_000), default=2000, show_default=True, help="Times as fast as life."
)
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8025, show_default=True, help="Of the page; 0: a free one."
)
@click.option("--faults", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="The sandbox's bad hours.")
@click.option("--once", is_flag=True, help="End when the story does; else the page stays until Ctrl-C.")
def command(
    events: tuple[str, ...], shops: Path, out: Path, pace: float, port: int, faults: Path | None, once: bool
) -> None:
    """Play EVENTS live at their own dates: store, sandbox, pipeline and, where it is installed, the gateway, all on
    this machine. Nobody real is reached.

    A page shows phones and mailboxes as the messages arrive. While it plays, `awizo explain NAME --store URL` answers
    from the store.
    """
    from connectors.clock import StoreClock
    from connectors.shelving import put
    from connectors.store.bundles import BundleShelf
    from connectors.store.opening import SANDBOX as REALM
    from connectors.store.opening import open_store
    from pipelines.commands.replay import load_faults
    from pipelines.lines import files
    from pipelines.playing import Player, cues_of
    from pipelines.prism import free_port

    cues = cues_of(files(events))
    url = _new_store(out)
    store = open_store(url, REALM)
    clock = StoreClock(store)
    player = Player(clock, store, pace)
    player.begin(cues)
    put(BundleShelf(store), shops, clock.now())
    stopped = stop_on_signals()
    doors = free_port() if _has_gateway() else 0
    with _sandbox(player, port, doors, load_faults(faults) if faults else ()) as sandbox:
        click.echo(f"Open {sandbox.address.url}/ (Ctrl-C stops it)")
        click.echo(f"Ask   awizo explain ORDER --store {url}")
        _play(player, sandbox, url, doors, stopped, once)
    store.close()


def _new_store(out: Path) -> str:
    """The URL of an empty store; the one of the play before goes."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob(f"{FILE}*"):
        old.unlink()
    return f"sqlite:///{(out / FILE).absolute()}"


def _sandbox(player: "Player", port: int, doors: int, faults: "tuple[Fault, ...]") -> "Sandbox":
    """A sandbox at the story's time. With a gateway at port `doors` it tells there what became of each message, and
    what customers answer, and their links open there."""
    from connectors.sandbox.course import Pace
    from connectors.sandbox.hooks import Listeners
    from connectors.sandbox.server import Sandbox, Ways

    gateway = _gateway_at(doors) if doors else ""
    at = f"{gateway}/providers"
    told = Listeners(f"{at}/twilio/status", f"{at}/sendgrid/events", f"{at}/twilio/replies") if doors else Listeners()
    ways = Ways(told, pace=Pace(1_000, 4_000), clock=player.clock.now, refresh=2, gateway=gateway)
    return Sandbox.start(faults, port=port, ways=ways)


def _gateway_at(doors: int) -> str:
    return f"http://127.0.0.1:{doors}"


def _play(player: "Player", sandbox: "Sandbox", url: str, doors: int, stopped: threading.Event, once: bool) -> None:
    from pipelines.playing import PipelineDied, process_of

    environment = {**os.environ, STORE.name: url, SANDBOX.name: sandbox.address.url}
    pipeline = process_of(environment, "run")
    processes = [pipeline]
    if doors:
        environment[GATEWAY_URL.name] = _gateway_at(doors)
        processes.append(process_of(environment, "gateway", "--sandbox", "--port", str(doors)))
    telling = threading.Thread(target=_tell, args=(player, sandbox, stopped), name="telling", daemon=True)
    telling.start()
    begun = time.monotonic()
    try:
        is_over = player.play(stopped, lambda: pipeline.poll() is None)
        if pipeline.poll() is not None and not stopped.is_set():
            raise PipelineDied(f"the pipeline ended by itself with code {pipeline.returncode}")
        if is_over:
            click.echo(f"The story is over, after {time.monotonic() - begun:.0f} s: {len(sandbox.accepted())} messages")
        if is_over and not once:
            stopped.wait()
    finally:
        stopped.set()
        telling.join()
        for process in processes:
            _end(process)


def _tell(player: "Player", sandbox: "Sandbox", stopped: threading.Event) -> None:
    """Let the providers post what is due by the story's time."""
    while not stopped.wait(_TELL_SECONDS):
        sandbox.tell(player.clock.now(), batch=100)


def _has_gateway() -> bool:
    """Whether what the gateway is served with is installed."""
    return find_spec("fastapi") is not None and find_spec("uvicorn") is not None


def _end(pipeline: "subprocess.Popen[bytes]") -> None:
    pipeline.terminate()
    try:
        pipeline.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pipeline.kill()
        pipeline.wait()
