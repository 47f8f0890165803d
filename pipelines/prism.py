"""Prism, the runner of one machine: how a live job is started on it."""

import logging
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam
import grpc
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.tied import tied
from schemas.errors import ConfigurationError

BINARY = "prism"

_log = logging.getLogger(__name__)

_START_SECONDS = 30.0
_STOP_SECONDS = 5.0


def binary() -> str:
    """Where Prism is: beside this Python, or on the PATH. Raises ConfigurationError that says how to get it."""
    beside = Path(sys.executable).parent / BINARY
    found = str(beside) if beside.is_file() else shutil.which(BINARY)
    if found is None:
        remedy = "`make prism` builds it (needs Go), or put the binary of Beam's release on the PATH"
        raise ConfigurationError("Prism is not here, the runner of a live job on one machine", remedy)
    return found


_ENDED = frozenset({"DONE", "FAILED", "CANCELLED", "STOPPED"})


@dataclass(frozen=True)
class Job:
    """A job that was begun on a Prism of its own."""

    result: Any
    prism: "subprocess.Popen[bytes]"

    def ended(self) -> str:
        """Why it does not run any more; "" if it runs."""
        if self.prism.poll() is not None:
            return "Prism is gone"
        try:
            state = self.result.state
        except grpc.RpcError:
            return "Prism does not answer"
        return str(state) if state in _ENDED else ""


@contextmanager
def running(graph: beam.PTransform) -> Iterator[Job]:
    """A live job, begun; it is cancelled and Prism ended in the end."""
    port = free_port()
    prism = _start(binary(), port)
    try:
        _wait_for(prism, port)
        pipeline = beam.Pipeline(options=options(port))
        _ = pipeline | graph
        job = Job(pipeline.run(), prism)
        try:
            yield job
        finally:
            _end(prism)  # first: a cancel has no bound in time, and one that is busy would hold up the end
            with suppress(grpc.RpcError, RuntimeError):  # there is no job any more; the workers' threads end
                job.result.cancel()
    finally:
        _end(prism)


def options(port: int) -> PipelineOptions:
    """The options of a live job on a Prism at this port. The workers are threads of this process; Prism's splitting of
    stages would lose state (`infra/decisions/0008-prism-runs-one-machine.md`)."""
    return PipelineOptions(
        [
            "--runner=PortableRunner",
            f"--job_endpoint=127.0.0.1:{port}",
            "--environment_type=LOOPBACK",
            "--experiments=prism_disable_sdf_split",
            "--streaming",
        ]
    )


def expect_the_end() -> None:
    """The job of this process is about to end for good: Beam's worker threads die of their broken streams then, which
    is no news to anyone."""
    for log in (logging.getLogger("apache_beam.runners.worker"), _log):
        log.setLevel(logging.CRITICAL)
    threading.excepthook = lambda _what: None


def _start(location: str, port: int) -> "subprocess.Popen[bytes]":
    """Prism in a process that dies with this one, however this one dies: one that is left behind would spin."""
    command = tied([location, f"--job_port={port}", "--log_level=error", "--serve_http=false"])
    pipe, together = subprocess.PIPE, subprocess.STDOUT
    # a group of its own: Ctrl-C is for us, and Prism ends after the job
    prism = subprocess.Popen(command, process_group=0, stdout=pipe, stderr=together)  # noqa: S603
    threading.Thread(target=_hear, args=(prism,), name="prism", daemon=True).start()
    return prism


def _hear(prism: "subprocess.Popen[bytes]") -> None:
    """Put what Prism says into our log."""
    assert prism.stdout is not None
    with prism.stdout as said:
        for line in said:
            if is_prisms_own(words := line.decode(errors="replace").rstrip()):
                _log.warning("%s", words)


_TRACE = re.compile(r"\s*$|  File |    |Traceback |During handling of ")


def is_prisms_own(line: str) -> bool:
    """Whether a line is not of a traceback of our worker, which Prism repeats whole: the worker has told it."""
    return _TRACE.match(line) is None


def _wait_for(prism: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and prism.poll() is None:
        with socket.socket() as trying:
            trying.settimeout(1.0)
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise ConfigurationError("Prism does not start", f"try it by hand: {prism.args!r}")


def _end(prism: "subprocess.Popen[bytes]") -> None:
    prism.terminate()
    try:
        prism.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        prism.kill()
        prism.wait()


def free_port() -> int:
    """A port of this machine that nobody listens on just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
