"""Metrics: what is declared is counted and documented, what is counted is declared."""

import ast
from pathlib import Path

import pytest

from connectors.metering import Counts, Meter, NoMeter
from schemas import metrics, settings
from schemas.metrics import METRICS, POST_SECONDS, POSTS, SHARE, Metric

ROOT = Path(__file__).parents[2]
ROOMS = ("connectors", "pipelines", "couriers", "templates")
NAMES = {name for name, value in vars(metrics).items() if isinstance(value, Metric)}


def used(kind: type) -> set[str]:
    """Names of `schemas.metrics` (or settings) that modules of ours use as a name or an attribute."""
    module = {Metric: "schemas.metrics", settings.Setting: "schemas.settings"}[kind]
    found: set[str] = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            tree = ast.parse(path.read_bytes())
            imported = {
                alias.asname or alias.name: alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and node.module == module
                for alias in node.names
            }
            loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            found |= {name for local, name in imported.items() if local in loaded}
            found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return found


def test_every_metric_that_is_declared_is_counted_somewhere() -> None:
    assert used(Metric) >= NAMES


def test_every_metric_is_in_the_list_once_and_explains_itself() -> None:
    assert {vars(metrics)[name] for name in NAMES} == set(METRICS)
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.name.startswith("awizo_")
        assert metric.meaning.endswith(".")
        assert metric.remedy.endswith(".")
        assert (metric.name.endswith("_total")) == (metric.sort == "counter")


def test_no_metric_is_made_outside_of_its_list() -> None:
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            assert "Metric(" not in path.read_text("utf-8")


def test_every_setting_is_in_the_list_once_and_read_somewhere() -> None:
    declared = {name for name, value in vars(settings).items() if isinstance(value, settings.Setting)}
    of_couriers = set(settings.COURIER_SECRETS.values())
    assert {vars(settings)[name] for name in declared} | of_couriers == set(settings.SETTINGS)
    assert used(settings.Setting) >= declared


@pytest.mark.parametrize("document", [metrics.document(), settings.document()])
def test_a_table_has_a_line_for_each(document: str) -> None:
    names = [metric.name for metric in METRICS] if "metric" in document else [s.name for s in settings.SETTINGS]
    assert all(document.count(f"| `{name}` |") == 1 for name in names)


def test_no_default_of_a_setting_is_a_secret_of_anyone() -> None:
    assert [s.name for s in settings.SETTINGS if s.secret and s.default] == ["AWIZO_PERSON_KEY"]  # the sandbox's


def test_counts_keep_numbers_by_their_labels() -> None:
    counts = Counts()
    counts.count(POSTS, "sms", "twilio", "sent")
    counts.count(POSTS, "sms", "twilio", "unknown", by=2)
    counts.show(SHARE, "sms", "twilio", value=0.5)
    counts.show(SHARE, "sms", "twilio", value=0.25)
    counts.observe(POST_SECONDS, "sms", "twilio", value=0.1)
    assert (counts.total(POSTS), counts.total(POSTS, "sms", "twilio", "sent")) == (3, 1)
    assert counts.total(SHARE, "sms", "twilio") == 0.25
    assert counts.values(POST_SECONDS, "sms", "twilio") == [0.1]
    assert counts.values(POST_SECONDS, "email", "sendgrid") == []


def test_labels_that_were_not_declared_are_refused() -> None:
    with pytest.raises(ValueError, match="labels"):
        Counts().count(POSTS, "sms")


def test_a_meter_may_do_nothing() -> None:
    meter: Meter = NoMeter()
    meter.count(POSTS, "whatever")
    meter.observe(POST_SECONDS, value=1.0)
    meter.show(SHARE, value=1.0)
