"""The live graph as a job on an operator's own Flink: the same stages, with Pub/Sub as the log.

`python -m pipelines.flink --job-endpoint HOST:PORT --worker-pool HOST:PORT`, with the settings of the workers in the
environment. Flink remembers by itself: what was read, states and timers are in its checkpoints
(`infra/decisions/0013-on-a-cluster-of-one-s-own-the-graph-runs-on-flink.md`).
"""

import logging
import os
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import Any

import apache_beam as beam
import click
import grpc
from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions
from apache_beam.portability.api import beam_job_api_pb2, beam_job_api_pb2_grpc

from connectors.live import LiveSettings, settings_of
from connectors.store.cells import NONE
from pipelines.cli import BAD_INPUT, FAILURE
from pipelines.dataflow import launch
from pipelines.live import Begin, Live
from pipelines.running import ready
from pipelines.transforms.read_pubsub import ReadPubSub
from schemas.errors import AwizoError, BadInput, ConfigurationError
from schemas.settings import LOG

CHECKPOINT_EVERY = 2_000
"""Milliseconds. What is read is acknowledged two checkpoints later, and Pub/Sub holds it for us for a minute."""

ADDRESS = "HOST:PORT"

FIXED = (
    "--runner=PortableRunner",
    "--environment_type=EXTERNAL",  # the workers are the operator's, with our code and the settings
    # a subscription is pulled for a process: with two of them, messages would lie in the one that does not read
    "--sdk_worker_parallelism=1",
    f"--checkpointing_interval={CHECKPOINT_EVERY}",  # without one nothing is ever acknowledged
    # acknowledging holds what a checkpoint finalises until the next one is through: they must not overlap
    "--min_pause_between_checkpoints=1000",
    "--num_concurrent_checkpoints=1",
    "--finish_bundle_before_checkpointing",  # what a bundle gave away and what its state says belong together
    "--externalized_checkpoints_enabled",  # a job that was cancelled, or gave up, can go on with what it held
    "--retain_externalized_checkpoints_on_cancellation",
    "--number_of_execution_retries=10000",  # each fails at once while no task manager is there
    "--execution_retry_delay=1000",
    "--max_bundle_time_mills=100",  # a message waits for the end of each stage's bundle
)
"""What must not be chosen otherwise, or nothing is once."""

_PATIENCE_SECONDS = 30.0


def settings_from(environment: Mapping[str, str]) -> LiveSettings:
    """The settings that the environment asks for. Raises ConfigurationError if the log is not Pub/Sub: Flink's
    checkpoints know nothing of a log in a store, whose marks are one machine's."""
    settings = settings_of(environment)
    if settings.pubsub is None:
        raise ConfigurationError("on Flink the log is Pub/Sub", f"set {LOG.name}=pubsub, or use `awizo run`")
    return settings


def options_of(arguments: Sequence[str]) -> list[str]:
    """Beam's options: where job server and workers are, what else was asked for, and what is fixed. Raises BadInput
    for an option that is fixed."""
    parser = ArgumentParser(prog="python -m pipelines.flink", allow_abbrev=False)
    parser.add_argument("--job-endpoint", required=True, metavar=ADDRESS, help="Beam's job server for Flink")
    parser.add_argument("--worker-pool", required=True, metavar=ADDRESS, help="where a task manager finds workers")
    ours, others = parser.parse_known_args(arguments)
    for name in (other.split("=")[0] for other in others):
        if name.startswith("--") and name[2:] in (*_names(FIXED), "job_endpoint", "environment_config", "streaming"):
            raise BadInput("is not for others to choose, see pipelines/flink.py", name)
    return [*others, f"--job_endpoint={ours.job_endpoint}", f"--environment_config={ours.worker_pool}", *FIXED]


def hold_to_known(endpoint: str) -> None:
    """A job server drops an option that it does not know, and says so in a warning among others. Raises
    ConfigurationError if it does not know one that is fixed, or does not answer."""
    with grpc.insecure_channel(endpoint) as channel:
        ask = beam_job_api_pb2_grpc.JobServiceStub(channel).DescribePipelineOptions
        try:
            answer = ask(
                beam_job_api_pb2.DescribePipelineOptionsRequest(), timeout=_PATIENCE_SECONDS, wait_for_ready=True
            )
        except grpc.RpcError:
            raise ConfigurationError(f"no job server answers at {endpoint}", "see --job-endpoint") from None
    missing = set(_names(FIXED)) - {"runner", "environment_type"} - {option.name for option in answer.options}
    if missing:
        raise ConfigurationError(f"the job server does not know {', '.join(sorted(missing))}", "take Beam's for Flink")


def start(arguments: Sequence[str], environment: Mapping[str, str]) -> Any:
    """Start the job and give Beam's result; it runs on without us. Raises ConfigurationError and BadInput."""
    options, settings = options_of(arguments), settings_from(environment)
    ready(settings)
    hold_to_known(PipelineOptions(options).view_as(PortableOptions).job_endpoint)

    def build(pipeline: beam.Pipeline, _: PipelineOptions) -> None:
        _ = pipeline | Live(settings, Begin(0, NONE), ReadPubSub(settings))

    return launch(options, build)


def _names(options: Sequence[str]) -> list[str]:
    return [option.removeprefix("--").split("=")[0] for option in options]


def main() -> None:
    """Start the job; an error of ours is one line on stderr and an exit code, as `awizo` has them."""
    for name in ("", "apache_beam.options.pipeline_options"):
        logging.getLogger(name).addFilter(_is_news)
    try:
        start(sys.argv[1:], os.environ)
    except AwizoError as error:
        click.echo(f"awizo: {error}", err=True)
        sys.exit(BAD_INPUT if isinstance(error, BadInput) else FAILURE)
    click.echo("the job is begun; it runs on without us", err=True)


def _is_news(record: logging.LogRecord) -> bool:
    """The job server's own options are strange to Beam until it has asked for them; the others say nothing either. That
    an option is discarded is news."""
    return not str(record.msg).startswith(("Unparseable argument", "apitools not found", "This input type"))


if __name__ == "__main__":
    main()
