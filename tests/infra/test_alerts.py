"""Alert rules, their pages in the runbook, the metrics and the commands that they name: each exists on every side."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from pipelines.cli import COMMANDS, awizo
from schemas.envelope import read_structured
from schemas.metrics import METRICS

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "infra" / "runbook.md").read_text("utf-8")
PARTS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", RUNBOOK, flags=re.MULTILINE | re.DOTALL))
PAGES = dict(re.findall(r"^### (.+?)\n(.*?)(?=^### |\Z)", PARTS["Alerts"], flags=re.MULTILINE | re.DOTALL))

OWN, CLOUD = ROOT / "infra" / "alerts.yaml", ROOT / "infra" / "terraform" / "alerts.yaml"
RULES: dict[str, dict[str, Any]] = {
    rule["alert"]: {**rule, "cloud": path == CLOUD}
    for path in (OWN, CLOUD)
    for group in yaml.safe_load(path.read_text("utf-8"))["groups"]
    for rule in group["rules"]
}
BY_NAME = {metric.name: metric for metric in METRICS}
"""Of histograms, Prometheus knows three more names each."""

FUNCTIONS = {"sum", "max", "min", "by", "rate", "increase", "unless", "offset", "min_over_time", "max_over_time", "and"}


def commands() -> list[str]:
    """Every command of ours in the runbook, in prose and in blocks; what they printed is left out."""
    blocks = re.findall(r"```sh\n(.*?)```", RUNBOOK, flags=re.DOTALL)
    prose = re.sub(r"```.*?```", "", RUNBOOK, flags=re.DOTALL)
    found = [line for block in blocks for line in block.splitlines()] + re.findall(r"`([^`]+)`", prose)
    words = [re.sub(r".*\| ", "", command) for command in found]
    return sorted({command for command in words if command.startswith(("awizo ", "make "))})


def test_every_rule_has_its_page_and_every_page_its_rule() -> None:
    assert set(PAGES) == set(RULES)
    for name, rule in RULES.items():
        assert rule["annotations"]["runbook"] == f"#{name.lower()}"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_customers_see_one_command_to_look_and_one_to_act(name: str) -> None:
    page = PAGES[name]
    assert re.match(r"\nCustomers see: \w", page)
    (look,) = re.findall(r"^\* Look: `([^`]+)`$", page, flags=re.MULTILINE)
    (act,) = re.findall(r"^\* Act: .*`([^`]+)`$", page, flags=re.MULTILINE | re.DOTALL)
    assert {look.split()[0], act.split()[0]} <= {"awizo", "make", "gcloud", "curl"}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_as_both_of_its_readers_take_it(name: str) -> None:
    rule = RULES[name]
    assert re.fullmatch(r"[0-9]+s", rule["for"]), "Google Cloud takes durations in seconds alone"
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["expr"].count("(") == rule["expr"].count(")")


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if not rule["cloud"]])
def test_a_rule_asks_only_for_metrics_and_labels_that_are_declared(name: str) -> None:
    expression = RULES[name]["expr"]
    metrics = set(re.findall(r"\bawizo_\w+", expression))
    assert metrics
    assert metrics <= set(BY_NAME)
    labels = {label for metric in metrics for label in BY_NAME[metric].labels}
    grouped = [label.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(",")]
    matched = re.findall(r"[{,]\s*(\w+)\s*[=!]", expression)
    assert {*grouped, *matched} <= labels
    words = set(re.findall(r"[a-z_]+", re.sub(r'"[^"]*"|\[[\w:]+\]|\b\d+\w?\b', "", expression)))
    assert words <= FUNCTIONS | metrics | labels


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule["cloud"]])
def test_a_rule_of_the_cloud_names_a_metric_of_google_s_and_whose_it_is(name: str) -> None:
    expression = RULES[name]["expr"]
    assert re.findall(r"\b(?:pubsub|dataflow|cloudsql)_googleapis_com:\w+\{", expression)
    assert 'monitored_resource="' in expression


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_runbook_exists_with_its_options(command: str) -> None:
    words = shlex.split(command)
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
        return
    assert words[1] in COMMANDS
    found, rest = resolved(words[1:])
    options = {name for parameter in found.params for name in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in rest if word.startswith("-") and word != "-"} <= options
    arguments = [parameter for parameter in found.params if isinstance(parameter, click.Argument)]
    assert arguments or not [word for word in rest[:1] if not word.startswith("-")]


def resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that words call, as deep as groups go, and what is left of the words."""
    found: click.Command = awizo
    while words and isinstance(found, click.Group):
        inner = found.get_command(click.Context(found), words[0])
        if inner is None:
            assert found.invoke_without_command or words[0].startswith("-"), f"no command {words[0]}"
            break
        found, words = inner, words[1:]
    return found, words


def test_the_events_that_the_runbook_publishes_are_read() -> None:
    shown = re.findall(r"echo '(\{.*\})' \| awizo publish -", RUNBOOK)
    assert shown
    for event in shown:
        assert read_structured(event.encode()).happened == json.loads(event)["type"].split(".")[2]


def test_links_within_the_runbook_lead_to_its_headings() -> None:
    headings = {anchor(heading) for heading in re.findall(r"^#+ (.+)$", RUNBOOK, flags=re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", RUNBOOK)) <= headings


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
