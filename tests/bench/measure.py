"""What a run costs: the pipeline, the plain loop and the naive one, each over the same file in this process."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from couriers.registry import read
from pipelines.graph import ACTORS, Actors, Decide, Log
from pipelines.rules.context import LogContext, pack_entry
from pipelines.rules.normalize import Keyed, normalize
from schemas.messages import DeadLetter
from schemas.settings import keys_of
from tests.bench import logs, loop
from tests.bench.naive import Naive


@dataclass(frozen=True)
class Cost:
    """Of one run. Processor seconds count, as other work on the machine does not touch them."""

    events: int
    cpu_s: float
    wall_s: float

    @property
    def us_per_event(self) -> float:
        """Microseconds of processor time an event."""
        return round(self.cpu_s / self.events * 1e6, 1)

    @property
    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {
            "us_per_event": self.us_per_event,
            "events_per_cpu_s": round(self.events / self.cpu_s),
        }


@dataclass(frozen=True)
class Case:
    """A log of so many parcels and scans, on disk and in memory."""

    lines: list[bytes]
    log: Log

    @classmethod
    def of(cls, parcels: int, scans: int, folder: str) -> "Case":
        lines = logs.log(parcels, scans)
        path = Path(folder) / f"{parcels}x{scans}.jsonl"
        path.write_bytes(b"\n".join(lines) + b"\n")
        return cls(lines, Log((str(path),), logs.BUNDLES, keys_of("a key for the bench only"), read))

    def by_loop(self, actors: Actors = ACTORS) -> Cost:
        """The plain loop, the file's lines read within the time."""
        path = Path(self.log.paths[0])
        return self._timed(lambda: loop.run(path.read_bytes().splitlines(), self.log.door, self.log.bundles, actors))

    def by_pipeline(self, actors: Actors = ACTORS) -> Cost:
        """Bytes to decisions through Beam."""
        return self._timed(lambda: run_beam(Decide(self.log, actors)))

    def by_naive(self) -> Cost:
        """The same reducers in naive stateful DoFns."""
        context = self.context()
        return self._timed(lambda: run_beam(Naive(self.log, ACTORS, context)))

    def context(self) -> LogContext:
        """The log's context, ready-made."""
        items = [item for line in self.lines for item in normalize(line, self.log.door).items]
        return LogContext(self.log.bundles, [pack_entry(i) for i in items if not isinstance(i, Keyed | DeadLetter)])

    def _timed(self, run: Callable[[], Any]) -> Cost:
        cpu, wall = time.process_time(), time.perf_counter()
        run()
        return Cost(len(self.lines), round(time.process_time() - cpu, 3), round(time.perf_counter() - wall, 3))


def run_beam(graph: beam.PTransform) -> None:
    """Run a graph and drop what it gives."""
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        given = pipeline | graph
        for place, output in enumerate(given if isinstance(given, tuple) else (given,)):
            _ = output | f"Drop {place}" >> beam.FlatMap(drop)


def drop(_: Any) -> tuple[()]:
    """Nothing."""
    return ()


def start_up() -> dict[str, float]:
    """Seconds (best of three) until `awizo --help` has answered, and until a replay's modules are there."""
    help_run = [sys.executable, "-c", "from pipelines.cli import main; main(['--help'])"]
    replay_import = [sys.executable, "-c", "import pipelines.replay"]
    return {"help_s": _best(help_run), "replay_imports_s": _best(replay_import)}


def _best(command: list[str]) -> float:
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - begun)
    return round(min(times), 3)


def scratch() -> "tempfile.TemporaryDirectory[str]":
    """A folder for the logs."""
    return tempfile.TemporaryDirectory(prefix="awizo-bench-")
