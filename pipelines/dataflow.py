"""The live graph as a job in Google Cloud: the same stages, with Pub/Sub as the log."""

from collections.abc import Callable, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions, SetupOptions

from connectors.cloud import CloudSettings
from connectors.secrets import SecretManager, WorkerSettings
from connectors.store.cells import Generation
from pipelines.live import Begin, Live
from pipelines.options import job_of, streaming
from pipelines.transforms.read_topics import ReadTopics

Builder = Callable[[beam.Pipeline, PipelineOptions], Any]


def build(pipeline: beam.Pipeline, options: PipelineOptions) -> None:
    """Put the live graph into a pipeline. Raises BadInput for options that are wrong."""
    job = job_of(options)
    worker = WorkerSettings(SecretManager(job.secrets), job.settings)
    settings = CloudSettings(pubsub=job.place, worker=worker)
    begin = Begin(0, Generation(job.generation, job.cut_off))
    _ = pipeline | Live(settings, begin, ReadTopics(settings, job))


def launch(arguments: Sequence[str], builder: Builder = build) -> Any:
    """Start the job and give Beam's result; it runs on without us. Raises ConfigurationError and BadInput."""
    options = streaming(PipelineOptions(list(arguments)))
    options.view_as(SetupOptions).sdk_location = "container"  # the image has Beam and us; nothing is fetched at a start
    pipeline = beam.Pipeline(options=options)
    builder(pipeline, options)
    return pipeline.run()
