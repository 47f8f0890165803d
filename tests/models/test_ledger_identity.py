"""The model of the ledger's identity: it holds, and each of its rules is needed."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ledger_identity", Path(__file__).with_name("ledger_identity.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


model = _load()
STORY = {story.name: story for story in model.STORIES}

NEEDED = {
    "intent": ("one message", "doubled"),
    "look_up": ("one message", "doubled"),
    "generations": ("re-addressed", "doubled"),
    "every_earlier": ("re-addressed twice", "doubled"),
    "spend_missing": ("re-addressed", "doubled"),
    "tombstones": ("withdrawn", "withdrawn, yet sent"),
    "mark": ("withdrawn", "withdrawn, yet sent"),
    "all_slots": ("merge, one slot withdrawn", "doubled"),
    "drop_only_whole": ("merges that overlap", "lost"),
    "follow_fallback": ("fallback, then re-addressed", "doubled"),
    "one_step_fallback": ("fallback", "lost"),
}
"""For each rule: the smallest story that goes wrong without it, and how."""


@pytest.mark.parametrize("story", model.STORIES, ids=lambda story: story.name)
def test_nothing_is_lost_or_doubled_in_any_interleaving(story: object) -> None:
    states, found = model.explore(story)
    assert states > 50
    assert found == {}


@pytest.mark.parametrize("rule", NEEDED)
def test_without_a_rule_the_model_finds_the_harm(rule: str) -> None:
    story, harm = NEEDED[rule]
    way = model.explore(STORY[story], without=rule)[1][harm]
    assert len(way) > 1


def test_every_rule_is_tried() -> None:
    assert set(NEEDED) == {field.name for field in model.fields(model.Rules)}
