"""A replay: a log through the whole graph to the sandbox, and all that is to be read about it in a folder."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from connectors.mappings import load_mappings
from connectors.opening import SandboxDelivery
from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox
from connectors.shops import load_shops
from couriers.overrides import Reading
from pipelines.graph import ACTORS, Log, Replay, run
from pipelines.lines import files
from pipelines.report.page import write_report
from pipelines.report.summary import Summary
from pipelines.rules.context import Until
from pipelines.transforms.record import Record
from schemas.settings import Keys
from schemas.times import Millis

STORE = "awizo.db"
"""The replay's own store, in its folder: the same log again into the same folder sends nothing twice."""


@dataclass(frozen=True)
class Wanted:
    """What to replay: paths or globs of the log, the folder of the shops' bundles, the folder to write, from when on
    it counts, when it ends, and what goes wrong at the sandbox."""

    events: tuple[str, ...]
    shops: Path
    out: Path
    since: Millis = 0
    until: Until = "last"
    faults: tuple[Fault, ...] = ()


def replay(wanted: Wanted, keys: Keys) -> Summary:
    """Replay a log and write its folder. Nobody but the sandbox is reached, and no store but the folder's own is
    opened, whatever the environment says. Raises BadInput and BadBundle for what cannot be replayed."""
    reading = Reading(load_mappings(wanted.shops).meanings())
    log = Log(files(wanted.events), load_shops(wanted.shops), keys, reading, wanted.until, wanted.since)
    wanted.out.mkdir(parents=True, exist_ok=True)
    store = f"sqlite:///{(wanted.out / STORE).absolute()}"
    with Sandbox.start(wanted.faults) as sandbox:
        run(Replay(log, ACTORS, SandboxDelivery(store, sandbox.address), Record(wanted.out)))
    write_report(wanted.out)
    return msgspec.json.decode((wanted.out / "summary.json").read_bytes(), type=Summary)
