"""The launcher for an operator's own Flink: what it refuses, and what it asks of the job server. Needs no Flink."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from apache_beam.portability.api import beam_job_api_pb2, beam_job_api_pb2_grpc

from pipelines import flink
from pipelines.flink import FIXED, hold_to_known, main, options_of, settings_from
from schemas.errors import BadInput, ConfigurationError

ASKED = ("--job-endpoint=jobs:8099", "--worker-pool=localhost:50000")
KNOWN = [option.removeprefix("--").split("=")[0] for option in FIXED[2:]]


class _Jobs(beam_job_api_pb2_grpc.JobServiceServicer):
    def __init__(self, known: list[str]) -> None:
        self._known = known

    def DescribePipelineOptions(self, request: Any, context: Any) -> Any:  # noqa: N802
        options = [beam_job_api_pb2.PipelineOptionDescriptor(name=name) for name in self._known]
        return beam_job_api_pb2.DescribePipelineOptionsResponse(options=options)


@contextmanager
def job_server(known: list[str]) -> Iterator[str]:
    """What answers as a job server that knows these options."""
    server = grpc.server(ThreadPoolExecutor(1))
    beam_job_api_pb2_grpc.add_JobServiceServicer_to_server(_Jobs(known), server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)


def test_a_log_in_the_store_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="on Flink the log is Pub/Sub"):
        settings_from({})


def test_pubsub_without_its_project_says_which_setting_is_missing() -> None:
    with pytest.raises(ConfigurationError, match="AWIZO_PUBSUB_PROJECT"):
        settings_from({"AWIZO_LOG": "pubsub"})


def test_what_checkpoints_must_be_is_not_for_others_to_choose() -> None:
    with pytest.raises(BadInput, match="--checkpointing_interval"):
        options_of([*ASKED, "--checkpointing_interval=600000"])
    options = options_of([*ASKED, "--parallelism=2", "--savepoint_path", "file:///cp/chk-7"])
    assert {*FIXED, "--parallelism=2", "file:///cp/chk-7", "--job_endpoint=jobs:8099"} <= {*options}


def test_a_job_server_that_knows_all_that_is_fixed_will_do() -> None:
    with job_server(KNOWN) as endpoint:
        hold_to_known(endpoint)


def test_a_job_server_that_would_drop_an_option_is_refused() -> None:
    known = [name for name in KNOWN if name != "finish_bundle_before_checkpointing"]
    with job_server(known) as endpoint, pytest.raises(ConfigurationError, match="finish_bundle_before_checkpointing"):
        hold_to_known(endpoint)


def test_a_job_server_that_does_not_answer_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flink, "_PATIENCE_SECONDS", 0.2)
    with pytest.raises(ConfigurationError, match="no job server answers at"):
        hold_to_known("127.0.0.1:1")


def test_an_error_of_ours_is_one_line_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWIZO_LOG", raising=False)
    monkeypatch.setattr("sys.argv", ["flink", *ASKED])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("awizo: on Flink the log is Pub/Sub")
