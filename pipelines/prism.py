"""Prism, the runner of one machine: how a live job is started on it."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from schemas.errors import ConfigurationError

BINARY = "prism"


def binary() -> str:
    """Where Prism is: beside this Python, or on the PATH. Raises ConfigurationError that says how to get it."""
    beside = Path(sys.executable).parent / BINARY
    found = str(beside) if beside.is_file() else shutil.which(BINARY)
    if found is None:
        remedy = "`make prism` builds it (needs Go), or put the binary of Beam's release on the PATH"
        raise ConfigurationError("Prism is not here, the runner of a live job on one machine", remedy)
    return found


def options(location: str) -> PipelineOptions:
    """The options of a live job on Prism. The workers are threads of this process; its splitting of stages would lose
    state (`infra/decisions`)."""
    return PipelineOptions(
        [
            "--runner=PrismRunner",
            f"--prism_location={location}",
            "--prism_log_level=warn",
            "--environment_type=LOOPBACK",
            "--experiments=prism_disable_sdf_split",
            "--streaming",
        ]
    )


@contextmanager
def running(graph: beam.PTransform) -> Iterator[Any]:
    """A live job, begun; it is cancelled and Prism ended in the end. Gives Beam's result."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    pipeline = beam.Pipeline(options=options(binary()))
    _ = pipeline | graph
    result = pipeline.run()
    try:
        yield result
    finally:
        result.cancel()
