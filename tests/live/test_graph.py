"""The live graph as a runner gets it: the names of its stages are what an update finds its states by."""

from pathlib import Path

import apache_beam as beam
from apache_beam.portability.api.org.apache.beam.model.pipeline.v1.beam_runner_api_pb2 import ParDoPayload

from connectors.live import LiveSettings
from connectors.store.cells import NONE
from pipelines.live import Begin, Live

NAMES = Path(__file__).with_name("stages.txt")

BEAMS = (">)", "/Create", "/Impulse", "/Map(decode)", "/MaybeReshuffle")
"""How names end that are inside of Beam's own transforms."""


def stages() -> list[str]:
    """Full names of the transforms of the live graph, as its proto says them; but for what Beam's own ones hold."""
    pipeline = beam.Pipeline()
    _ = pipeline | Live(LiveSettings("sqlite://"), Begin(0, NONE))
    transforms = pipeline.to_runner_api().components.transforms.values()
    names = {each.unique_name for each in transforms if each.unique_name.startswith("Live")}
    return sorted(name for name in names if not name.endswith(BEAMS))


def test_the_names_of_the_live_graph_s_stages_are_those_that_running_jobs_know() -> None:
    assert stages() == NAMES.read_text("utf-8").splitlines()


def test_each_actor_s_stage_keeps_its_state_and_timer_under_its_own_names() -> None:
    pipeline = beam.Pipeline()
    _ = pipeline | Live(LiveSettings("sqlite://"), Begin(0, NONE))
    found: dict[str, set[str]] = {}
    for each in pipeline.to_runner_api().components.transforms.values():
        if each.spec.urn == "beam:transform:pardo:v1":
            payload = ParDoPayload.FromString(each.spec.payload)
            if payload.state_specs or payload.timer_family_specs:
                found[each.unique_name.split("/")[1]] = {*payload.state_specs, *payload.timer_family_specs}
    assert found == {
        "Track": {"track-cell", "ts-track-due"},
        "Gather": {"gather-cell", "ts-gather-due"},
        "Plan": {"plan-cell", "ts-plan-due"},
        "Mark": {"mark-cell", "ts-mark-due"},
    }
