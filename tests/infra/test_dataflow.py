"""The job in Google Cloud, built and described whole without a network: every stage translates, states and timers
included, and nothing secret travels with it."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.dataflow.dataflow_runner import DataflowRunner

from connectors.log.pubsub import Place
from pipelines.dataflow import Builder, build, launch
from pipelines.graph import ACTORS
from pipelines.options import AT_LEAST_ONCE, EXACTLY_ONCE, OPTIONS, LiveOptions, job_of, settings_of, streaming
from pipelines.rules.actor import Actor
from pipelines.rules.context import LogContext
from pipelines.template import text
from pipelines.transforms.act import ActLive
from schemas.errors import BadInput, ConfigurationError
from schemas.settings import SETTINGS
from schemas.streams import LOG

IMAGE = "europe-central2-docker.pkg.dev/tracking-test/awizo/awizo-worker:1"
MADE_UP = "made up, and secret if anything is"

UNDERSTOOD = {
    "beam:requirement:pardo:stateful:v1",
    "beam:requirement:pardo:splittable_dofn:v1",
    "beam:requirement:pardo:finalization:v1",
    "beam:requirement:pardo:on_window_expiration:v1",
}
"""What a graph may require of Dataflow's runner (v2); stable input, say, it does not offer to Python."""

Proto = Any


def cloud() -> None:
    pytest.importorskip("google.cloud.dataflow", reason="the extra `gcp` is not installed")


def options(tmp_path: Path, *more: str) -> PipelineOptions:
    """Those of a job whose files are written into a folder instead of a bucket."""
    return PipelineOptions(
        [
            "--project=tracking-test",
            "--region=europe-central2",
            "--job_name=awizo",
            f"--temp_location={tmp_path}",
            f"--staging_location={tmp_path}",
            f"--template_location={tmp_path}/job.json",
            f"--sdk_container_image={IMAGE}",
            "--no_auth",
            "--dry_run=True",
            *more,
        ]
    )


def described(builder: Builder, asked: PipelineOptions, folder: Path) -> tuple[Proto, dict[str, Any]]:
    """The graph as Dataflow would get it, and the job that would be asked for, both as the runner writes them."""
    from apache_beam.runners.dataflow.internal import apiclient

    pipeline = beam.Pipeline()
    builder(pipeline, streaming(asked))
    done = DataflowRunner().run_pipeline(pipeline, asked)
    apiclient.DataflowApplicationClient(asked, str(folder)).create_job(done.job)
    proto = beam_runner_api_pb2.Pipeline.FromString((folder / "pipeline.pb").read_bytes())
    return proto, json.loads((folder / "job.json").read_bytes())


def stepping(actors: tuple[Actor, ...]) -> Builder:
    """A pipeline of nothing but stateful stages."""

    def put(pipeline: beam.Pipeline, _options: PipelineOptions) -> None:
        for actor in actors:
            arrivals = pipeline | f"{actor.name} arrivals" >> beam.Create([("key", b"")])
            arrivals = arrivals | f"{actor.name} keyed" >> beam.Map(_same).with_output_types(tuple[str, bytes])
            _ = arrivals | actor.name >> ActLive(actor, _nothing, _never)

    return put


def _same(keyed: tuple[str, bytes]) -> tuple[str, bytes]:
    return keyed


def _nothing() -> LogContext:
    return LogContext({})


def _never() -> int:
    return 0


def stateful(proto: Proto) -> list[tuple[str, Any, list[str]]]:
    """(name, payload, coders of key and value) of the stages of a graph that keep state."""
    found, parts = [], proto.components
    for transform in parts.transforms.values():
        if transform.spec.urn == "beam:transform:pardo:v1":
            payload = beam_runner_api_pb2.ParDoPayload.FromString(transform.spec.payload)
            (taken,) = set(transform.inputs) - set(payload.side_inputs) - set(payload.timer_family_specs)
            coder = parts.coders[parts.pcollections[transform.inputs[taken]].coder_id]
            of_parts = [parts.coders[each].spec.urn for each in coder.component_coder_ids]
            if payload.state_specs:
                found.append((transform.unique_name, payload, of_parts))
    return found


@pytest.mark.parametrize("builder", [stepping(tuple(ACTORS)), build], ids=["stateful stages alone", "the live graph"])
def test_a_graph_translates_for_dataflow_with_its_states_and_timers(builder: Builder, tmp_path: Path) -> None:
    cloud()
    proto, _ = described(builder, options(tmp_path), tmp_path)
    found = stateful(proto)
    cells = {name for _, payload, _ in found for name in payload.state_specs}
    timers = [name for _, payload, _ in found for name in payload.timer_family_specs]
    assert {f"{actor.name}-cell" for actor in ACTORS} <= cells
    assert {f"ts-{actor.name}-due" for actor in ACTORS} <= set(timers)
    assert len(timers) == len(set(timers)), "equal names of timers cross where stages fuse"
    assert "beam:requirement:pardo:stateful:v1" in proto.requirements
    assert set(proto.requirements) <= UNDERSTOOD


