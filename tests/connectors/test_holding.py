"""What a live run holds, as the newest states in its store know it."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from connectors.holding import Holding
from connectors.store.cells import Cells, Kept
from connectors.store.opening import SANDBOX, Store, open_store
from connectors.store.records import Records
from pipelines.cli import awizo
from pipelines.rules.plan import PLAN
from pipelines.rules.plan_state import Held, OrderPlan, PlanState
from pipelines.rules.unfold import Cell, dump_cell
from schemas.messages import Decision
from schemas.orders import OrderRecord, OrderView, Role
from schemas.times import HOUR

NIGHT = 1_795_903_200_000  # 28 November 2026, 23:00 in Warsaw
MORNING = NIGHT + 9 * HOUR
VIEW = OrderView("A-1", "20101", 1, NIGHT, country="PL")
ORDER = OrderRecord("sowa", NIGHT, 1, VIEW, (Role("c-1"),))
HELD = Held("dpd_pl/1", "ready_for_pickup", "e1", NIGHT, NIGHT, MORNING, MORNING + HOUR)
DECIDED = Decision("sowa", "c-1", "A-1", "dpd_pl/1", "ready_for_pickup", "e1", "2", MORNING, (("sms", "handed_over"),))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Where an order's customer will be told something in the morning, and nobody has decided anything yet."""
    made = open_store(f"sqlite:///{tmp_path}/awizo.db", SANDBOX)
    other = OrderPlan(replace(VIEW, order="A-2"))
    state = PlanState("sowa", "c-1", orders={"A-1": OrderPlan(VIEW, held=(HELD,)), "A-2": other})
    cells = Cells(made)
    number = cells.begin(cells.newest())
    cells.put(number, [Kept(PLAN.name, "sowa/c-1", MORNING, dump_cell(Cell(NIGHT, MORNING, PLAN.dump(state))))])
    cells.finish(number, NIGHT)
    Records(made).write([ORDER])
    return made


def test_what_is_held_is_told_with_its_hour(store: Store) -> None:
    (held,) = Holding(store).beside([ORDER])
    assert (held.order, held.kind, held.at, held.held_until) == ("A-1", "ready_for_pickup", NIGHT, MORNING)


def test_what_was_decided_since_is_held_no_more(store: Store) -> None:
    assert list(Holding(store).beside([ORDER, DECIDED])) == []


def test_a_recipient_of_whom_nothing_is_decided_yet_is_found(store: Store) -> None:
    assert Holding(store).orders_of("c-1") == Holding(store).orders_of("sowa/c-1") == {("sowa", "A-1"), ("sowa", "A-2")}
    assert Holding(store).orders_of("1") == set()


@pytest.mark.parametrize("name", ["20101", "c-1"])
def test_explain_says_what_a_live_run_holds_and_as_of_when(store: Store, tmp_path: Path, name: str) -> None:
    told = CliRunner().invoke(awizo, ["explain", name, "--store", f"sqlite:///{tmp_path}/awizo.db"])
    assert told.exit_code == 0, told.output
    assert "Still held then: ready for pickup at 23:00; to be looked at again at Sun 29 Nov, 08:00" in told.output
    assert "What is held is known as of 2026-11-28 22:00 UTC" in told.output
