"""Old entries of the log go, and a start needs none of them."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from connectors.guarding import QUARANTINE
from connectors.log.publisher import Entry
from connectors.log.store_log import StoreLog
from connectors.log.trimming import Trimming
from connectors.store.cells import Cells
from connectors.store.opening import Store
from connectors.store.progress import Progress
from connectors.store.shared import Flag, Shared
from pipelines.cli import awizo
from schemas.errors import BadInput
from schemas.streams import ORDERS, SHOPS

OLD, NEW = 1_000, 2_000


@pytest.fixture
def log(store: Store) -> StoreLog:
    """Two old entries and one of which version of a bundle was in force; a new one; states of up to NEW."""
    for at, stream, event in ((OLD, ORDERS, b"jan@poczta.example"), (OLD, SHOPS, b"sowa 2"), (NEW, ORDERS, b"new")):
        StoreLog(store, lambda at=at: at).publish([Entry(stream, event)])  # type: ignore[misc]
    return StoreLog(store, lambda: NEW)


def states_up_to(store: Store, moment: int) -> None:
    cells = Cells(store)
    cells.finish(cells.begin(cells.newest()), moment)


def test_what_the_newest_states_know_may_go_but_which_bundle_was_in_force(store: Store, log: StoreLog) -> None:
    states_up_to(store, NEW)
    assert Trimming(store, OLD).count() == Trimming(store, OLD).do() == 1
    assert [entry.event for entry in log.read(0)] == [b"sowa 2", b"new"]
    assert Trimming(store, OLD).count() == 0
    assert log.position_at(NEW) == 3


def test_what_a_start_needs_stays(store: Store, log: StoreLog) -> None:
    with pytest.raises(BadInput, match="no states are kept yet"):
        Trimming(store, OLD).do()
    states_up_to(store, OLD)
    with pytest.raises(BadInput, match="awizo rebuild"):
        Trimming(store, NEW).do()
    assert len(log.read(0)) == 3


def test_the_events_of_a_source_in_quarantine_are_kept(store: Store, log: StoreLog) -> None:
    states_up_to(store, NEW)
    Progress(store).reach(2, f"{QUARANTINE}/shops/sowa")
    Shared(store).raise_flag(Flag(f"{QUARANTINE}/shops/sowa", "a flood", "mend it"))
    assert Trimming(store, OLD).do() == 1
    with pytest.raises(BadInput, match="/shops/sowa is in quarantine"):
        Trimming(store, NEW).do()
    assert [entry.event for entry in log.read(0)] == [b"sowa 2", b"new"]


def test_what_was_trimmed_is_in_no_file_of_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from connectors.store.opening import SANDBOX, open_store

    url = f"sqlite:///{tmp_path}/awizo.db"
    store = open_store(url, SANDBOX)
    StoreLog(store, lambda: OLD).publish([Entry(ORDERS, b"jan@poczta.example")])
    states_up_to(store, NEW)
    store.close()
    monkeypatch.setenv("AWIZO_STORE", url)
    said = [
        CliRunner().invoke(awizo, ["store", "trim", "--before", "1970-01-01T00:00:01Z", *go]).output
        for go in ([], ["--go"])
    ]
    assert said == [
        "1 events would be taken out of the log; add --go to do it\n",
        "1 events were taken out of the log\n",
    ]
    assert not [path for path in tmp_path.iterdir() if b"poczta" in path.read_bytes()]