def test_a_key_of_state_is_encoded_the_same_by_every_worker(tmp_path: Path) -> None:
    cloud()
    proto, _ = described(build, options(tmp_path), tmp_path)
    assert {tuple(coders) for _, _, coders in stateful(proto)} == {("beam:coder:string_utf8:v1", "beam:coder:bytes:v1")}


def test_every_stage_runs_in_our_image_on_streaming_engine(tmp_path: Path) -> None:
    cloud()
    proto, job = described(build, options(tmp_path), tmp_path)
    environments = [environment for environment in proto.components.environments.values() if environment.payload]
    images = {beam_runner_api_pb2.DockerPayload.FromString(each.payload).container_image for each in environments}
    assert images == {IMAGE}
    assert job["type"] == "JOB_TYPE_STREAMING"
    assert {"enable_streaming_engine", "use_runner_v2"} <= set(job["environment"]["experiments"])


def test_the_live_graph_reads_each_stream_of_the_log_by_its_subscription(tmp_path: Path) -> None:
    cloud()
    proto, _ = described(build, options(tmp_path), tmp_path)
    read = set()
    for transform in proto.components.transforms.values():
        if transform.spec.urn == "beam:transform:pubsub_read:v1":
            payload = beam_runner_api_pb2.PubSubReadPayload.FromString(transform.spec.payload)
            read.add(payload.subscription)
    assert read == {f"projects/tracking-test/subscriptions/{stream.topic}" for stream in LOG}


def test_what_the_job_finds_out_goes_to_topics(tmp_path: Path) -> None:
    cloud()
    proto, _ = described(build, options(tmp_path), tmp_path)
    names = {transform.unique_name for transform in proto.components.transforms.values()}
    assert any(name.endswith("Publish/ParDo(_Publish)") for name in names)
    assert job_of(options(tmp_path)).place == Place("tracking-test")


def test_no_secret_travels_with_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud()
    for setting in SETTINGS:
        if setting.secret:
            monkeypatch.setenv(setting.name, MADE_UP)
    described(build, options(tmp_path), tmp_path)
    for path in tmp_path.iterdir():
        assert MADE_UP.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    "asked",
    [
        f"--dataflow_service_options={AT_LEAST_ONCE}",
        f"--dataflow_service_options=enable_prime,{AT_LEAST_ONCE}",
        f"--experiments={AT_LEAST_ONCE}",
    ],
)
def test_at_least_once_is_refused_before_anything_is_built(asked: str, tmp_path: Path) -> None:
    def never(_pipeline: Any, _options: Any) -> None:
        raise AssertionError

    arguments = [f"--temp_location={tmp_path}", asked]
    with pytest.raises(ConfigurationError, match=AT_LEAST_ONCE):
        launch(arguments, never)


def test_exactly_once_may_be_asked_for(tmp_path: Path) -> None:
    streaming(options(tmp_path, f"--experiments={EXACTLY_ONCE}"))


def test_a_job_reads_its_own_project_unless_it_is_told_another() -> None:
    own = job_of(PipelineOptions(["--project=tracking-test"]))
    other = job_of(PipelineOptions(["--project=tracking-test", "--log=projects/another-log", "--secrets=a-safe-one"]))
    assert (own.log, own.secrets) == ("projects/tracking-test", "projects/tracking-test")
    assert (other.log, other.secrets) == ("projects/another-log", "projects/a-safe-one")


@pytest.mark.parametrize("asked", ["--log=Not A Project", "--settings=hello", "--generation=-1", "--cut_off=-5"])
def test_an_option_that_is_wrong_is_named(asked: str) -> None:
    with pytest.raises(BadInput, match=asked.partition("=")[0]):
        job_of(PipelineOptions(["--project=tracking-test", asked]))


def test_a_job_without_a_project_is_refused() -> None:
    with pytest.raises(BadInput, match="--log"):
        job_of(PipelineOptions([]))


def test_settings_of_every_account_may_be_plain() -> None:
    pairs = "AWIZO_SMS_ROUTES=twilio twilio_2:PL,UA;AWIZO_TWILIO_2_ACCOUNT=AC2;AWIZO_TWILIO_ACCOUNT=AC1"
    assert dict(settings_of(pairs))["AWIZO_TWILIO_2_ACCOUNT"] == "AC2"


@pytest.mark.parametrize(
    "name", [*(setting.name for setting in SETTINGS if setting.secret), "AWIZO_TWILIO_2_TOKEN", "AWIZO_NOTHING"]
)
def test_a_secret_among_the_settings_is_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(BadInput, match=name) as refused:
        settings_of(f"{name}={MADE_UP}")
    assert MADE_UP not in str(refused.value)


def test_the_template_s_metadata_is_that_of_the_options() -> None:
    path = Path(__file__).parents[2] / "infra" / "docker" / "metadata.json"
    assert path.read_text("utf-8") == text(), "run `make docs`"


def test_every_option_of_the_job_is_a_parameter_of_the_template() -> None:
    parser = ArgumentParser(add_help=False)
    LiveOptions._add_argparse_args(parser)
    parameters = [parameter["name"] for parameter in json.loads(text())["parameters"]]
    assert parameters == [action.dest for action in parser._actions] == [option.name for option in OPTIONS]
