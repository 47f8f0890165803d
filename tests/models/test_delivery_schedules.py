"""A slice of the schedules always, ten thousand of them in `make prove`."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "delivery_schedules", Path(__file__).with_name("delivery_schedules.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


model = _load()


def test_while_the_assumptions_hold_nothing_is_doubled_lost_or_stuck() -> None:
    count = model.simulate(range(150))
    assert (count.doubled, count.lost, count.stuck) == (0, 0, 0)
    assert count.incidents == {}
    assert count.taken > 100


@pytest.mark.long
@pytest.mark.parametrize("thousand", range(10))
def test_in_ten_thousand_schedules_nothing_is_doubled_lost_or_stuck(thousand: int) -> None:
    count = model.simulate(range(1_000 * thousand, 1_000 * (thousand + 1)))
    assert (count.schedules, count.doubled, count.lost, count.stuck) == (1_000, 0, 0, 0)
    assert count.incidents == {}
    assert count.taken > 900


@pytest.mark.long
@pytest.mark.parametrize("name", model.BROKEN)
def test_in_a_thousand_schedules_each_violation_that_shows_is_counted(name: str) -> None:
    count = model.simulate(range(1_000), model.BROKEN[name])
    assert (count.lost, count.stuck, count.unseen) == (0, 0, 0)
    assert 0 < count.doubled <= sum(count.incidents.values())


@pytest.mark.parametrize("name", model.BROKEN)
def test_where_an_assumption_is_broken_each_violation_that_shows_is_counted(name: str) -> None:
    count = model.simulate(range(60), model.BROKEN[name])
    assert (count.lost, count.stuck) == (0, 0)
    assert count.doubled > 0
    assert count.unseen == 0
    assert sum(count.incidents.values()) > 0
